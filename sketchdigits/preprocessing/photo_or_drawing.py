"""Tells photographs of paper from drawings: a photograph has an uneven background.

Enters: `(H, W, 1|3) uint8` colours. Leaves: a bool.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from sketchdigits.preprocessing.blurs import box_blur
from sketchdigits.preprocessing.closing import close_inside

# Photographs are averaged down to at most this many pixels on the longer side.
MAX_PHOTO_SIDE = 640
# Pixels: an image with a shorter side below this, after averaging down, is never a photograph.
MIN_PHOTOGRAPH_SIDE = 24
# Pixels: below this, blocks of pixels are too small to show whether the background is uneven, and
# the paper's brightness is estimated instead.
MIN_BLOCKS_SIDE = 64
# Whether an image is a photograph is decided on a sample with this many pixels a side, or up to
# twice as many.
PHOTO_SAMPLE_SIDE = 160
# In a drawing one exact grey level covers more than this share of the background, even after JPEG,
# unless its canvas is shaded. In a photograph no level covers as much.
MAX_COMMONEST_SHARE = 0.2
# The background of a photograph varies by at least this many grey levels of 255. Shaded canvases
# vary by less, and preprocessing needs no extra step for them.
MIN_UNEVENNESS = 12
# An overexposed photograph is white in places. Drawings are white too, so its background must vary
# by more; and if more than this share is white, the rest must be shade (`_is_shade_on_white`).
MIN_OVEREXPOSED_UNEVENNESS = 22
MAX_OVEREXPOSED_SHARE = 0.6
# Shade covers at least this share of the edge of such a picture, and of its whole area.
MIN_SHADED_EDGE = 0.05
MIN_SHADE_AREA = 0.02
# If less is white, shade covers at least this share of the edge: more than soft, bold ink does that
# the edge cuts.
MIN_WIDELY_SHADED_EDGE = 0.45
# Shade is wider than this share of the shorter side; or than half of it, along the edge.
SHADE_WINDOW = 0.25
# Shaded paper is brighter than this; bold black ink and dark tables aren't.
MIN_SHADE_BRIGHTNESS = 76
# In the shade, pixels darker than this share of the paper around them are ink. At least this share
# of the shade is paper; of bold, soft ink little would be.
MIN_SHADED_PAPER = 0.6
MIN_PAPER_SHARE = 0.7
# The camera's noise: the mean second difference of neighbours in the shade, in grey levels. Each
# counts up to `MAX_COUNTED_TEXTURE`. It was 1.5 to 3.4 in synthetic photographs, and at most 1.0 in
# soft brush strokes.
MIN_SHADE_TEXTURE = 1.2
MAX_COUNTED_TEXTURE = 4
# In a small picture, the window of the closing that shows the background without ink, as a share
# of the shorter side: bold digits are nearly as wide ...
BACKGROUND_WINDOW = 0.6
# ... and the radius of the blur with which its ink is compared.
INK_RADIUS = 0.15


def is_photograph(pixels: np.ndarray) -> bool:
    """Whether `(H, W, 1|3) uint8` has an uneven background, as a photograph of paper has."""
    height, width, channels = pixels.shape
    if min(height, width) // averaging_factor(pixels) < MIN_PHOTOGRAPH_SIDE:
        return False
    row_step, column_step = (max(1, side // PHOTO_SAMPLE_SIDE) for side in (height, width))
    sample = pixels[::row_step, ::column_step, channels // 2]
    # A shortcut for MNIST's images: one level other than white covers the first row, which is more
    # than `MAX_COMMONEST_SHARE` of the edge.
    if height <= width and sample[0, 0] < 255 and not (sample[0] != sample[0, 0]).any():
        return False
    white_share = _white_share(sample)
    if white_share is None:
        return False
    if white_share:
        return _is_overexposed(sample, white_share)
    if min(sample.shape) < MIN_BLOCKS_SIDE:
        return _background_unevenness(sample) >= MIN_UNEVENNESS
    block = min(sample.shape) // 12
    rows, columns = (side // block for side in sample.shape)
    blocks = sample[: rows * block, : columns * block].reshape(rows, block, columns, block)
    low, high = _percentiles(_medians(blocks.transpose(0, 2, 1, 3).reshape(-1, block**2)), (5, 95))
    return high - low >= MIN_UNEVENNESS


def _medians(blocks: np.ndarray) -> np.ndarray:
    """`(n, pixels) uint8` -> `(n,) float`: the median of each row; `np.median` is slower."""
    # NumPy sorts integers of 32 bits with the processor's vector instructions, bytes without them.
    ordered, middle = np.sort(blocks.astype(np.int32), axis=1), blocks.shape[1] // 2
    return (ordered[:, middle] + ordered[:, -1 - middle]) / 2


def _percentiles(values: np.ndarray, percents: tuple[int, ...]) -> list[float]:
    """`np.percentile` of a few values, `(n,)`, without its overhead."""
    ordered, last = np.sort(values), len(values) - 1
    found = []
    for percent in percents:
        rank, share = divmod(percent / 100 * last, 1)
        low, high = ordered[int(rank)], ordered[min(int(rank) + 1, last)]
        found.append(float(low + (high - low) * share))
    return found


def _white_share(sample: np.ndarray) -> float | None:
    """The share of pure white in `(h, w) uint8`, 0-1, if it is the commonest level; else 0.

    None if the background of the sample shows that it is a drawing.
    """
    # The edge first: it is enough to recognise most drawings.
    edge, white_share = _edge(sample), 0.0
    for levels in (edge, sample):
        counts = np.bincount(levels.ravel())
        share = float(counts.max() / levels.size)
        if share > MAX_COMMONEST_SHARE:
            if counts.argmax() < 255:
                return None
            if share > MAX_OVEREXPOSED_SHARE and _shaded_share(edge) < MIN_SHADED_EDGE:
                return None
            white_share = max(white_share, share)
    return white_share


def _is_overexposed(sample: np.ndarray, white_share: float) -> bool:
    """Whether `(h, w) uint8`, of which this share is white, is an overexposed photograph."""
    if white_share > MAX_OVEREXPOSED_SHARE:
        return _is_shade_on_white(sample, MIN_SHADED_EDGE)
    if _background_unevenness(sample) >= MIN_OVEREXPOSED_UNEVENNESS:
        return True
    return _is_shade_on_white(sample, MIN_WIDELY_SHADED_EDGE)


def _edge(plane: np.ndarray) -> np.ndarray:
    """The edge pixels of `(h, w)`, corners twice."""
    return np.concatenate([plane[0], plane[-1], plane[:, 0], plane[:, -1]])


def _shaded_share(levels: np.ndarray) -> float:
    """The share of `(n,) uint8` that is clearly darker than white."""
    return float((levels < 255 - MIN_OVEREXPOSED_UNEVENNESS).mean())


def _is_shade_on_white(grey: np.ndarray, min_shaded_edge: float) -> bool:
    """Whether `(h, w) uint8`, in part pure white, has the shade of a hand or lamp at its edge.

    The shade must cover the share `min_shaded_edge` of the picture's edge.

    Shade differs from ink, and from a bar in a screenshot: it is wide, it comes from outside the
    picture, it isn't black, and it has the noise of the camera. White paper beside it has none.
    """
    if min(grey.shape) < MIN_BLOCKS_SIDE:
        return False
    smooth = box_blur(grey)
    background = close_inside(smooth, round(SHADE_WINDOW * min(grey.shape)) | 1)
    if _shaded_share(_edge(background)) < min_shaded_edge:
        return False
    shade = background < 255 - MIN_OVEREXPOSED_UNEVENNESS
    paper = shade & (smooth > MIN_SHADED_PAPER * background)
    if np.count_nonzero(paper) < MIN_PAPER_SHARE * np.count_nonzero(shade):
        return False
    levels = grey[paper]
    if len(levels) < MIN_SHADE_AREA * grey.size or np.median(levels) < MIN_SHADE_BRIGHTNESS:
        return False
    rows = grey.astype(np.int16)
    texture = np.abs(rows[:, 2:] - 2 * rows[:, 1:-1] + rows[:, :-2])[paper[:, 1:-1]]
    return bool(np.minimum(texture, MAX_COUNTED_TEXTURE).mean() >= MIN_SHADE_TEXTURE)


def _background_unevenness(grey: np.ndarray) -> float:
    """How much the background of `(h, w) uint8` varies, in grey levels.

    It is 0 if the ink is light, as in MNIST, or if the picture's noise varies by more. Unlike the
    medians of blocks, it doesn't depend on the ink, which fills many blocks of a small picture.
    """
    smooth, side = box_blur(grey), min(grey.shape)
    blur = ImageFilter.GaussianBlur(INK_RADIUS * side)
    blurred = np.asarray(Image.fromarray(smooth).filter(blur))
    around = blurred.astype(np.float32) + 8
    if (((smooth + np.float32(8) - around) / around) ** 3).sum() >= 0:
        return 0.0
    background = close_inside(smooth, round(BACKGROUND_WINDOW * side) | 1)
    low, high = np.percentile(background, (10, 90))
    noise = np.median(np.abs(np.diff(grey.astype(np.int16), axis=1)))
    return float(high - low) if high - low > noise else 0.0


def averaging_factor(pixels: np.ndarray) -> int:
    """The side of the square blocks of pixels that are averaged into one."""
    return math.ceil(max(pixels.shape[:2]) / MAX_PHOTO_SIDE)
