"""Draws digits in the frames of forms and in the cells of tables, as scans and photographs show.

Enters: strokes (`strokes.py`), and a `LinedStyle` (`printed_lines.py`). Leaves: a picture,
`(H, W) uint8, 0-255`, of 28 to 320 pixels a side, mostly dark on light.

A picture is a piece of a printed page: its lines go on beyond its edges, and it is turned by up to
6 degrees.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from train.rendering.canvas import draw_stroke
from train.rendering.digit_forms import draw_digit
from train.rendering.printed_lines import Box, LinedStyle, break_lines
from train.rendering.strokes import Strokes

MIN_SIDE, MAX_SIDE = 28, 320
MAX_ROTATION = 6.0  # degrees
# The free space around the digit, as a share of the box's shorter side.
DIGIT_MARGIN = (0.02, 0.25)
# A digit is at least this long, in pixels.
MIN_DIGIT_LENGTH = 12.0
# The pen's width as a share of the digit's length; at least one pixel.
PEN_WIDTH = (0.03, 0.15)
# The darkness of ink, 0-1. Lines have their own: paler than the ink, or darker.
INK_DARKNESS = (0.5, 1.0)
# How often a picture of training is cut inside the frame: it has no line.
NO_LINE_PROBABILITY = 0.2
# How often a picture is light on dark.
LIGHT_INK_PROBABILITY = 0.1


def draw_lined_picture(
    strokes: Strokes, style: LinedStyle, rng: np.random.Generator, *, with_lines: bool = True
) -> np.ndarray:
    """Draw `strokes` in a random box of `style`: `(H, W) uint8, 0-255`.

    The same state of `rng` gives the same digit with and without lines. Without them, the next
    boxes are left out too.
    """
    height, width = _random_size(rng)
    shorter = min(height, width)
    inset = rng.uniform(*style.inset, 4) * shorter
    box = Box(inset[0], inset[1], width - inset[2], height - inset[3])
    line_width = max(0.5, float(np.exp(rng.uniform(*np.log(style.width)))) * shorter)
    turn = _rotation(rng.uniform(-MAX_ROTATION, MAX_ROTATION) * (rng.random() < 0.7))
    middle = np.array([width, height]) / 2
    placed, pen = _place_digit(strokes, box, line_width, rng.random() < style.crossed, rng)
    over = max(1, min(4, 400 // shorter))
    line_rng, finish_rng = rng.spawn(2)

    def cover(polylines: Sequence[np.ndarray], wide: float) -> np.ndarray:
        sheet = Image.new("L", (width * over, height * over))
        draw = ImageDraw.Draw(sheet)
        for points in polylines:
            draw_stroke(draw, ((points - middle) @ turn.T + middle) * over, wide * over)
        covered = sheet.reduce(over) if over > 1 else sheet
        # A line narrower than a pixel of the sheet is paler instead.
        return np.asarray(covered, np.float32) / 255 * min(1.0, max(wide * over, 0.5))

    ink_darkness = rng.uniform(*INK_DARKNESS)
    darkness = cover(placed, pen) * ink_darkness
    if with_lines:
        lines = style.lines(box, line_width, line_rng)
        if line_rng.random() < style.broken:
            lines = break_lines(lines, line_width, line_rng)
        if lines:
            line_darkness = line_rng.uniform(*style.darkness)
            darkness = np.maximum(darkness, cover(lines, line_width) * line_darkness)
        if line_rng.random() < style.neighbours:
            darkness = np.maximum(darkness, cover(_neighbours(box, line_rng), pen) * ink_darkness)
    return _finish(darkness, style, finish_rng)


def _random_size(rng: np.random.Generator) -> tuple[int, int]:
    side = np.exp(rng.uniform(np.log(MIN_SIDE), np.log(MAX_SIDE)))
    aspect = np.exp(rng.uniform(-0.25, 0.25) / 2)
    height, width = np.clip(np.rint([side * aspect, side / aspect]), MIN_SIDE, MAX_SIDE)
    return int(height), int(width)


def _rotation(degrees: float) -> np.ndarray:
    angle = np.deg2rad(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _place_digit(
    strokes: Strokes, box: Box, line_width: float, is_crossed: bool, rng: np.random.Generator
) -> tuple[list[np.ndarray], float]:
    """Place the strokes inside `box`: the strokes in pixels, and the pen's width in pixels.

    If `is_crossed`, the digit touches one of the box's sides or crosses it a little.
    """
    points = np.concatenate(list(strokes))
    low, high = points.min(axis=0), points.max(axis=0)
    extent = np.maximum(high - low, 1e-6)
    margin = rng.uniform(*DIGIT_MARGIN) * box.shorter + line_width / 2
    room = np.array([box.right - box.left, box.bottom - box.top]) - 2 * margin
    pen_share = rng.uniform(*PEN_WIDTH)
    length = max(MIN_DIGIT_LENGTH, float((extent.max() * room / extent).min()))
    pen = max(1.0, pen_share * length)
    scale = (length - pen) / extent.max()
    size = extent * scale + pen
    start = np.array([box.left, box.top]) + margin + rng.random(2) * (room - size)
    if is_crossed:
        axis, by = rng.integers(2), rng.uniform(-0.02, 0.08) * length
        near = np.array([box.left, box.top])[axis] - by
        far = np.array([box.right, box.bottom])[axis] - size[axis] + by
        start[axis] = near if rng.random() < 0.5 else far
    offset = start + pen / 2 - low * scale
    return [stroke * scale + offset for stroke in strokes], pen


def _neighbours(box: Box, rng: np.random.Generator) -> list[np.ndarray]:
    """Digits in one to three of the next boxes; the picture's edge cuts them."""
    size = np.array([box.right - box.left, box.bottom - box.top])
    middle = np.array([box.left + box.right, box.top + box.bottom]) / 2
    strokes: list[np.ndarray] = []
    directions = np.array([(-1, 0), (1, 0), (0, -1), (0, 1)])
    for direction in rng.permutation(directions)[: rng.integers(1, 4)]:
        length = rng.uniform(0.5, 0.85) * size.min()
        digit = draw_digit(int(rng.integers(10)), rng)
        # Nearer than the middle of the next box, so that some of its ink is seen, but outside this
        # box: at most the pen reaches over the line.
        across = size[np.flatnonzero(direction)[0]]
        distance = across / 2 + length / 2 + rng.uniform(0, 0.12) * across
        centre = middle + direction * distance
        strokes += [(stroke - 0.5) * length + centre for stroke in digit]
    return strokes


def _finish(darkness: np.ndarray, style: LinedStyle, rng: np.random.Generator) -> np.ndarray:
    """Darkness, `(H, W) float32, 0-1` -> a picture with light, blur, noise and JPEG's softness."""
    paper = rng.uniform(190, 255) if rng.random() < 0.6 else 255.0
    is_clean = rng.random() < style.clean
    picture = paper * (1 - darkness)
    if not is_clean:
        picture *= _light(darkness.shape, rng.uniform(*style.shade), rng)
    if rng.random() < LIGHT_INK_PROBABILITY:
        picture = 255 - picture
    if not is_clean:
        radius = rng.uniform(*style.blur) * min(picture.shape)
        image = Image.fromarray(np.rint(picture).astype(np.uint8))
        if radius > 0.2:
            image = image.filter(ImageFilter.GaussianBlur(radius))
        picture = np.asarray(image, np.float32)
        picture = picture + rng.normal(0, rng.uniform(*style.noise), picture.shape)
    pixels = np.rint(np.clip(picture, 0, 255)).astype(np.uint8)
    return _as_jpeg(pixels, int(rng.integers(60, 95))) if rng.random() < 0.2 else pixels


def _light(shape: tuple[int, ...], depth: float, rng: np.random.Generator) -> np.ndarray:
    """A gradient of light in a random direction, with a slight bend: `(H, W)`, 1 to 1 - depth."""
    rows, columns = np.meshgrid(*(np.linspace(-0.5, 0.5, side) for side in shape), indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    ramp = np.cos(angle) * columns + np.sin(angle) * rows
    ramp = (ramp - ramp.min()) / np.ptp(ramp)
    return 1 - depth * ramp ** rng.uniform(0.7, 1.6)


def _as_jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))
