"""What is ground and what is ink: transparency and polarity."""

from __future__ import annotations

import numpy as np

from sketchdigits.errors import BlankDrawingError

# So many pixels a side, or up to twice as many, are looked at to find the ground's colour.
SAMPLE_SIDE = 80
# An edge that is this much of another colour than most of the image is a frame (a digit that fills
# the image touches its edge somewhere); the ring of pixels that votes on the ground then lies this
# deep, where a thin frame has no vote.
FRAMED = 0.99
RING_DEPTH = 0.06
# An opaque area that fills this much of its bounding box is a card with a drawing on it.
CARD_FILL = 0.85
CARD_CONTRAST = 40
# Half a level's offset keeps pure black and pure white from sharing a level with noise's edge.
_LEVELS, _LEVEL_SIZE, _HALF_LEVEL = 17, 16, 8
_MIDDLE = np.array([[1], [2]])


def drop_needless_channels(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, 1-4) uint8` -> the same without three equal colours' second and third, if they are.

    And without an alpha of 255 all over, if there are no colours. That takes a third of the time.
    """
    if pixels.shape[2] == 4:
        pixels = np.ascontiguousarray(pixels)
        packed, flat = pixels.view("<u4")[..., 0], pixels.ravel()
        steps = np.empty_like(flat)  # from red to green, from green to blue, and two more
        np.bitwise_xor(flat[1:], flat[:-1], out=steps[:-1])
        steps[-1] = 0
        if np.bitwise_or.reduce(steps.view("<u4")) & 0xFFFF:
            return pixels
        if packed.min() >= 0xFF000000:
            return packed.astype(np.uint8)[..., None]
        return pixels[..., 2:]
    if pixels.shape[2] == 3:
        red, green, blue = np.moveaxis(pixels, 2, 0)
        # A few pixels first: most pictures in colours show it there.
        for step in (16, 1):
            if (red[::step] != green[::step]).any() or (red[::step] != blue[::step]).any():
                return pixels
        return pixels[..., 2:]
    return pixels


def flatten_alpha(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, 1-4) uint8` -> `(H, W, 1|3) uint8`, transparency replaced by a plain ground.

    Ink on a transparent ground is laid on the one of black and white that it stands out from,
    whatever colours hide in the fully transparent pixels. An opaque card with something drawn on
    it is laid on the card's own colour.

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
    sample = colour[opaque][:: max(1, count // (2 * SAMPLE_SIDE) ** 2)]
    typical = np.rint(np.median(sample, axis=0)).astype(np.uint8)
    rows, columns = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
    box_area = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    stands_out = _difference(sample[None], typical[None]) > CARD_CONTRAST
    is_card = count > CARD_FILL * box_area and stands_out.any()
    contrasting = np.full(channels - 1, 0 if typical.mean() >= 128 else 255, np.uint8)
    ground = typical if is_card else contrasting
    # Whole numbers that just fit 16 bits: 255 * 255 + 127 at most.
    opacity = alpha[..., None].astype(np.uint16)
    return ((colour * opacity + ground * (255 - opacity) + 127) // 255).astype(np.uint8)


def distance_from(plane: np.ndarray, level: np.ndarray) -> np.ndarray:
    """How far each of `plane`'s values is from `level`, which must fit its shape; all `uint8`."""
    lowest = level.min()
    if lowest == 255:  # most grounds are white, or black
        return ~plane
    if lowest == level.max() == 0:
        return plane
    # Two's complement: the bits of what is below zero are turned over, and one is added.
    is_below = -(plane < level).view(np.uint8)
    return ((plane - level) ^ is_below) - is_below


def ground_colours(pixels: np.ndarray) -> np.ndarray:
    """The colours that are drawn on, `(n, channels) uint8`, from `(n, H, W, 1|3) uint8`.

    It is an image's commonest colour, unless another one has the better of it over the image and
    its edge together: a bold digit, closely cropped, covers more than its ground does, but not the
    edge.
    """
    number, height, width, channels = pixels.shape
    down, across = (max(1, side // SAMPLE_SIDE) for side in (height, width))
    sample = pixels[:, ::down, ::across]
    flat, ring = sample.reshape(number, -1, channels), _ring(sample, depth=0.0)
    first = ring[:, :1]
    # As most drawings are: the whole edge has one colour, and more than half of the image.
    if (ring == first).all() and 2 * _share((flat == first).all(axis=2)).min() > 1:
        return first[:, 0]
    colours = _commonest_colours(flat)
    difference = _difference(flat, colours)
    threshold = difference.max(axis=1, keepdims=True) // 2
    other, ring_other = (
        _share(difference > threshold),
        _share(_difference(ring, colours) > threshold),
    )
    for index in np.flatnonzero(_vote(other, ring_other) > 0.5):
        depth = RING_DEPTH if ring_other[index] > FRAMED else 0.0
        ring = _ring(sample[index : index + 1], depth)
        is_other = _difference(ring, colours[index : index + 1]) > threshold[index]
        if is_other.any() and _vote(other[index], is_other.mean()) > 0.5:
            colours[index] = _commonest_colours(ring[is_other][None])[0]
    return colours


def _vote(share: np.ndarray, ring_share: np.ndarray) -> np.ndarray:
    """How much of an image has another colour: its edge weighs twice as much as the whole."""
    return (2 * ring_share + share) / 3


def _share(mask: np.ndarray) -> np.ndarray:
    """`(n, pixels) bool` -> `(n,)`."""
    # One by one is faster than along an axis.
    return np.array([np.count_nonzero(each) for each in mask]) / mask.shape[1]


def _ring(sample: np.ndarray, depth: float) -> np.ndarray:
    """`(n, H, W, channels)` -> `(n, pixels, channels)`, `depth` (a share of a side) from the edge.

    The corners count twice.
    """
    deep_y, deep_x = (round(depth * side) for side in sample.shape[1:3])
    inner = sample[:, deep_y : sample.shape[1] - deep_y, deep_x : sample.shape[2] - deep_x]
    return np.concatenate([inner[:, 0], inner[:, -1], inner[:, :, 0], inner[:, :, -1]], axis=1)


def _difference(colours: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """`(n, pixels, c)` and `(n, c)` -> `(n, pixels)`: the largest channel's distance, 0-255."""
    planes = [
        distance_from(colours[..., channel], ground[:, channel, None])
        for channel in range(colours.shape[2])
    ]
    return np.maximum.reduce(planes) if len(planes) > 1 else planes[0]


def _commonest_colours(colours: np.ndarray) -> np.ndarray:
    """`(n, pixels, channels)` -> `(n, channels)`: the median of the fullest of 17 levels a channel.

    A mode that survives noise.
    """
    if colours.shape[2] == 1:
        return _commonest_greys(colours[..., 0])[:, None]
    commonest = []
    for pixels in colours:
        levels = (pixels.astype(np.int32) + _HALF_LEVEL) // _LEVEL_SIZE
        codes = levels @ (_LEVELS ** np.arange(pixels.shape[1]))
        fullest = np.bincount(codes).argmax()
        commonest.append(np.median(pixels[codes == fullest], axis=0).astype(np.uint8))
    return np.stack(commonest)


def _commonest_greys(greys: np.ndarray) -> np.ndarray:
    """The same for one channel, `(n, pixels)` -> `(n,)`, from histograms."""
    number, size = len(greys), _LEVELS * _LEVEL_SIZE
    codes = greys + (size * np.arange(number) + _HALF_LEVEL)[:, None]
    histograms = np.bincount(codes.ravel(), minlength=size * number)
    histograms = histograms.reshape(number, _LEVELS, _LEVEL_SIZE)
    fullest = histograms.sum(axis=2).argmax(axis=1)
    below = histograms[np.arange(number), fullest].cumsum(axis=1)[:, None]
    # The two in the middle, which are one if their number is odd.
    middle = (below < (below[..., -1:] + _MIDDLE) // 2).sum(axis=(1, 2)) // 2
    return (middle + fullest * _LEVEL_SIZE - _HALF_LEVEL).astype(np.uint8)
