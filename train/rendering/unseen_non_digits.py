"""Non-digits in a style kept out of training: printed letters, filled shapes, hasty scribbles.

Leaves: canvases, `(280, 280) uint8`, black on white. Only `evaluate` uses them, to measure how well
the model rejects a kind of drawing that it has never seen. Training's non-digits are pen strokes
from other code (`non_digit_strokes.py`).
"""

from __future__ import annotations

import string
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

CANVAS_SIDE = 280
# Characters of Pillow's default font, without those that look like a digit as people write it:
# the letters that `non_digit_forms` leaves out of training, and i and j.
PRINTED_CHARACTERS = sorted(set(string.ascii_letters + "&@%?+#$") - set("OoDQIlSsZzGBbgqyij"))


def draw_unseen_non_digits(count: int, seed: int) -> list[np.ndarray]:
    """Draw `count` canvases, `(280, 280) uint8`: 1/2 letters, 1/4 shapes and 1/4 scribbles.

    Seeded: the same arguments give the same canvases.
    """
    rng = np.random.default_rng(seed)
    kinds = (_letter, _letter, _shape, _scribble)
    return [_finish(kinds[index % len(kinds)](rng), rng) for index in range(count)]


def _finish(sheet: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """Rotate the drawing slightly, blur one in five, and invert it to black on white."""
    rotated = sheet.rotate(rng.normal(0, 5), Image.Resampling.BILINEAR)
    if rng.random() < 0.2:
        rotated = rotated.filter(ImageFilter.GaussianBlur(rng.uniform(1, 3)))
    return 255 - np.asarray(rotated)


def _letter(rng: np.random.Generator) -> Image.Image:
    sheet = Image.new("L", (CANVAS_SIDE, CANVAS_SIDE))
    letter = PRINTED_CHARACTERS[rng.integers(len(PRINTED_CHARACTERS))]
    font = ImageFont.load_default(size=int(rng.integers(90, 190)))
    ImageDraw.Draw(sheet).text(
        (CANVAS_SIDE / 2, CANVAS_SIDE / 2),
        letter,
        fill=255,
        font=font,
        anchor="mm",
        stroke_width=int(rng.integers(0, 5)),
    )
    return sheet


def _shape(rng: np.random.Generator) -> Image.Image:
    sheet = Image.new("L", (CANVAS_SIDE, CANVAS_SIDE))
    draw = ImageDraw.Draw(sheet)
    _SHAPES[rng.integers(len(_SHAPES))](draw, rng)
    return sheet


def _disc(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """A filled ellipse, never much taller than wide: a thick pen writes a 1 or a 0 like that."""
    across, down = rng.uniform(40, 110, 2)
    if down > 1.3 * across:
        across, down = down, across
    draw.ellipse((140 - across, 140 - down, 140 + across, 140 + down), fill=255)


def _filled_polygon(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    corners = int(rng.integers(3, 8))
    angles = (np.arange(corners) + rng.uniform(-0.3, 0.3, corners)) * 2 * np.pi / corners
    points = 140 + 100 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    draw.polygon([tuple(point) for point in points], fill=255)


def _filled_star(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    rays = int(rng.integers(4, 9))
    angles = np.arange(2 * rays) * np.pi / rays + rng.uniform(0, np.pi)
    radii = np.where(np.arange(2 * rays) % 2, rng.uniform(30, 60), 110)
    points = 140 + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    draw.polygon([tuple(point) for point in points], fill=255)


def _crescent(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    aside = rng.uniform(35, 60)
    draw.ellipse((40, 40, 240, 240), fill=255)
    draw.ellipse((40 + aside, 30, 260 + aside, 250), fill=0)


def _checks(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    cells = int(rng.integers(3, 6))
    side = 200 / cells
    for row, column in np.ndindex(cells, cells):
        if (row + column) % 2 == 0:
            x, y = 40 + column * side, 40 + row * side
            draw.rectangle((x, y, x + side, y + side), fill=255)


def _cat(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """A head with two ears, eyes and whiskers."""
    pen = int(rng.integers(5, 12))
    draw.ellipse((60, 90, 220, 240), outline=255, width=pen)
    for left in (70, 160):
        draw.line([(left, 105), (left + 20, 50), (left + 48, 95)], fill=255, width=pen)
        draw.ellipse((left + 20, 140, left + 36, 156), fill=255)
    for down in (170, 185, 200):
        draw.line([(20, down), (110, 185)], fill=255, width=pen // 2)
        draw.line([(170, 185), (260, down)], fill=255, width=pen // 2)


def _stairs(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    steps = int(rng.integers(3, 7))
    points = [
        (30 + 220 * (i + 1) // 2 / steps, 240 - 200 * (i // 2) / steps) for i in range(2 * steps)
    ]
    draw.line(points, fill=255, width=int(rng.integers(6, 20)))


def _barcode(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    for x in np.cumsum(rng.integers(12, 40, 7)):
        draw.line([(20 + x, 40), (20 + x, 240)], fill=255, width=int(rng.integers(3, 11)))


_SHAPES: tuple[Callable[[ImageDraw.ImageDraw, np.random.Generator], None], ...] = (
    _disc,
    _filled_polygon,
    _filled_star,
    _crescent,
    _checks,
    _cat,
    _stairs,
    _barcode,
)


def _scribble(rng: np.random.Generator) -> Image.Image:
    """A random walk with momentum and a pull towards the centre."""
    sheet = Image.new("L", (CANVAS_SIDE, CANVAS_SIDE))
    place, step = rng.uniform(90, 190, 2), rng.normal(0, 12, 2)
    points = [tuple(place)]
    for _ in range(rng.integers(60, 160)):
        step = 0.85 * step + rng.normal(0, 9, 2) - 0.02 * (place - CANVAS_SIDE / 2)
        place = np.clip(place + step, 20, CANVAS_SIDE - 20)
        points.append(tuple(place))
    ImageDraw.Draw(sheet).line(points, fill=255, width=int(rng.integers(2, 14)), joint="curve")
    return sheet
