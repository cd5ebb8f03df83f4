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
    height, width = plane.shape
    # `np.pad` with mode "edge", three times as fast.
    padded = np.empty((height + 2 * window, width + 2 * window), plane.dtype)
    middle = padded[window:-window]
    middle[:, window:-window] = plane
    middle[:, :window], middle[:, -window:] = plane[:, :1], plane[:, -1:]
    padded[:window], padded[-window:] = middle[0], middle[-1]
    closed = slide(slide(padded, window, np.maximum), window, np.minimum)
    return closed[1 : 1 + height, 1 : 1 + width]


def slide(plane: np.ndarray, window: int, extreme: np.ufunc) -> np.ndarray:
    """`extreme` over every `window` x `window` square, which makes both sides `window - 1` shorter.

    The covered length doubles with each step.
    """
    height, width = plane.shape
    # Shift the flattened array: neighbours remain neighbours, and it is far faster. Squares that
    # would begin near the end of a row hold pixels of the next one, and are left out.
    flat = plane.ravel()
    for stride in (width, 1):
        covered = 1
        while covered < window:
            step = min(covered, window - covered)
            flat = extreme(flat[step * stride :], flat[: -step * stride])
            covered += step
    shape = (height - window + 1, width - window + 1)
    return np.ndarray(shape, flat.dtype, flat, strides=(width * flat.itemsize, flat.itemsize))


def close_inside(plane: np.ndarray, window: int) -> np.ndarray:
    """`close` with an odd window, in which pixels outside the picture don't count."""
    for extreme, outside in ((np.maximum, 0), (np.minimum, 255)):
        plane = slide(pad(plane, window // 2, outside), window, extreme)
    return plane


def grow(mask: np.ndarray, window: int) -> np.ndarray:
    """Grow `(h, w) bool`: the maximum over `window` x `window` squares, of an odd side."""
    return slide(pad(mask, window // 2, False), window, np.logical_or)


def pad(plane: np.ndarray, margin: int, value: float) -> np.ndarray:
    """Add a margin of one `value` around `(h, w)`."""
    height, width = plane.shape
    padded = np.full((height + 2 * margin, width + 2 * margin), value, plane.dtype)
    padded[margin : margin + height, margin : margin + width] = plane
    return padded
