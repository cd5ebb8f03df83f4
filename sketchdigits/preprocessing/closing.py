"""The closing of a picture: removes what is dark and narrow, such as ink, and keeps wide shade.

Serra 1982, "Image Analysis and Mathematical Morphology". Without SciPy, for the reasons in
`connected_components.py`.
"""

from __future__ import annotations

import numpy as np


def close(plane: np.ndarray, window: int) -> np.ndarray:
    """The closing of `(h, w) uint8`: maximum over square windows, then minimum over the same.

    The edge pixels are repeated outside the picture, so that a gradient of light continues there.
    """
    padded = np.pad(plane, window, mode="edge")
    closed = slide(slide(padded, window, np.maximum), window, np.minimum)
    height, width = plane.shape
    return closed[1 : 1 + height, 1 : 1 + width]


def slide(plane: np.ndarray, window: int, extreme: np.ufunc) -> np.ndarray:
    """`extreme` over every `window` x `window` square, which makes both sides `window - 1` shorter.

    The covered length doubles with each step.
    """
    for _ in range(2):
        covered = 1
        while covered < window:
            step = min(covered, window - covered)
            plane = extreme(plane[step:], plane[:-step])
            covered += step
        plane = np.ascontiguousarray(plane.T)
    return plane


def close_inside(plane: np.ndarray, window: int) -> np.ndarray:
    """`close` with an odd window, in which pixels outside the picture don't count."""
    for extreme, outside in ((np.maximum, 0), (np.minimum, 255)):
        plane = slide(np.pad(plane, window // 2, constant_values=outside), window, extreme)
    return plane


def grow(mask: np.ndarray, window: int) -> np.ndarray:
    """Grow `(h, w) bool`: the maximum over `window` x `window` squares, of an odd side."""
    return slide(np.pad(mask, window // 2), window, np.logical_or)
