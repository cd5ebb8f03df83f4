"""Ten digits as polylines on the unit square, x to the right, y downwards."""

from __future__ import annotations

import numpy as np

from train.rendering.canvas import CanvasStyle, draw_on_canvas


def _arc(centre, radii, start: float, stop: float) -> list[tuple[float, float]]:
    """Points of an ellipse from angle `start` to `stop`, in degrees clockwise from the right."""
    angles = np.deg2rad(np.linspace(start, stop, 16))
    (x, y), (a, b) = centre, radii
    return [(float(x + a * np.cos(t)), float(y + b * np.sin(t))) for t in angles]


DIGITS: dict[int, list[list[tuple[float, float]]]] = {
    0: [_arc((0.5, 0.5), (0.26, 0.4), -90, 270)],
    1: [[(0.38, 0.26), (0.54, 0.1), (0.54, 0.9)]],
    2: [[*_arc((0.5, 0.3), (0.24, 0.2), -170, 40), (0.26, 0.9), (0.78, 0.9)]],
    3: [[*_arc((0.48, 0.3), (0.22, 0.2), -150, 90), *_arc((0.48, 0.7), (0.25, 0.21), -90, 150)]],
    4: [[(0.56, 0.1), (0.22, 0.62), (0.8, 0.62)], [(0.62, 0.36), (0.62, 0.92)]],
    5: [
        [
            (0.74, 0.1),
            (0.34, 0.1),
            (0.3, 0.46),
            *_arc((0.48, 0.66), (0.25, 0.24), -120, 150),
        ]
    ],
    6: [[(0.64, 0.1), (0.42, 0.34), *_arc((0.5, 0.68), (0.22, 0.22), -180, 180)]],
    7: [[(0.24, 0.12), (0.76, 0.12), (0.44, 0.9)]],
    8: [
        _arc((0.5, 0.3), (0.18, 0.19), 90, 450),
        _arc((0.5, 0.7), (0.23, 0.21), -90, 270),
    ],
    9: [[*_arc((0.5, 0.32), (0.2, 0.21), 0, -360), (0.7, 0.32), (0.64, 0.9)]],
}


def draw(digit: int, **style) -> np.ndarray:
    """Draw one of the digits on a canvas; `style` are fields of `CanvasStyle`."""
    strokes = [np.array(stroke, np.float32) for stroke in DIGITS[digit]]
    return draw_on_canvas(strokes, CanvasStyle(**style))
