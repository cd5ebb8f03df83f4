"""Images of many marks, on which finding lines and frames takes the most time; seeded.

Each function makes `(side, side) uint8, 0-255` from a side and a seed. `MARKS` names them all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Maker = Callable[[int, int], np.ndarray]


def in_uneven_light(grey: np.ndarray, darkest: float = 0.55) -> np.ndarray:
    """Shade `(h, w) uint8` from left to right, so that it is taken for a photograph."""
    light, noise = _light_and_noise(*grey.shape, darkest)
    return np.clip(grey * light * 0.94 + noise, 0, 255).astype(np.uint8)


@lru_cache(maxsize=1)  # for a large image, making them takes longer than reading it
def _light_and_noise(height: int, width: int, darkest: float) -> tuple[np.ndarray, np.ndarray]:
    light = np.linspace(1, darkest, width) * np.linspace(1, 0.9, height)[:, None]
    return light, np.random.default_rng(height).normal(0, 2, (height, width))


def specks(side: int, seed: int, share: float = 0.02) -> np.ndarray:
    """Dark pixels, each for itself."""
    generator = np.random.default_rng(seed)
    return np.where(generator.random((side, side)) < share, 60, 235).astype(np.uint8)


def many_specks(side: int, seed: int) -> np.ndarray:
    return specks(side, seed, 0.15)


def noise(side: int, seed: int) -> np.ndarray:
    """Every grey level, anywhere."""
    return np.random.default_rng(seed).integers(0, 256, (side, side), dtype=np.uint8)


def soft_noise(side: int, seed: int) -> np.ndarray:
    """Grain of a few pixels."""
    small = noise(max(8, side // 4), seed)
    return np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))


def level_dashes(side: int, seed: int) -> np.ndarray:
    """Short dashes, nearly level, at random places."""
    return _lines(side, seed, count=900, length=0.05, slope=0.1)


def dashes(side: int, seed: int) -> np.ndarray:
    """Short dashes in all directions."""
    return _lines(side, seed, count=900, length=0.05, slope=10.0)


def long_lines(side: int, seed: int) -> np.ndarray:
    """Lines from edge to edge, of many slopes."""
    return _lines(side, seed, count=60, length=2.0, slope=0.15)


def crossing_lines(side: int, seed: int) -> np.ndarray:
    """Lines from edge to edge, of many slopes, across and down."""
    across, down = _lines(side, seed, 40, 2.0, 0.15), _lines(side, seed + 1, 40, 2.0, 0.15)
    return np.minimum(across, down.T)


def _lines(side: int, seed: int, count: int, length: float, slope: float) -> np.ndarray:
    generator = np.random.default_rng(seed)
    image = Image.new("L", (side, side), 235)
    pen = ImageDraw.Draw(image)
    for _ in range(count):
        x, y = generator.random(2) * side
        rise = generator.uniform(-slope, slope)
        half = length * side / 2 / max(1.0, abs(rise))
        ends = (x - half, y - half * rise, x + half, y + half * rise)
        pen.line(ends, fill=int(generator.integers(30, 170)), width=max(1, side // 300))
    return np.asarray(image)


def text(side: int, seed: int) -> np.ndarray:
    """A page of text."""
    generator = np.random.default_rng(seed)
    image = Image.new("L", (side, side), 235)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(max(8, side // 50))
    for top in range(0, side, max(10, side // 40)):
        words = ["".join(chr(letter) for letter in generator.integers(97, 123, 5))] * 30
        pen.text((0, top), " ".join(words), fill=40, font=font)
    return np.asarray(image)


def checkers(side: int, seed: int) -> np.ndarray:
    """A chequered board, of `seed + 1` pixels a square."""
    rows, columns = np.indices((side, side)) // (seed + 1)
    return np.where((rows + columns) % 2, 60, 235).astype(np.uint8)


def stripes(side: int, seed: int) -> np.ndarray:
    """Dark rows, one in `seed + 2`."""
    rows = np.arange(side)[:, None] % (seed + 2)
    return np.broadcast_to(np.where(rows == 0, 60, 235), (side, side)).astype(np.uint8)


def grid(side: int, seed: int) -> np.ndarray:
    """Squared paper, a line every `4 * seed + 5` pixels."""
    rows = stripes(side, 4 * seed + 3)
    return np.minimum(rows, rows.T)


def broken_grid(side: int, seed: int) -> np.ndarray:
    """Squared paper with gaps and specks."""
    generator = np.random.default_rng(seed)
    gaps = generator.random((side, side)) < 0.3
    return np.minimum(np.where(gaps, 235, grid(side, seed)), specks(side, seed, 0.01))


def combs(side: int, seed: int) -> np.ndarray:
    """Frames with teeth: strokes that end at each line, on both sides of it."""
    grey = np.full((side, side), 235, np.uint8)
    step = max(2, side // 60)
    width = max(1, side // 250)
    for depth in range(seed % 5 + 2):
        near = side // 20 + depth * side // 14
        for view in (grey, grey.T):
            for row in (near, side - near):
                view[row : row + width, near // 2 : side - near // 2] = 30
                for column in range(near, side - near, 2 * step):
                    view[row - 2 * step : row + 2 * step, column : column + width] = 30
    middle = slice(side // 2 - side // 8, side // 2 + side // 8)
    grey[middle, side // 2 : side // 2 + 2 * width] = 30
    return grey


def nested_frames(side: int, seed: int) -> np.ndarray:
    """Frames in frames, each paler than the one around it."""
    grey = np.full((side, side), 255, np.uint8)
    width = max(1, side // 200)
    generator = np.random.default_rng(seed)
    for depth in range(10):
        near = side // 40 + depth * side // 26
        level = 255 - max(20, int(250 * 0.66**depth))
        for view in (grey, grey.T):
            for row in (near, side - near - width):
                shift = int(generator.integers(0, 2))
                view[row + shift : row + shift + width, near : side - near] = level
    middle = slice(side // 2 - side // 10, side // 2 + side // 10)
    grey[middle, side // 2 : side // 2 + 2 * width] = 200
    return grey


# Marks whose seed decides how fine or how many they are. With the others, every seed gives much the
# same work.
REGULAR_MARKS = ("checkers", "stripes", "grid", "broken grid", "combs")
MARKS: dict[str, Maker] = {
    "specks": specks,
    "many specks": many_specks,
    "noise": noise,
    "soft noise": soft_noise,
    "level dashes": level_dashes,
    "dashes": dashes,
    "long lines": long_lines,
    "crossing lines": crossing_lines,
    "text": text,
    "checkers": checkers,
    "stripes": stripes,
    "grid": grid,
    "broken grid": broken_grid,
    "combs": combs,
    "nested frames": nested_frames,
}
