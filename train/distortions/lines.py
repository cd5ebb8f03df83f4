"""Distorts images of lines a little, each time another way: size, place, thickness, brightness."""

from __future__ import annotations

import numpy as np

# Ranges and standard deviations: logarithms of the shrinking along both axes, pixels up or down,
# the slant, the exponent of the brightness, and the share of lines that get noise.
WIDTH_RANGE, HEIGHT_RANGE, SHIFT, SLANT = (-0.05, 0.22), (-0.1, 0.1), 1.2, 0.06
BRIGHTNESS_RANGE = 0.5
NOISE_SHARE, MAX_NOISE = 0.2, 12.0


def distort_lines(lines: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`(n, height, width) uint8` -> the same shape; lines stay within it."""
    count, height, width = lines.shape
    # Where each pixel comes from. A long line must not grow out of its image.
    wide = np.exp(rng.uniform(*WIDTH_RANGE, (count, 1, 1)))
    tall = np.exp(rng.uniform(*HEIGHT_RANGE, (count, 1, 1)))
    down = rng.normal(0, SHIFT, (count, 1, 1))
    slant = rng.normal(0, SLANT, (count, 1, 1))
    y, x = np.indices((1, height, width), np.float32)[1:]
    middle = (height - 1) / 2
    from_y = (y - middle) * tall + middle + down
    from_x = x * wide + slant * (y - middle)
    moved = _sample(lines, from_y, from_x)
    power = np.exp(rng.uniform(-BRIGHTNESS_RANGE, BRIGHTNESS_RANGE, (count, 1, 1)))
    bright = 255 * (moved / 255) ** power.astype(np.float32)
    noise = MAX_NOISE * rng.random((count, 1, 1)) * (rng.random((count, 1, 1)) < NOISE_SHARE)
    if noise.any():
        bright += noise.astype(np.float32) * rng.standard_normal(lines.shape, np.float32)
    return np.clip(bright, 0, 255).astype(np.uint8)


def _sample(lines: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Bilinear samples at `(n, height, width)` positions, `float32`; 0 outside."""
    count, height, width = lines.shape
    padded = np.pad(lines, ((0, 0), (1, 2), (1, 2))).astype(np.float32)
    y = np.clip(y + 1, 0, height + 0.999).astype(np.float32)
    x = np.clip(x + 1, 0, width + 0.999).astype(np.float32)
    y, x = np.broadcast_arrays(y, x)
    top, left = y.astype(np.int32), x.astype(np.int32)
    down, right = y - top, x - left
    stride = width + 3
    first = (np.arange(count) * (height + 3) * stride)[:, None, None] + top * stride + left
    flat = padded.reshape(-1)
    upper = flat[first] * (1 - right) + flat[first + 1] * right
    lower = flat[first + stride] * (1 - right) + flat[first + stride + 1] * right
    return upper * (1 - down) + lower * down
