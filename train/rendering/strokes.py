"""Pen strokes: made from a written form, and varied as another hand would draw them.

Enters: a form such as "- 0,0 1,1", or strokes in any units. Leaves: strokes in about the unit
square, x to the right and y downwards, like those of `PenDigit`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

# One drawing: for each stroke, `(points, 2) float`, x and y. y grows downwards.
Strokes = Sequence[np.ndarray]

# Standard deviation of the noise on each coordinate of a form's points.
POINT_JITTER = 0.035
_CURVE_STEPS = 8
# How often `vary_hand` does each of these: per end of a stroke, and per stroke.
_HOOK_PROBABILITY = 0.1
_GAP_PROBABILITY = 0.05
_REPEAT_PROBABILITY = 0.05


def draw_form(form: str, rng: np.random.Generator) -> list[np.ndarray]:
    """Draw a form through its points, with noise on each: strokes, `(points, 2) float64` each.

    A form is text: its strokes, with " / " between them. A stroke is "~" (a smooth curve) or "-"
    (straight lines), followed by its points, "x,y".
    """
    strokes = []
    for stroke in form.split(" / "):
        kind, *points = stroke.split()
        placed = np.array([point.split(",") for point in points], np.float64)
        placed += rng.normal(0, POINT_JITTER, placed.shape)
        strokes.append(smooth_curve(placed) if kind == "~" else placed)
    return strokes


def smooth_curve(points: np.ndarray) -> np.ndarray:
    """Catmull-Rom spline through all points: `(k, 2)` -> `(8 (k - 1) + 1, 2)`."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    before, start, end, after = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = np.linspace(0, 1, _CURVE_STEPS, endpoint=False)[:, None]
    spline = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return np.concatenate([spline.reshape(-1, 2), points[-1:]])


def vary_hand(strokes: Strokes, rng: np.random.Generator) -> list[np.ndarray]:
    """Redraw `strokes` as another hand would; the result is about one unit long.

    Varies the slant, rotation and proportions, wobbles the line, keeps few points as a fast mouse
    does, and adds hooks, gaps and strokes drawn twice.
    """
    points = np.concatenate(list(strokes))
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    longest = max(float(np.ptp(points, axis=0).max()), 1e-6)
    rotation = np.deg2rad(rng.normal(0, 7))
    slant = rng.normal(0, 0.12)
    stretch = np.exp(rng.normal(0, 0.12))
    linear = (
        np.array([[np.cos(rotation), -np.sin(rotation)], [np.sin(rotation), np.cos(rotation)]])
        @ np.array([[1, slant], [0, 1]])
        @ np.diag([stretch, 1 / stretch])
    )
    wobble = _smooth_field(rng, amplitude=rng.uniform(0, 0.05))
    shake = rng.uniform(0, 0.012)
    is_sparse = rng.random() < 0.3
    varied = []
    for stroke in strokes:
        unit = (stroke - centre) / longest
        if is_sparse:
            unit = thin_out(unit, spacing=rng.uniform(0.04, 0.16))
        unit = _add_hooks(unit + wobble(unit) + rng.normal(0, shake, unit.shape), rng)
        # A stroke as short as a dot can't be split.
        pieces = (_split(unit, rng) if rng.random() < _GAP_PROBABILITY else None) or [unit]
        if rng.random() < _REPEAT_PROBABILITY:
            pieces.append(unit + rng.normal(0, 0.02, 2))
        varied += [piece @ linear.T for piece in pieces]
    return varied


def _add_hooks(stroke: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add, at random, a short line at either end, as a pen leaves when it lands or lifts."""
    ends = [stroke[:1], stroke[-1:]]
    first, last = (end + rng.normal(0, 0.05, 2) for end in ends)
    pieces = [stroke]
    if rng.random() < _HOOK_PROBABILITY:
        pieces.insert(0, first)
    if rng.random() < _HOOK_PROBABILITY:
        pieces.append(last)
    return np.concatenate(pieces)


def _split(stroke: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Split the stroke in two with a gap of at most about 8 % of its length: a failing pen."""
    dense = _densify(stroke)
    gap = int(rng.integers(1, max(2, len(dense) // 12 + 1)))
    start = int(rng.integers(1, max(2, len(dense) - gap)))
    return [piece for piece in (dense[:start], dense[start + gap :]) if len(piece) > 1]


def _densify(stroke: np.ndarray, spacing: float = 0.02) -> np.ndarray:
    """Resample the line with a point about every `spacing`."""
    length = _arc_length(stroke)
    positions = np.linspace(0, length[-1], max(2, round(length[-1] / spacing)))
    return np.stack([np.interp(positions, length, stroke[:, axis]) for axis in range(2)], axis=1)


def _smooth_field(rng: np.random.Generator, amplitude: float) -> Callable[[np.ndarray], np.ndarray]:
    """A function of points that displaces them smoothly: three random plane waves per axis."""
    frequencies = rng.normal(0, 4, (3, 2, 2))
    phases = rng.uniform(0, 2 * np.pi, (3, 2))

    def displacement(points: np.ndarray) -> np.ndarray:
        waves = np.sin(np.einsum("kad,nd->nka", frequencies, points) + phases)
        return amplitude * waves.mean(axis=1)

    return displacement


def thin_out(stroke: np.ndarray, spacing: float) -> np.ndarray:
    """Keep points about `spacing` apart, and always the last one."""
    kept = np.unique(np.floor(_arc_length(stroke) / spacing), return_index=True)[1]
    return stroke[np.union1d(kept, [len(stroke) - 1])]


def _arc_length(stroke: np.ndarray) -> np.ndarray:
    """The length of the line up to each point, `(points,)`."""
    step = np.hypot(*np.diff(stroke, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(step)])
