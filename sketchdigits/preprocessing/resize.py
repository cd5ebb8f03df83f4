"""The digit alone -> the digit 20 pixels long: scaled, antialiased, at full contrast.

Enters: what `digit_crop.py` cropped. Leaves: `(n, 24, 24)`, the box of 20 pixels with its digit's
soft edges. A part of preprocessing, and of no use but there.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.preprocessing.crop import STROKE_THRESHOLD, first_and_last, is_stroke

DIGIT_BOX_SIZE = 20
# The box, and around it the strokes' soft edges.
FITTED_SIZE = 24
# Crops are averaged down to about this many pixels before the final resampling.
FINE_SIZE = 160
# The grey level that becomes full white is this percentile of the stroke's pixels.
FULL_CONTRAST_PERCENTILE = 80
# A digit drawn in about as many pixels as it gets here (at such a scale) shows steps that one drawn
# larger doesn't. It is softened: each pixel takes so much of each neighbour along a line.
STEPPED_SCALES = (0.5, 1.25)
SOFTENING = 1 / 6
# Pixels: how much shorter than 20 one of MNIST's digits is where its ends are faint.
FAINT_ENDS = 2


def fit_to_box(
    crops: np.ndarray, full_inks: np.ndarray, in_mnist_form: np.ndarray | None = None
) -> np.ndarray:
    """`(n, h, w) uint8` -> the digits 20 pixels long, `(n, 24, 24) float32, 0-1`.

    Aspect is kept. The brightest fifth of the stroke becomes 1.

    Args:
        crops: the digits alone. One, or small ones: only one is averaged down first.
        full_inks: `(n,) uint8`, their strongest ink.
        in_mnist_form: `(n,) bool`, whether the image is centred as MNIST's are; default: none is.
            If the digit has their length too it is not resampled, which would only blur it. No
            other digit is left as sharp: the pixels of a small canvas would look like MNIST's,
            whose 1 has no flag, and a 1 with a flag be read as a 7.
    """
    profiles = [crops.max(axis=across) for across in (2, 1)]
    sides = np.stack([first_and_last(is_stroke(profile, full_inks)) for profile in profiles])
    longest = (sides[:, 1] - sides[:, 0]).max(axis=0)
    block = max(1, int(longest.max()) // FINE_SIZE)
    if block > 1:
        crops = _average_down(crops, block)
    as_it_is = (longest >= DIGIT_BOX_SIZE - FAINT_ENDS) & (longest <= DIGIT_BOX_SIZE)
    as_it_is &= False if in_mnist_form is None else in_mnist_form
    _, height, width = crops.shape
    weights = _weights(
        sides / block, DIGIT_BOX_SIZE * block / longest, max(height, width), as_it_is
    )
    down, across = weights[0, :, :, :height], weights[1, :, :, :width]
    return _at_full_contrast(down @ crops.astype(np.float32) @ across.transpose(0, 2, 1))


def _weights(sides: np.ndarray, scales: np.ndarray, size: int, as_it_is: np.ndarray) -> np.ndarray:
    """What each pixel of the crops gives to each of the box's, `(2, n, 24, size) float32`.

    Args:
        sides: `(2, 2, n)`: down and across, where the strokes begin and end, of which crop.
        scales: `(n,)`.
        size: of the crops, along the longer axis.
        as_it_is: `(n,) bool`, which are not to be resampled.
    """
    starts, stops = sides.swapaxes(0, 1)
    if as_it_is.all():
        first = np.floor((starts + stops - FITTED_SIZE) / 2)[..., None, None]
        return (np.arange(size) - first == np.arange(FITTED_SIZE)[:, None]).astype(np.float32)
    if as_it_is.any():
        weights = np.empty((2, len(scales), FITTED_SIZE, size), np.float32)
        for some in (as_it_is, ~as_it_is):
            weights[:, some] = _weights(sides[..., some], scales[some], size, as_it_is[some])
        return weights
    return _softened_weights((starts + stops) / 2, scales, size)


def _softened_weights(middles: np.ndarray, scales: np.ndarray, size: int) -> np.ndarray:
    """`resampling_weights` of the crops, softened first where their scale asks for it."""
    is_stepped = (scales > STEPPED_SCALES[0]) & (scales < STEPPED_SCALES[1])
    if not is_stepped.any():
        return resampling_weights(middles, scales, size, FITTED_SIZE)
    sharp = resampling_weights(middles + 1, scales, size + 2, FITTED_SIZE)  # a pixel more around
    share = np.where(is_stepped, np.float32(SOFTENING), 0)[:, None, None]
    return share * (sharp[..., :-2] + sharp[..., 2:]) + (1 - 2 * share) * sharp[..., 1:-1]


def _at_full_contrast(fitted: np.ndarray) -> np.ndarray:
    """`(n, 24, 24)`, any scale -> the same in 0-1."""
    flat = np.maximum(fitted, 0).reshape(len(fitted), -1)
    is_ink = flat > STROKE_THRESHOLD * flat.max(axis=1, keepdims=True)
    rising = np.sort(flat, axis=1)  # the ink comes last
    counts = is_ink.sum(axis=1)
    rank = flat.shape[1] - counts + (counts - 1) * (FULL_CONTRAST_PERCENTILE / 100)
    below = rank.astype(np.intp)
    rows = np.arange(len(flat))
    low, high = rising[rows, below], rising[rows, np.minimum(below + 1, flat.shape[1] - 1)]
    white = low + (high - low) * (rank - below)
    return np.minimum(flat / white[:, None].astype(np.float32), 1).reshape(fitted.shape)


def _average_down(crops: np.ndarray, block: int) -> np.ndarray:
    """The mean of every `block` x `block` pixels, counted from the top left."""
    _, height, width = crops.shape
    padded = np.pad(crops, ((0, 0), (0, -height % block), (0, -width % block)))
    rows, columns = (side // block for side in padded.shape[1:])
    blocks = padded.reshape(len(crops), rows, block, columns, block)
    return blocks.mean(axis=(2, 4), dtype=np.float32)


# MERGED-DOC
# """Antialiased resampling of many planes at once, each at its own scale, as matrix products.
#
# The filters are Pillow's: https://pillow.readthedocs.io/en/stable/handbook/concepts.html#filters,
# a triangle for making smaller, and a cubic (Keys 1981, a = -0.5) for making larger. A plane goes on
# with zeros beyond its edge.
# """


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
