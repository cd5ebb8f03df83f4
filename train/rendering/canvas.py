"""Draws pen strokes on a canvas, as a drawing program does.

Enters: strokes, each `(points, 2) float`, y downwards, any units. Leaves: a square canvas,
`(size, size) uint8` or `(size, size, 3|4) uint8`, 0-255, antialiased.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from train.rendering.strokes import Strokes, thin_out

# On a random canvas, a digit is at least this long, in pixels. On a canvas too small for that, it
# fills at least 80 % of the side.
MIN_DIGIT_SIDE = 8.5
CANVAS_SIZES = (28, 56, 100, 140, 200, 280, 400, 560)

# (grey,), (r, g, b) or (r, g, b, a), 0-255.
Colour = tuple[int, ...]


@dataclass(frozen=True)
class CanvasStyle:
    """How a digit is drawn on a canvas.

    Attributes:
        size: the side of the canvas in pixels.
        width: the pen's width as a share of the digit's longer side; at least one pixel.
        extent: the digit's longer side as a share of the canvas.
        position: the digit's place in the free space, x and y: 0 is left or top, 1 right or bottom.
        ink, background: colours of the pen and the background, of equal length.
        blur: radius of a Gaussian blur as a share of the pen's width, for a soft brush.
        oversampling: subpixels per side for antialiasing; 1 draws without antialiasing.
    """

    size: int = 400
    width: float = 0.08
    extent: float = 0.6
    position: tuple[float, float] = (0.5, 0.5)
    ink: Colour = (0,)
    background: Colour = (255,)
    blur: float = 0.0
    oversampling: int = 3


def draw_on_canvas(strokes: Strokes, style: CanvasStyle) -> np.ndarray:
    """Draw `strokes` in `style`. Returns `(size, size)` or `(size, size, 3|4) uint8, 0-255`."""
    scale, offset, pen = _placement(strokes, style)
    over = style.oversampling
    sheet = Image.new("L", (style.size * over, style.size * over))
    draw = ImageDraw.Draw(sheet)
    for stroke in strokes:
        draw_stroke(draw, (stroke * scale + offset) * over, pen * over)
    coverage = sheet.reduce(over) if over > 1 else sheet
    if style.blur:
        coverage = coverage.filter(ImageFilter.GaussianBlur(style.blur * pen))
    return _tint(np.asarray(coverage), style.ink, style.background)


def _placement(strokes: Strokes, style: CanvasStyle) -> tuple[float, np.ndarray, float]:
    """The scale, offset and pen width, in pixels, that place the digit as `style` says."""
    points = np.concatenate(list(strokes))
    low, high = points.min(axis=0), points.max(axis=0)
    longest = max(float((high - low).max()), 1e-6)
    side = style.extent * style.size
    pen = max(1.0, style.width * side)
    scale = max(side - pen, 1.0) / longest
    room = style.size - (high - low) * scale - pen
    offset = pen / 2 + room * np.array(style.position) - low * scale
    return scale, offset, pen


def draw_stroke(draw: ImageDraw.ImageDraw, points: np.ndarray, width: float) -> None:
    """Draw a line with round ends and joins, as browsers do with `lineCap = "round"`."""
    # Points much closer than the pen is wide only cost time.
    points = thin_out(points, spacing=max(1.0, width / 6))
    if len(points) > 1:
        draw.line([tuple(point) for point in points], fill=255, width=max(1, round(width)))
    if width > 2 or len(points) == 1:
        radius = max(width / 2, 0.5)
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _tint(coverage: np.ndarray, ink: Colour, background: Colour) -> np.ndarray:
    """Colour the canvas: `(h, w) uint8` coverage by ink -> `(h, w)` or `(h, w, 3|4) uint8`."""
    if len(ink) == 4 and background[3] == 0:
        canvas = np.empty((*coverage.shape, 4), np.uint8)
        canvas[..., :3] = ink[:3]
        canvas[..., 3] = coverage
        return canvas
    # There are only 256 shares of ink: looking a colour up is faster than computing it.
    share = np.arange(256, dtype=np.float32)[:, None] / 255
    colours = np.array(background, np.float32) + share * (
        np.array(ink, np.float32) - np.array(background, np.float32)
    )
    colours = np.rint(colours).astype(np.uint8)
    return np.take(colours[:, 0] if len(ink) == 1 else colours, coverage, axis=0)


def random_style(rng: np.random.Generator) -> CanvasStyle:
    """A random canvas: 28 to 560 pixels, hairline to marker, the digit anywhere.

    One in ten is a tiny capture of 10 to 20 pixels. On 8 % the digit is larger than the canvas,
    whose edge cuts it.
    """
    kind = rng.random()
    is_tiny, is_cut = kind < 0.1, kind > 0.92
    size = int(rng.integers(10, 21) if is_tiny else rng.choice(CANVAS_SIZES))
    if is_cut:
        extent = rng.uniform(1.0, 1.12)
    else:
        extent = rng.uniform(max(0.25, min(0.8, MIN_DIGIT_SIDE / size)), 0.98)
    width = float(np.exp(rng.uniform(np.log(0.012), np.log(0.24))))
    # A wide pen with a large blur would make the digit unreadable.
    max_blur = min(0.9, 0.09 / width)
    return CanvasStyle(
        size=size,
        width=width,
        extent=float(extent),
        position=(float(rng.random()), float(rng.random())),
        ink=(int(rng.choice([255, 255, int(rng.integers(80, 256))])),),
        background=(0,),
        blur=float(rng.choice([0.0, 0.0, 0.0, rng.uniform(0.1, max_blur)])),
        oversampling=1 if rng.random() < 0.1 else max(1, min(4, 560 // size)),
    )
