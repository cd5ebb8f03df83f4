"""Read hostile files, and report for each file the outcome and the CPU time it took.

    python -m tests.support.try_hostile_images FOLDER MUTANTS

FOLDER is for temporary files, and MUTANTS is the number of randomly changed files. Prints JSON:
`{"cases": {name: [kind, text, seconds]}, "megabytes": growth of the peak memory}`. The kind is
"answer", one of our errors' names, or "unexpected" and the name of another error.
"""

import io
import json
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from sketchdigits import DigitClassifier, SketchdigitsError
from tests.support.cpu_time import cpu_seconds
from tests.support.hostile_packages import REPOSITORY
from tests.support.memory import peak_megabytes
from tests.support.png_writer import GREY, RGBA, bomb, chunk, write_png
from tests.support.polylines import draw

# The limit of the tests: a slower file is read again.
MAX_SECONDS = 1.5

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200)
TIFF = b"II*\x00\x08\x00\x00\x00" + bytes(200)
EXIF = b"Exif\0\0"
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(x) run\n"


def encode(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def valid_files() -> dict[str, bytes]:
    """One small drawing in every supported format and mode."""
    drawing = Image.fromarray(draw(3, size=96))
    ink = np.asarray(drawing) < 128
    colours = drawing.convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "png": encode(drawing, "PNG"),
        "png rgba": encode(drawing.convert("RGBA"), "PNG"),
        "png interlaced": write_png(ink, RGBA, 16, interlaced=True),
        "png one bit": write_png(ink, GREY, 1),
        "png palette": encode(colours.quantize(7), "PNG", transparency=0),
        "jpeg": encode(colours, "JPEG", exif=exif),
        "jpeg progressive": encode(colours, "JPEG", progressive=True),
        "jpeg cmyk": encode(colours.convert("CMYK"), "JPEG"),
        "webp": encode(colours, "WEBP"),
        "webp lossless": encode(drawing.convert("RGBA"), "WEBP", lossless=True),
        "gif": encode(drawing, "GIF"),
        "gif animated": encode(drawing, "GIF", save_all=True, append_images=[drawing] * 3),
        "bmp": encode(colours, "BMP"),
        "bmp one bit": encode(drawing.convert("1"), "BMP"),
    }


def strange_files() -> dict[str, bytes]:
    """Decompression bombs, absurd sizes, wrong checksums, mixed and unsupported formats."""
    png = valid_files()["png"]
    wrong = bytearray(png)
    wrong[-5] ^= 0xFF
    return {
        "empty": b"",
        "text": b"a digit, please",
        "svg": SVG,
        "heic": HEIC,
        "tiff": TIFF,
        "postscript": POSTSCRIPT,
        "pdf": encode(Image.fromarray(draw(3)), "PDF"),
        "ico": encode(Image.fromarray(draw(3)), "ICO"),
        "bomb of 16 megapixels": bomb(4096, 4096),
        "bomb of 16 megapixels, 16 bit": bomb(4096, 4096, depth=16),
        "bomb of 64 megapixels": bomb(8000, 8000),
        "bomb of 4 gigapixels": bomb(65_535, 65_535),
        "bomb of the largest size": bomb(2**31 - 1, 2**31 - 1),
        "one by one": encode(Image.new("L", (1, 1)), "PNG"),
        "30,000 by one": encode(Image.new("L", (30_000, 1)), "PNG"),
        "8,192 by one": encode(Image.new("L", (8_192, 1), 9), "PNG"),
        "no size": bomb(0, 0),
        "no height": bomb(8, 0),
        "wrong checksum": bytes(wrong),
        "png then a zip": png + b"PK\x03\x04" + bytes(300),
        "gif that is javascript": b"GIF89a/*" + bytes(30) + b"*/=1;alert(1)",
        "text chunk of 60 MB": encode_with_long_text(),
        "largest of noise": encode(noise(4096, 4096), "PNG", compress_level=1),
        "largest of nothing": encode(Image.new("RGBA", (4096, 4096)), "PNG"),
        "largest drawing": encode(largest_drawing(), "PNG", compress_level=1),
        "largest jpeg": encode(Image.new("RGB", (8192, 4096), "white"), "JPEG"),
        "animation of 500 frames": encode(
            noise(300, 300), "GIF", save_all=True, append_images=[noise(300, 300)] * 499
        ),
        **files_of_many_parts(),
    }


def files_of_many_parts() -> dict[str, bytes]:
    """Files in which a few bytes each make Pillow or libjpeg spend time or memory."""
    comment = b"!\xfe" + (b"\xff" + bytes(255)) * 30_000 + b"\0"
    tags, more_tags = tags_of_one_value(5_000, 100_000), tags_of_one_value(2_700, 32_000)
    channels = struct.pack(">BHHB", 8, 96, 96, 3) + bytes(60_000)
    frame = b",\0\0\0\0\1\0\1\0\0\2\0"
    return {
        "jpeg of 1,000 scans": jpeg_of_scans(1_000, 2_048),
        "jpeg of 40,000 exif segments": jpeg_with(jpeg_segment(0xE1, EXIF + bytes(94)) * 40_000),
        "jpeg of a million segments": jpeg_with(jpeg_segment(0xE5) * 1_000_000),
        "jpeg of 10 MB of nothing": jpeg_with(jpeg_segment(0xE5) + bytes(10_000_000)),
        "jpeg of 5 million channels": jpeg_with(jpeg_segment(0xC0, channels) * 250),
        "jpeg of tags with one value": jpeg_with(jpeg_segment(0xE1, EXIF + more_tags)),
        "jpeg of images with one tag": jpeg_with(jpeg_segment(0xE2, b"MPF\0" + more_tags)),
        "jpeg of cmyk, largest progressive": largest_progressive_cmyk(),
        "png of 600,000 chunks": png_with(chunk(b"teSt", b"") * 600_000),
        "png of 600,000 empty chunks": png_with(chunk(b"IDAT", b"") * 600_000),
        "png of tags with one value": png_with(chunk(b"eXIf", tags)),
        "gif of 30,000 blocks of comment": gif_with(comment),
        "gif of 10 MB of nothing": gif_with(bytes(10_000_000)),
        "png animated, 400 megapixels": animated_png(20_000, 20_000),
        "gif animated, 400 megapixels": animated_gif(20_000, 20_000),
        "bmp of run lengths": bmp_of_run_lengths(4_096),
        "gif of 1,600,000 frames": gif_with(b"")[:-1] + frame * 1_600_000 + b";",
    }


def jpeg_segment(marker: int, content: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg_with(part: bytes) -> bytes:
    """A JPEG of a drawing, with `part` after its first marker."""
    content = encode(Image.fromarray(draw(3, size=96)), "JPEG")
    return content[:2] + part + content[2:]


def jpeg_of_scans(count: int, side: int) -> bytes:
    """A progressive JPEG of one colour with `count` scans."""
    content = encode(Image.new("L", (side, side), 255), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    repeats = count - content.count(b"\xff\xda")
    return content[:-2] + content[last:-2] * repeats + content[-2:]


def largest_progressive_cmyk() -> bytes:
    """A JPEG whose header claims 4096x4096 pixels of CMYK in several scans."""
    content = bytearray(encode(Image.new("CMYK", (64, 64)), "JPEG", progressive=True))
    size = content.index(b"\xff\xc2") + 5
    content[size : size + 4] = struct.pack(">HH", 4096, 4096)
    return bytes(content)


def png_with(part: bytes) -> bytes:
    """A PNG of a drawing, with `part` after its header."""
    content = encode(Image.fromarray(draw(3, size=96)), "PNG")
    return content[:33] + part + content[33:]


def tags_of_one_value(count: int, length: int) -> bytes:
    """EXIF in which `count` tags name the same `length` bytes; orientation 1 is the last."""
    place = 8 + 2 + 12 * (count + 1) + 4
    tags = [struct.pack("<HHII", 0x9000 + i, 7, length, place) for i in range(count)]
    orientation = struct.pack("<HHIHH", 0x112, 3, 1, 1, 0)
    head = b"II*\0" + struct.pack("<IH", 8, count + 1)
    return head + b"".join(tags) + orientation + bytes(4) + bytes(length)


def animated_png(width: int, height: int) -> bytes:
    """An animated PNG of nothing. Its first frame is to be replaced by the background."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    frame = struct.pack(">IIIIIHHBB", 0, width, height, 0, 0, 1, 10, 1, 0)
    pixels = zlib.compress(bytes(min(10**7, (width + 1) * height)))
    chunks = {b"IHDR": header, b"acTL": struct.pack(">II", 2, 0), b"fcTL": frame, b"IDAT": pixels}
    parts = [chunk(kind, content) for kind, content in chunks.items()]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def animated_gif(width: int, height: int) -> bytes:
    """A GIF of nothing. Its first frame is to be replaced by the background."""
    content = bytearray(encode(Image.new("L", (min(width, 2_000), min(height, 2_000))), "GIF"))
    content[6:10] = struct.pack("<HH", width, height)
    at = content.index(b",")
    control = b"!\xf9\4" + bytes([2 << 2]) + b"\0\0\0\0"
    return bytes(content[:at] + control + content[at:])


def bmp_of_run_lengths(side: int) -> bytes:
    """A BMP in which each row is one pixel and an end of line; Pillow fills the rest in Python."""
    content = encode(Image.new("P", (side, 1)), "BMP")
    start = struct.unpack_from("<I", content, 10)[0]
    header = bytearray(content[:start])
    struct.pack_into("<i", header, 22, side)
    struct.pack_into("<I", header, 30, 1)
    return bytes(header) + b"\1\1\0\0" * side + b"\0\1"


def gif_with(part: bytes) -> bytes:
    """A GIF of a drawing with `part` before its first frame."""
    content = encode(Image.fromarray(draw(3, size=96)), "GIF")
    start = 13 + (3 << (content[10] & 7) + 1) * (content[10] >> 7)
    return content[:start] + part + content[start:]


def noise(width: int, height: int) -> Image.Image:
    generator = np.random.default_rng(width)
    return Image.fromarray(generator.integers(0, 256, (height, width), dtype=np.uint8))


def largest_drawing() -> Image.Image:
    """Ink on transparency, the kind of drawing that needs the most memory."""
    image = Image.new("RGBA", (4096, 4096))
    image.paste((0, 0, 255, 255), (1000, 1000, 3000, 1400))
    return image


def encode_with_long_text() -> bytes:
    """A PNG with 60 MB of text, compressed."""
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("note", "x" * 60_000_000, zip=True)
    return encode(Image.fromarray(draw(3)), "PNG", pnginfo=notes)


def cut_files() -> Iterator[tuple[str, bytes]]:
    """Every valid file, cut off after 0, 64, 128, ... bytes."""
    for name, content in valid_files().items():
        for length in range(0, len(content), 64):
            yield f"{name} cut at {length}", content[:length]


def mutants(count: int) -> Iterator[tuple[str, bytes]]:
    """Valid files, each changed in one to four random places; seeded."""
    files = list(valid_files().items())
    for number in range(count):
        generator = np.random.default_rng(number)
        name, content = files[number % len(files)]
        changed = bytearray(content)
        for _ in range(int(generator.integers(1, 5))):
            # Half of the changes hit the headers.
            reach = min(64, len(changed)) if generator.random() < 0.5 else len(changed)
            position = int(generator.integers(reach))
            action = generator.integers(4)
            if action == 0:
                changed[position] ^= 1 << int(generator.integers(8))
            elif action == 1:
                changed[position] = int(generator.choice([0, 1, 127, 128, 254, 255]))
            elif action == 2:
                del changed[position : position + int(generator.integers(1, 9))]
            else:
                changed[position:position] = changed[position : position + 16]
        yield f"mutant {number} of {name}", bytes(changed)


def try_one(classifier: DigitClassifier, content: bytes) -> list:
    """What reading it ends in, the label or message, and the CPU seconds."""
    ended: list[str] = []

    def read() -> None:
        try:
            answer = classifier.predict(content)
            ended[:] = ["answer", str(answer.label)]
        except SketchdigitsError as error:
            ended[:] = [type(error).__name__, str(error)]
        except BaseException as error:  # noqa: BLE001  the test fails if there is one
            ended[:] = [f"unexpected {type(error).__name__}", str(error)]

    seconds = cpu_seconds(read, MAX_SECONDS)
    return [*ended, seconds]


def try_all(folder: Path, count: int) -> None:
    """Read all files in this process, after the valid ones."""
    # Make the strange files in another process: making a bomb needs memory too.
    if os.fork() == 0:
        for name, content in strange_files().items():
            (folder / name).write_bytes(content)
        os._exit(0)
    os.wait()
    strange = ((path.name, path.read_bytes()) for path in sorted(folder.iterdir()))
    classifier = DigitClassifier.from_pretrained(REPOSITORY / "model")
    for content in valid_files().values():
        classifier.predict(content)
    peak_before = peak_megabytes()
    cases = {}
    for name, content in chain(strange, cut_files(), mutants(count)):
        cases[name] = try_one(classifier, content)
    print(json.dumps({"cases": cases, "megabytes": peak_megabytes() - peak_before}))


if __name__ == "__main__":
    try_all(Path(sys.argv[1]), int(sys.argv[2]))
