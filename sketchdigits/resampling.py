"""Antialiased resampling of many planes at once, each at its own scale, as matrix products.

The filters are Pillow's: https://pillow.readthedocs.io/en/stable/handbook/concepts.html#filters,
a triangle for making smaller, and a cubic (Keys 1981, a = -0.5) for making larger. A plane goes on
with zeros beyond its edge.
"""

from __future__ import annotations

import numpy as np


def resampling_weights(
    middles: np.ndarray, scales: np.ndarray, size: int, new_size: int
) -> np.ndarray:
    """`(..., new_size, size) float32`: what old pixels along an axis give to each of the new ones.

    Args:
        middles: `(...)`, the point that the new axis has in its middle, in old pixels.
        scales: `(...)`, new pixels to an old one.
        size: old pixels.
        new_size: new pixels.
    """
    middles = middles.astype(np.float32)[..., None, None]
    scales = scales.astype(np.float32)[..., None, None]
    is_smaller = scales < 1
    # Twice the filter's reach: all that it can reach from within the plane counts in its total.
    beyond = 2 * max(2, int(np.ceil(1 / scales.min())))
    old = np.arange(-beyond, size + beyond, dtype=np.float32) + 0.5
    new = (np.arange(new_size, dtype=np.float32) + (1 - new_size) / 2)[:, None]
    distances = old - (new / scales + middles)
    np.abs(distances, out=distances)
    distances *= np.minimum(scales, 1)
    if is_smaller.all():
        weights = _triangle(distances)
    else:
        weights = np.where(is_smaller, _triangle(distances), _cubic(distances))
    totals = np.maximum(weights.sum(axis=-1, keepdims=True), 1e-6)  # 0 far from the plane
    return weights[..., beyond:-beyond] / totals


def _triangle(distances: np.ndarray) -> np.ndarray:
    weights = 1 - distances
    return np.maximum(weights, 0, out=weights)


def _cubic(distances: np.ndarray) -> np.ndarray:
    near = (1.5 * distances - 2.5) * distances**2 + 1
    far = ((-0.5 * distances + 2.5) * distances - 4) * distances + 2
    return np.where(distances < 1, near, np.where(distances < 2, far, 0))
