"""The background: remove transparency, and find the colour on which the digit is drawn.

Enters: `(H, W, 1|2|3|4) uint8, 0-255`, from `decode.py`. `drop_redundant_channels` and
`flatten_alpha` make it `(H, W, 1|3) uint8`. `find_background_colours` then returns the colour of
the background, for dark ink on light and for light ink on dark.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.errors import BlankDrawingError

# The background colour is found in a sample of the image with this many pixels a side, or up to
# twice as many.
BACKGROUND_SAMPLE_SIDE = 80
# An image has a frame if more than this share of its edge pixels differs from the commonest colour.
# (A digit that fills the image touches the edge only in places.)
MIN_FRAME_SHARE = 0.99
# If there is a frame, "edge pixels" are taken this far inside the image, as a share of its side, so
# that a thin frame is left out.
FRAMED_RING_DEPTH = 0.06
# An opaque area is a card with a drawing on it if it fills more than this share of its bounding
# box ...
MIN_CARD_FILL = 0.85
# ... and some of its pixels differ by more than this many grey levels from its own colour.
MIN_CARD_CONTRAST = 40
# Histogram bins. They are shifted by half a bin: pure black and pure white are then in the middle
# of a bin, together with the noise around them.
_BINS, _BIN_SIZE, _HALF_BIN = 17, 16, 8
_MEDIAN_RANKS = np.array([[1], [2]])


def drop_redundant_channels(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, 1-4) uint8` -> `(H, W, 1-4) uint8`: three equal colour channels become one.

    An alpha channel of 255 everywhere is dropped too if the image is grey. With one channel, the
    rest of preprocessing takes a third of the time.
    """
    if pixels.shape[2] == 4:
        pixels = np.ascontiguousarray(pixels)
        packed, flat = pixels.view("<u4")[..., 0], pixels.ravel()
        # For each pixel: red xor green, green xor blue, and two more that don't count.
        differences = np.empty_like(flat)
        np.bitwise_xor(flat[1:], flat[:-1], out=differences[:-1])
        differences[-1] = 0
        if np.bitwise_or.reduce(differences.view("<u4")) & 0xFFFF:
            return pixels
        if packed.min() >= 0xFF000000:
            return packed.astype(np.uint8)[..., None]
        return pixels[..., 2:]
    if pixels.shape[2] == 3:
        red, green, blue = np.moveaxis(pixels, 2, 0)
        # Every 16th row first: they are enough for most colour images.
        for step in (16, 1):
            if (red[::step] != green[::step]).any() or (red[::step] != blue[::step]).any():
                return pixels
        return pixels[..., 2:]
    return pixels


def flatten_alpha(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, 1-4) uint8` -> `(H, W, 1|3) uint8`: blend the image with an opaque background.

    Ink on transparency gets a black or a white background, the one with more contrast; the colours
    of fully transparent pixels don't count. An opaque card with something drawn on it gets a
    background of the card's own colour.

    Raises:
        BlankDrawingError: every pixel is transparent.
    """
    channels = pixels.shape[2]
    if channels in (1, 3):
        return pixels
    alpha, colour = pixels[..., -1], pixels[..., :-1]
    if alpha.min() == 255:
        return colour
    if alpha.max() < 10:
        raise BlankDrawingError("The image is fully transparent. Draw one digit on it.")

    opaque = alpha >= max(1, int(alpha.max()) // 2)
    count = np.count_nonzero(opaque)
    sample = colour[opaque][:: max(1, count // (2 * BACKGROUND_SAMPLE_SIDE) ** 2)]
    typical = np.rint(np.median(sample, axis=0)).astype(np.uint8)
    rows, columns = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
    box_area = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    is_drawn = _difference(sample[None], typical[None]) > MIN_CARD_CONTRAST
    is_card = count > MIN_CARD_FILL * box_area and is_drawn.any()
    contrasting = np.full(channels - 1, 0 if typical.mean() >= 128 else 255, np.uint8)
    background = typical if is_card else contrasting
    # The sums are at most 255 * 255 + 127, which just fits 16 bits.
    opacity = alpha[..., None].astype(np.uint16)
    return ((colour * opacity + background * (255 - opacity) + 127) // 255).astype(np.uint8)


def absolute_difference(plane: np.ndarray, level: np.ndarray) -> np.ndarray:
    """`|plane - level|`, all uint8, without overflow; `level` is broadcast to `plane`'s shape."""
    lowest = level.min()
    if lowest == 255:  # a shortcut, as most backgrounds are white or black
        return ~plane
    if lowest == level.max() == 0:
        return plane
    # Negate negative differences in two's complement: flip the bits and add one.
    is_below = -(plane < level).view(np.uint8)
    return ((plane - level) ^ is_below) - is_below


def find_background_colours(pixels: np.ndarray) -> np.ndarray:
    """`(n, H, W, 1|3) uint8` -> the background colour of each image, `(n, channels) uint8`.

    This is the commonest colour of the image, unless other colours win a vote of all pixels and the
    edge pixels: a bold, tightly cropped digit covers more of the image than its background does,
    but not more of the edge.
    """
    number, height, width, channels = pixels.shape
    row_step, column_step = (max(1, side // BACKGROUND_SAMPLE_SIDE) for side in (height, width))
    sample = pixels[:, ::row_step, ::column_step]
    flat, ring = sample.reshape(number, -1, channels), _ring(sample, depth=0.0)
    first = ring[:, :1]
    # A shortcut for most drawings: one colour covers the whole edge and over half of the image.
    if (ring == first).all() and 2 * _true_share((flat == first).all(axis=2)).min() > 1:
        return first[:, 0]
    colours = _commonest_colours(flat)
    difference = _difference(flat, colours)
    threshold = difference.max(axis=1, keepdims=True) // 2
    other, ring_other = (
        _true_share(difference > threshold),
        _true_share(_difference(ring, colours) > threshold),
    )
    for index in np.flatnonzero(_vote(other, ring_other) > 0.5):
        depth = FRAMED_RING_DEPTH if ring_other[index] > MIN_FRAME_SHARE else 0.0
        ring = _ring(sample[index : index + 1], depth)
        is_other = _difference(ring, colours[index : index + 1]) > threshold[index]
        if is_other.any() and _vote(other[index], is_other.mean()) > 0.5:
            colours[index] = _commonest_colours(ring[is_other][None])[0]
    return colours


def _vote(share: np.ndarray, ring_share: np.ndarray) -> np.ndarray:
    """Weighted share of other colours: the edge counts twice as much as the whole image."""
    return (2 * ring_share + share) / 3


def _true_share(mask: np.ndarray) -> np.ndarray:
    """`(n, pixels) bool` -> `(n,) float, 0-1`: the share of True."""
    # A loop is faster than `count_nonzero` along an axis.
    return np.array([np.count_nonzero(each) for each in mask]) / mask.shape[1]


def _ring(sample: np.ndarray, depth: float) -> np.ndarray:
    """`(n, H, W, channels)` -> `(n, pixels, channels)`: the edge pixels, corners twice.

    They are taken `depth` (a share of the side) inside the image.
    """
    rows, columns = (round(depth * side) for side in sample.shape[1:3])
    inner = sample[:, rows : sample.shape[1] - rows, columns : sample.shape[2] - columns]
    return np.concatenate([inner[:, 0], inner[:, -1], inner[:, :, 0], inner[:, :, -1]], axis=1)


def _difference(colours: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """`(n, pixels, c)` and `(n, c)` -> `(n, pixels)`: the largest channel's distance, 0-255."""
    planes = [
        absolute_difference(colours[..., channel], reference[:, channel, None])
        for channel in range(colours.shape[2])
    ]
    return np.maximum.reduce(planes) if len(planes) > 1 else planes[0]


def _commonest_colours(colours: np.ndarray) -> np.ndarray:
    """`(n, pixels, channels)` -> `(n, channels)`: the mode, robust against noise.

    It is the median of the pixels in the fullest histogram bin, with 17 bins a channel.
    """
    if colours.shape[2] == 1:
        return _commonest_greys(colours[..., 0])[:, None]
    commonest = []
    for pixels in colours:
        bins = (pixels.astype(np.int32) + _HALF_BIN) // _BIN_SIZE
        codes = bins @ (_BINS ** np.arange(pixels.shape[1]))
        fullest = np.bincount(codes).argmax()
        commonest.append(np.median(pixels[codes == fullest], axis=0).astype(np.uint8))
    return np.stack(commonest)


def _commonest_greys(greys: np.ndarray) -> np.ndarray:
    """`_commonest_colours` for one channel, `(n, pixels)` -> `(n,)`, by histograms."""
    number, size = len(greys), _BINS * _BIN_SIZE
    codes = greys + (size * np.arange(number) + _HALF_BIN)[:, None]
    histograms = np.bincount(codes.ravel(), minlength=size * number)
    histograms = histograms.reshape(number, _BINS, _BIN_SIZE)
    fullest = histograms.sum(axis=2).argmax(axis=1)
    cumulative = histograms[np.arange(number), fullest].cumsum(axis=1)[:, None]
    # The mean of the two middle values; for an odd count both are the same one.
    median = (cumulative < (cumulative[..., -1:] + _MEDIAN_RANKS) // 2).sum(axis=(1, 2)) // 2
    return (median + fullest * _BIN_SIZE - _HALF_BIN).astype(np.uint8)
