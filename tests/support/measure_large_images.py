"""Read the images that take the most memory or time of those that are accepted.

    python -m tests.support.measure_large_images FOLDER

FOLDER is for temporary files. Each image is read as one digit, as a number and as the page does,
each time in a process of its own. Prints a line of JSON for each: `[name and way, kind, peak of the
memory in MB above what the process had before, CPU seconds]`. The kind is "answer" or the name of
one of our errors.
"""

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from page.translations import ENGLISH
from page.ui.image_answer import answer_image
from sketchdigits import DigitClassifier, SketchdigitsError
from sketchdigits.preprocessing.jpeg_headers import MAX_JPEG_SCANS
from tests.support.cpu_time import cpu_seconds
from tests.support.hostile_packages import REPOSITORY
from tests.support.memory import peak_megabytes, resident_megabytes
from tests.support.number_drawings import draw_number
from tests.support.png_writer import GREY, GREY_ALPHA, RGB, RGBA, write_deep_png
from tests.support.polylines import draw
from tests.support.try_hostile_images import (
    MAX_SECONDS,
    animated_png,
    encode,
    jpeg_of_scans,
    noise,
)

TURNED = Image.Exif()
TURNED[0x0112] = 6


def large_drawing(mode: str, width: int, height: int) -> Image.Image:
    """A 3 in the middle of an image of this size."""
    image = Image.new("L", (width, height), 255)
    image.paste(Image.fromarray(draw(3, size=1_000)), (width // 2 - 500, height // 2 - 500))
    return image.convert(mode)


def large_number(mode: str, width: int, height: int) -> Image.Image:
    """The number 20264817 in the middle of an image of this size."""
    image, number = Image.new("L", (width, height), 255), draw_number("20264817", size=900)
    place = ((width - number.shape[1]) // 2, (height - number.shape[0]) // 2)
    image.paste(Image.fromarray(number), place)
    return image.convert(mode)


def photographed_number(side: int) -> Image.Image:
    """`dark_photograph` with the number 350864 on it."""
    photograph = np.asarray(dark_photograph(side)).astype(np.int16)
    number = draw_number("350864", size=side // 5)
    top = side // 2 - len(number) // 2
    part = photograph[top : top + len(number), 20 : 20 + number.shape[1]]
    part -= (255 - number[..., None].astype(np.int16)) // 3
    return Image.fromarray(np.clip(photograph, 0, 255).astype(np.uint8))


def dark_photograph(side: int) -> Image.Image:
    """A stroke on unevenly lit paper with noise and 20,000 specks."""
    generator = np.random.default_rng(0)
    light = np.repeat(np.linspace(110, 220, side, dtype=np.float32)[None], side, axis=0)
    light += generator.normal(0, 6, (side, side)).astype(np.float32)
    light[side // 4 : -side // 4, side // 2 - 40 : side // 2 + 40] -= 90
    rows, columns = generator.integers(0, side, (2, 20_000))
    light[rows, columns] -= 80
    return Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).convert("RGB")


def large_files() -> dict[str, bytes]:
    """Files at the limits of each format, most of them to be turned."""
    colours, side = large_drawing("RGB", 4096, 4096), 4096
    turned = {"exif": TURNED}
    full = {"progressive": True, "subsampling": 0}
    grey = np.asarray(colours.convert("L")).astype(np.uint16) * 257
    palette = colours.convert("L").quantize(7)
    photograph = dark_photograph(2048)
    paper = np.asarray(photograph.convert("L")).repeat(2, 0).repeat(2, 1)
    paeth = 4
    deep = {
        f"png 16 bit, colour type {colour}, filter {filter_type}{', interlaced' * interlaced}": (
            write_deep_png(paper, colour, interlaced=interlaced, filter_type=filter_type)
        )
        for colour in (GREY, GREY_ALPHA, RGB, RGBA)
        for interlaced, filter_type in ((True, 0), (True, paeth), (False, paeth))
    }
    return {
        **deep,
        "png rgba": encode(colours.convert("RGBA"), "PNG", compress_level=1, **turned),
        "png 16 bit": encode(Image.fromarray(grey), "PNG", compress_level=1, **turned),
        "png palette": encode(palette, "PNG", transparency=0, **turned),
        "png animated": animated_png(2048, 2048),
        "png noise": encode(noise(side, side), "PNG", compress_level=0),
        "jpeg progressive": encode(colours, "JPEG", **full, **turned),
        "jpeg progressive, 13 MP": encode(
            large_drawing("RGB", 3200, 4096), "JPEG", **full, **turned
        ),
        "jpeg progressive, 33 MP": encode(
            large_drawing("RGB", 8192, 4096), "JPEG", progressive=True, **turned
        ),
        "jpeg cmyk": encode(colours.convert("CMYK"), "JPEG", subsampling=0, **turned),
        "jpeg cmyk progressive": encode(
            large_drawing("CMYK", 3520, 3520), "JPEG", **full, **turned
        ),
        "jpeg photograph": encode(photograph, "JPEG"),
        "png photograph": encode(photograph.convert("RGBA"), "PNG", compress_level=1),
        "webp lossless": encode(
            noise(2500, 2500).convert("RGBA"), "WEBP", lossless=True, quality=0, method=0, **turned
        ),
        "webp": encode(large_drawing("RGBA", 2500, 2500), "WEBP", method=0, **turned),
        "webp photograph": encode(photograph.resize((2500, 2500)), "WEBP", method=0),
        "jpeg photograph, 16 MP, progressive": encode(
            photograph.resize((4096, 4096)), "JPEG", **full, **turned
        ),
        "gif photograph": encode(photograph.resize((4096, 4096)).convert("L"), "GIF"),
        "bmp photograph": encode(photograph.convert("L"), "BMP"),
        "gif": encode(colours.convert("L"), "GIF"),
        "jpeg of many scans": jpeg_of_scans(MAX_JPEG_SCANS, 4096),
        "png number": encode(large_number("RGBA", 8192, 2048), "PNG", compress_level=1, **turned),
        "jpeg number": encode(large_number("RGB", 8192, 4096), "JPEG", progressive=True, **turned),
        "jpeg photographed number": encode(
            photographed_number(2048).resize((4096, 4096)), "JPEG", **full, **turned
        ),
        "bmp": encode(colours.convert("L").convert("1"), "BMP"),
    }


def measure(way: str, read: Callable[[bytes], object], path: Path) -> None:
    content = path.read_bytes()
    before = resident_megabytes()
    kinds: list[str] = []

    def try_to_read() -> None:
        try:
            read(content)
            kinds.append("answer")
        except SketchdigitsError as error:
            kinds.append(type(error).__name__)

    seconds = cpu_seconds(try_to_read, MAX_SECONDS)
    measured = [f"{path.name}, {way}", kinds[0], peak_megabytes() - before, seconds]
    print(json.dumps(measured), flush=True)


def in_another_process(run: Callable[[], None]) -> None:
    """A fork's peak begins at what it uses when it begins."""
    if os.fork() == 0:
        try:
            run()
        finally:
            os._exit(0)
    os.wait()


def measure_all(folder: Path) -> None:
    """Make all files, and read them."""

    def make() -> None:
        for name, content in large_files().items():
            (folder / name).write_bytes(content)

    in_another_process(make)
    classifier = DigitClassifier.from_pretrained(REPOSITORY / "model")
    ways: dict[str, Callable[[Any], object]] = {
        "digit": classifier.predict,
        "number": classifier.read_number,
        "page": partial(answer_image, classifier=classifier, texts=ENGLISH),
    }
    for read in ways.values():
        read(draw_number("20"))
    for path in sorted(folder.iterdir()):
        for way, read in ways.items():
            in_another_process(partial(measure, way, read, path))


if __name__ == "__main__":
    measure_all(Path(sys.argv[1]))
