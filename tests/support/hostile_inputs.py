"""The images that take the most memory or time of a server, as drawings and as files.

Each is accepted, or refused by its headers. The numbers are those of the holes that were found.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from tests.support.hostile_marks import MARKS, in_uneven_light
from tests.support.measure_large_images import TURNED, dark_photograph, large_drawing
from tests.support.number_drawings import draw_number
from tests.support.png_writer import chunk
from tests.support.try_hostile_images import (
    encode,
    jpeg_of_scans,
    jpeg_segment,
    jpeg_with,
    png_with,
    tags_of_one_value,
)


@cache
def hostile_drawings() -> list[bytes]:
    """PNG files that fit into a drawing's request: uneven light, specks, stripes, frames, rows."""
    marks = {name: MARKS[name](640, 0) for name in ("specks", "grid", "crossing lines", "stripes")}
    drawings = [in_uneven_light(mark) for mark in marks.values()]
    columns = np.repeat(np.where(np.arange(240) % 2, 255, 0).astype(np.uint8)[None], 400, axis=0)
    drawings += [upright_stripes(2_048), columns, MARKS["combs"](640, 3)]
    drawings += [MARKS["nested frames"](640, 0), *hostile_rows()]
    return [encode(Image.fromarray(drawing), "PNG") for drawing in drawings]


def upright_stripes(side: int) -> np.ndarray:
    """120 thin stripes side by side, from the top to the bottom: 8 kB as a PNG."""
    page = np.full((side, side), 255, np.uint8)
    for column in np.linspace(0.15 * side, 0.85 * side, 120).astype(int):
        page[side // 50 : -side // 50, column : column + max(1, side // 400)] = 0
    return page


def hostile_rows() -> list[np.ndarray]:
    """Rows that take long to read as a number: many digits, digits that touch, lines that cross."""
    rows = [
        draw_number("35086429713508642971350864297135", size=64),
        draw_number("3508642971350864297135086429", size=120, gap=-12, width=0.14),
        zigzags(4, 150, 5, 300),
        zigzags(47, 16, 24, 265),
        MARKS["text"](640, 0)[:80],
    ]
    return [*rows, in_uneven_light(np.kron(rows[0], np.ones((2, 2), np.uint8))[:, :2_000])]


def zigzags(count: int, height: int, step: int, period: int, width: int = 1_500) -> np.ndarray:
    """Lines from side to side, one below the other: the boxes around them overlap."""
    page = Image.new("L", (width, height + count * step + 10), 255)
    for index in range(count):
        top = 5 + index * step
        corners = [
            (x, top + height * (number % 2)) for number, x in enumerate(range(4, width, period))
        ]
        ImageDraw.Draw(page).line(corners, fill=0)
    return np.asarray(page)


def hostile_files() -> list[bytes]:
    """Image files that take the most memory or time, and some of many parts."""
    photograph = dark_photograph(2048)
    segments = b"".join(jpeg_segment(0xE1, b"Exif\0\0" + bytes(94)) for _ in range(1_900))
    cmyk = large_drawing("CMYK", 3520, 3520)
    return [
        encode(photograph, "JPEG"),
        png_with(chunk(b"eXIf", tags_of_one_value(5_000, 500_000))),
        jpeg_of_scans(60, 2_048),
        jpeg_of_scans(4_000, 2_048),
        encode(Image.fromarray(in_uneven_light(MARKS["specks"](2048, 0))), "PNG"),
        encode(cmyk, "JPEG", progressive=True, subsampling=0, exif=TURNED),
        jpeg_with(segments),
        png_with(chunk(b"teSt", bytes(1_000)) * 240),
        encode(large_drawing("RGB", 8192, 4096), "JPEG", progressive=True, exif=TURNED),
        encode(large_drawing("RGBA", 4096, 4096), "PNG", compress_level=1, exif=TURNED),
        encode(large_drawing("L", 4096, 4096), "GIF"),
        *(encode(Image.fromarray(row), "PNG") for row in hostile_rows()),
    ]
