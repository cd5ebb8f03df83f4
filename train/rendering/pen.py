"""Forms that a program draws with a pen: strokes through given points, by a hand that misses them.

Leaves: strokes about the unit square, x to the right and y downwards, as pen digits have them.
"""

from __future__ import annotations

import numpy as np

POINT_JITTER = 0.035
_CURVE_STEPS = 8


def draw_form(form: str, rng: np.random.Generator) -> list[np.ndarray]:
    """Strokes, each `(points, 2) float64`, through the form's points, missed by a little.

    A form is written as its strokes with " / " between them: "~" for a smooth one or "-" for one
    with corners, and then the points, "x,y".
    """
    strokes = []
    for stroke in form.split(" / "):
        manner, *points = stroke.split()
        placed = np.array([point.split(",") for point in points], np.float64)
        placed += rng.normal(0, POINT_JITTER, placed.shape)
        strokes.append(smooth_curve(placed) if manner == "~" else placed)
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
