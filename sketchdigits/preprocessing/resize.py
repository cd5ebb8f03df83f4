"""Resize: scale the digit to a length of 20 pixels, antialiased, at full contrast.

Enters: `(n, h, w) uint8, 0-255` ink, from `crop.py`. Leaves: `(n, 24, 24) float32, 0-1`: a box of
20 pixels, and 2 pixels around it for the strokes' soft edges.

Many images are resampled at once, each at its own scale, as matrix products. The filters are
Pillow's: https://pillow.readthedocs.io/en/stable/handbook/concepts.html#filters, a triangle for
downscaling and a cubic (Keys 1981, a = -0.5) for upscaling. Pixels outside the image count as 0.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.preprocessing.crop import STROKE_THRESHOLD, find_extents, is_stroke

DIGIT_BOX_SIZE = 20
# The box, and 2 pixels around it for the strokes' soft edges.
FITTED_SIZE = 24
# A digit of twice this length or more is first averaged down, to this length or a little more.
MIN_AVERAGED_LENGTH = 160
# This percentile of the stroke's pixels becomes full white.
FULL_CONTRAST_PERCENTILE = 80
# A digit drawn with about as many pixels as it has in the box, that is at a scale between these,
# has jagged edges; a larger one doesn't. A jagged digit is softened: each pixel gets this share of
# each of its two neighbours, along both axes.
JAGGED_SCALES = (0.5, 1.25)
SOFTENING = 1 / 6
# Multiply-adds of one matrix product. OpenBLAS divides a larger one among all cores, whose threads
# then spin while they wait for the next one: with many cores that took six times the time of the
# computation.
MAX_PRODUCT = 2**18
# Pixels: an MNIST digit with faint ends is up to this much shorter than 20 pixels.
MAX_FAINT_ENDS = 2


def fit_to_box(
    crops: np.ndarray, max_inks: np.ndarray, centred_as_mnist: np.ndarray | None = None
) -> np.ndarray:
    """`(n, h, w) uint8` -> digits 20 pixels long, `(n, 24, 24) float32, 0-1`.

    The aspect ratio is kept. The brightest fifth of the stroke becomes 1.

    Args:
        crops: the digits without other ink. With n > 1 they must be small: all are averaged down
            by the same factor, which depends on the longest digit.
        max_inks: `(n,) uint8`, the strongest ink of each digit.
        centred_as_mnist: `(n,) bool`, whether the image is centred as MNIST's are; default: none
            is. If its digit also has the length of MNIST's, it is not resampled, which would only
            blur it. All other digits are resampled: the sharp pixels of a small canvas would look
            like MNIST's, whose 1s have no flag, and a 1 with a flag would be read as a 7.
    """
    profiles = [crops.max(axis=axis) for axis in (2, 1)]
    extents = np.stack([find_extents(is_stroke(profile, max_inks)) for profile in profiles])
    lengths = (extents[:, 1] - extents[:, 0]).max(axis=0)
    block = max(1, int(lengths.max()) // MIN_AVERAGED_LENGTH)
    if block > 1:
        crops = _average_down(crops, block)
    is_unscaled = (lengths >= DIGIT_BOX_SIZE - MAX_FAINT_ENDS) & (lengths <= DIGIT_BOX_SIZE)
    is_unscaled &= False if centred_as_mnist is None else centred_as_mnist
    _, height, width = crops.shape
    weights = _weights(
        extents / block, DIGIT_BOX_SIZE * block / lengths, max(height, width), is_unscaled
    )
    row_weights, column_weights = weights[0, :, :, :height], weights[1, :, :, :width]
    resampled = _multiply(row_weights, crops.astype(np.float32)) @ column_weights.transpose(0, 2, 1)
    return _stretch_contrast(resampled)


def _multiply(weights: np.ndarray, crops: np.ndarray) -> np.ndarray:
    """`(n, 24, h) @ (n, h, w)` on one thread: in strips of columns if the crops are large."""
    columns = max(1, MAX_PRODUCT // (weights.shape[1] * weights.shape[2]))
    if crops.shape[2] <= columns:
        return weights @ crops
    starts = range(0, crops.shape[2], columns)
    return np.concatenate([weights @ crops[..., at : at + columns] for at in starts], axis=2)


def _weights(
    extents: np.ndarray, scales: np.ndarray, size: int, is_unscaled: np.ndarray
) -> np.ndarray:
    """The weight of each pixel of the crops in each pixel of the box, `(2, n, 24, size) float32`.

    Args:
        extents: `(2, 2, n)`: by axis (rows, columns), start and end of the strokes, by crop.
        scales: `(n,)`, box pixels per crop pixel.
        size: pixels of the crops along the longer axis.
        is_unscaled: `(n,) bool`, the crops that are not resampled.
    """
    starts, ends = extents.swapaxes(0, 1)
    if is_unscaled.all():
        first = np.floor((starts + ends - FITTED_SIZE) / 2)[..., None, None]
        return (np.arange(size) - first == np.arange(FITTED_SIZE)[:, None]).astype(np.float32)
    if is_unscaled.any():
        weights = np.empty((2, len(scales), FITTED_SIZE, size), np.float32)
        for part in (is_unscaled, ~is_unscaled):
            weights[:, part] = _weights(extents[..., part], scales[part], size, is_unscaled[part])
        return weights
    return _softened_weights((starts + ends) / 2, scales, size)


def _softened_weights(middles: np.ndarray, scales: np.ndarray, size: int) -> np.ndarray:
    """`resampling_weights` of the crops, with softening for those with a jagged scale."""
    is_jagged = (scales > JAGGED_SCALES[0]) & (scales < JAGGED_SCALES[1])
    if not is_jagged.any():
        return resampling_weights(middles, scales, size, FITTED_SIZE)
    # For crops with one pixel more on each side, which the neighbours' shares need.
    sharp = resampling_weights(middles + 1, scales, size + 2, FITTED_SIZE)
    share = np.where(is_jagged, np.float32(SOFTENING), 0)[:, None, None]
    return share * (sharp[..., :-2] + sharp[..., 2:]) + (1 - 2 * share) * sharp[..., 1:-1]


def _stretch_contrast(fitted: np.ndarray) -> np.ndarray:
    """`(n, 24, 24)` in any range -> `(n, 24, 24)` in 0-1."""
    flat = np.maximum(fitted, 0).reshape(len(fitted), -1)
    is_ink = flat > STROKE_THRESHOLD * flat.max(axis=1, keepdims=True)
    ascending = np.sort(flat, axis=1)  # the ink is at the end
    counts = is_ink.sum(axis=1)
    # The percentile of the ink alone, interpolated as by `np.percentile`.
    rank = flat.shape[1] - counts + (counts - 1) * (FULL_CONTRAST_PERCENTILE / 100)
    lower = rank.astype(np.intp)
    rows = np.arange(len(flat))
    low, high = ascending[rows, lower], ascending[rows, np.minimum(lower + 1, flat.shape[1] - 1)]
    white = low + (high - low) * (rank - lower)
    return np.minimum(flat / white[:, None].astype(np.float32), 1).reshape(fitted.shape)


def _average_down(crops: np.ndarray, block: int) -> np.ndarray:
    """The mean of every `block` x `block` pixels, from the top left; 0 beyond the edges."""
    _, height, width = crops.shape
    padded = np.pad(crops, ((0, 0), (0, -height % block), (0, -width % block)))
    # Sums of whole numbers, along one axis after the other: much faster than `mean` along both.
    rows = padded[:, ::block].astype(np.uint32)
    for offset in range(1, block):
        rows += padded[:, offset::block]
    totals = rows[:, :, ::block].copy()
    for offset in range(1, block):
        totals += rows[:, :, offset::block]
    return totals.astype(np.float32) / np.float32(block**2)


def resampling_weights(
    middles: np.ndarray, scales: np.ndarray, size: int, new_size: int
) -> np.ndarray:
    """`(..., new_size, size) float32`: the weight of each old pixel in each new one, along an axis.

    Args:
        middles: `(...)`, the middle of the new axis, in old pixels.
        scales: `(...)`, new pixels per old pixel.
        size: number of old pixels.
        new_size: number of new pixels.
    """
    middles = middles.astype(np.float32)[..., None, None]
    scales = scales.astype(np.float32)[..., None, None]
    is_downscaled = scales < 1
    # Twice the filter's radius, so that the totals include all pixels outside the image that a
    # filter which touches the image can reach.
    margin = 2 * max(2, int(np.ceil(1 / scales.min())))
    old = np.arange(-margin, size + margin, dtype=np.float32) + 0.5
    new = (np.arange(new_size, dtype=np.float32) + (1 - new_size) / 2)[:, None]
    distances = old - (new / scales + middles)
    np.abs(distances, out=distances)
    distances *= np.minimum(scales, 1)
    if is_downscaled.all():
        weights = _triangle(distances)
    else:
        weights = np.where(is_downscaled, _triangle(distances), _cubic(distances))
    totals = np.maximum(weights.sum(axis=-1, keepdims=True), 1e-6)  # 0 far outside the image
    return weights[..., margin:-margin] / totals


def _triangle(distances: np.ndarray) -> np.ndarray:
    weights = 1 - distances
    return np.maximum(weights, 0, out=weights)


def _cubic(distances: np.ndarray) -> np.ndarray:
    near = (1.5 * distances - 2.5) * distances**2 + 1
    far = ((-0.5 * distances + 2.5) * distances - 4) * distances + 2
    return np.where(distances < 1, near, np.where(distances < 2, far, 0))
