"""Forms that a program draws with a pen: strokes through given points, by a hand that misses them.

Leaves: strokes about the unit square, x to the right and y downwards, as pen digits have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Point = tuple[float, float]

POINT_JITTER = 0.035
_CURVE_STEPS = 8


@dataclass(frozen=True)
class FormStroke:
    """One stroke: its points, and whether it is smooth or has corners there."""

    points: tuple[Point, ...]
    is_smooth: bool


Form = Sequence[FormStroke]


def curve(*points: Point) -> FormStroke:
    """A smooth stroke."""
    return FormStroke(points, is_smooth=True)


def line(*points: Point) -> FormStroke:
    """A stroke with corners."""
    return FormStroke(points, is_smooth=False)


def arc(centre: Point, radii: Point, start: float, stop: float) -> tuple[Point, ...]:
    """Points of an ellipse from `start` to `stop` degrees, clockwise from the right."""
    angles = np.deg2rad(np.linspace(start, stop, max(3, round(abs(stop - start) / 30))))
    return tuple(
        (centre[0] + radii[0] * float(np.cos(angle)), centre[1] + radii[1] * float(np.sin(angle)))
        for angle in angles
    )


def draw_form(form: Form, rng: np.random.Generator) -> list[np.ndarray]:
    """Strokes, each `(points, 2) float64`, through the form's points, missed by a little."""
    strokes = []
    for stroke in form:
        points = np.array(stroke.points, np.float64)
        points += rng.normal(0, POINT_JITTER, points.shape)
        strokes.append(smooth_curve(points) if stroke.is_smooth else points)
    return strokes


def smooth_curve(points: np.ndarray) -> np.ndarray:
    """`(k, 2)` -> a Catmull-Rom spline through all of them, `(8 (k - 1) + 1, 2)`."""
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
