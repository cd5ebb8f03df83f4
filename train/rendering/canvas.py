"""Pen trajectories -> drawings on a canvas, as a drawing program would leave them.

Enters: strokes, each `(points, 2) float`, y downwards, any units. Leaves: a canvas,
`(height, width) uint8` or `(height, width, 3|4) uint8`, antialiased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

# Pixels: the height of the smallest on a small canvas.
SMALLEST_DIGIT = 8.5
CANVAS_SIZES = (28, 56, 100, 140, 200, 280, 400, 560)
# How often a varied hand does so, of strokes: a hook at an end, a gap, a second time over.
HOOKED = 0.1
BROKEN = 0.05
DOUBLED = 0.05

Strokes = Sequence[np.ndarray]
Colour = tuple[int, ...]


@dataclass(frozen=True)
class CanvasStyle:
    """How a digit is put on a canvas.

    Attributes:
        size: the canvas's side in pixels.
        width: the pen's width as a share of the digit's longer side; never under one pixel.
        extent: the digit's longer side as a share of the canvas.
        position: where the digit lies in the room left over, x and y, 0-1.
        ink, ground: colours of equal length: (grey,), (r, g, b) or (r, g, b, a).
        blur: a soft brush: Gaussian radius as a share of the pen's width.
        oversampling: subpixels a side for antialiasing; 1 is a program without it.
    """

    size: int = 400
    width: float = 0.08
    extent: float = 0.6
    position: tuple[float, float] = (0.5, 0.5)
    ink: Colour = (0,)
    ground: Colour = (255,)
    blur: float = 0.0
    oversampling: int = 3


def draw_on_canvas(strokes: Strokes, style: CanvasStyle) -> np.ndarray:
    """Draw `strokes` in `style`: `(size, size)` or `(size, size, 3|4) uint8, 0-255`."""
    scale, offset, pen = _placement(strokes, style)
    over = style.oversampling
    sheet = Image.new("L", (style.size * over, style.size * over))
    draw = ImageDraw.Draw(sheet)
    for stroke in strokes:
        _draw_stroke(draw, (stroke * scale + offset) * over, pen * over)
    coverage = sheet.reduce(over) if over > 1 else sheet
    if style.blur:
        coverage = coverage.filter(ImageFilter.GaussianBlur(style.blur * pen))
    return _tint(np.asarray(coverage), style.ink, style.ground)


def _placement(strokes: Strokes, style: CanvasStyle) -> tuple[float, np.ndarray, float]:
    """Scale, offset and pen width in pixels that put the whole digit on the canvas."""
    points = np.concatenate(list(strokes))
    low, high = points.min(axis=0), points.max(axis=0)
    longest = max(float((high - low).max()), 1e-6)
    side = style.extent * style.size
    pen = max(1.0, style.width * side)
    scale = max(side - pen, 1.0) / longest
    room = style.size - (high - low) * scale - pen
    offset = pen / 2 + room * np.array(style.position) - low * scale
    return scale, offset, pen


def _draw_stroke(draw: ImageDraw.ImageDraw, points: np.ndarray, width: float) -> None:
    """A polyline with round ends and joins, as browsers draw with `lineCap = "round"`."""
    # Points closer than a fraction of the pen add nothing but time.
    points = _thin_out(points, spacing=max(1.0, width / 6))
    if len(points) > 1:
        draw.line([tuple(point) for point in points], fill=255, width=max(1, round(width)))
    if width > 2 or len(points) == 1:
        radius = max(width / 2, 0.5)
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _tint(coverage: np.ndarray, ink: Colour, ground: Colour) -> np.ndarray:
    """`(h, w) uint8` coverage -> the canvas in its colours."""
    share = coverage[..., None].astype(np.float32) / 255
    if len(ink) == 4 and ground[3] == 0:
        canvas = np.empty((*coverage.shape, 4), np.uint8)
        canvas[..., :3] = ink[:3]
        canvas[..., 3] = coverage
        return canvas
    canvas = np.array(ground, np.float32) + share * (
        np.array(ink, np.float32) - np.array(ground, np.float32)
    )
    canvas = np.rint(canvas).astype(np.uint8)
    return canvas[..., 0] if len(ink) == 1 else canvas


def vary_hand(strokes: Strokes, rng: np.random.Generator) -> list[np.ndarray]:
    """The same form by another hand, about as large as the unit.

    Slant, turn, proportions, wobble, sparse mouse points, hooks, gaps, strokes drawn twice.
    """
    points = np.concatenate(list(strokes))
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    longest = max(float(np.ptp(points, axis=0).max()), 1e-6)
    turn = np.deg2rad(rng.normal(0, 7))
    slant = rng.normal(0, 0.12)
    stretch = np.exp(rng.normal(0, 0.12))
    linear = (
        np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        @ np.array([[1, slant], [0, 1]])
        @ np.diag([stretch, 1 / stretch])
    )
    wobble = _smooth_field(rng, amplitude=rng.uniform(0, 0.05))
    shake = rng.uniform(0, 0.012)
    sparse = rng.random() < 0.3
    varied = []
    for stroke in strokes:
        unit = (stroke - centre) / longest
        if sparse:
            unit = _thin_out(unit, spacing=rng.uniform(0.04, 0.16))
        unit = _add_hooks(unit + wobble(unit) + rng.normal(0, shake, unit.shape), rng)
        pieces = _break(unit, rng) if rng.random() < BROKEN else [unit]
        if rng.random() < DOUBLED:
            pieces.append(unit + rng.normal(0, 0.02, 2))
        varied += [piece @ linear.T for piece in pieces]
    return varied


def _add_hooks(stroke: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a pen leaves where it lands and where it lifts: a short piece in any direction."""
    ends = [stroke[:1], stroke[-1:]]
    first, last = (end + rng.normal(0, 0.05, 2) for end in ends)
    pieces = [stroke]
    if rng.random() < HOOKED:
        pieces.insert(0, first)
    if rng.random() < HOOKED:
        pieces.append(last)
    return np.concatenate(pieces)


def _break(stroke: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """A pen that failed: the stroke in two, with a gap of a few percent between."""
    dense = _densify(stroke)
    gap = int(rng.integers(1, max(2, len(dense) // 12 + 1)))
    start = int(rng.integers(1, max(2, len(dense) - gap)))
    return [piece for piece in (dense[:start], dense[start + gap :]) if len(piece) > 1]


def _densify(stroke: np.ndarray, spacing: float = 0.02) -> np.ndarray:
    """The same line with points every `spacing`."""
    travelled = _travelled(stroke)
    places = np.linspace(0, travelled[-1], max(2, round(travelled[-1] / spacing)))
    return np.stack([np.interp(places, travelled, stroke[:, axis]) for axis in range(2)], axis=1)


def _smooth_field(rng: np.random.Generator, amplitude: float):
    """A displacement that varies slowly over the digit: three random plane waves an axis."""
    frequencies = rng.normal(0, 4, (3, 2, 2))
    phases = rng.uniform(0, 2 * np.pi, (3, 2))

    def displacement(points: np.ndarray) -> np.ndarray:
        waves = np.sin(np.einsum("kad,nd->nka", frequencies, points) + phases)
        return amplitude * waves.mean(axis=1)

    return displacement


def _thin_out(stroke: np.ndarray, spacing: float) -> np.ndarray:
    """Keep points about `spacing` apart, and the last: a fast mouse leaves straight pieces."""
    kept = np.unique(np.floor(_travelled(stroke) / spacing), return_index=True)[1]
    return stroke[np.union1d(kept, [len(stroke) - 1])]


def _travelled(stroke: np.ndarray) -> np.ndarray:
    """How far the pen has come at each point, `(points,)`."""
    step = np.hypot(*np.diff(stroke, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(step)])


def random_style(rng: np.random.Generator) -> CanvasStyle:
    """A canvas such as people draw on: 28 to 560 pixels, hairline to marker, anywhere.

    Some are tiny captures of 10 to 20 pixels, and some cut a digit that is larger than they are.
    """
    kind = rng.random()
    is_tiny, is_cut = kind < 0.1, kind > 0.92
    size = int(rng.integers(10, 21) if is_tiny else rng.choice(CANVAS_SIZES))
    if is_cut:
        extent = rng.uniform(1.0, 1.12)
    else:
        extent = rng.uniform(max(0.25, min(0.8, SMALLEST_DIGIT / size)), 0.98)
    width = float(np.exp(rng.uniform(np.log(0.012), np.log(0.24))))
    # A soft brush as wide as a marker leaves a blot that nobody can read.
    softest = min(0.9, 0.09 / width)
    return CanvasStyle(
        size=size,
        width=width,
        extent=float(extent),
        position=(float(rng.random()), float(rng.random())),
        ink=(int(rng.choice([255, 255, int(rng.integers(80, 256))])),),
        ground=(0,),
        blur=float(rng.choice([0.0, 0.0, 0.0, rng.uniform(0.1, softest)])),
        oversampling=1 if rng.random() < 0.1 else max(1, min(4, 560 // size)),
    )
