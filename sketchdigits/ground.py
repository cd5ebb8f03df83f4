"""What is ground and what is ink: transparency and polarity."""

from __future__ import annotations

import numpy as np

from sketchdigits.errors import BlankDrawingError

# About this many pixels a side are looked at to find the ground's colour.
SAMPLE_SIDE = 160
# An edge that is this much of another colour than most of the image is a frame (a digit that fills
# the image touches its edge somewhere); the ring of pixels that votes on the ground then lies this
# deep, where a thin frame has no vote.
FRAMED = 0.99
RING_DEPTH = 0.06
# An opaque area that fills this much of its bounding box is a card with a drawing on it.
CARD_FILL = 0.85
CARD_CONTRAST = 40
# Half a level's offset keeps pure black and pure white from sharing a level with noise's edge.
_HALF_LEVEL = 8


def drop_equal_channels(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, 3|4) uint8` without any colour -> `(H, W, 1|2)`, which takes a third of the time."""
    channels = pixels.shape[2]
    if channels < 3:
        return pixels
    red, green, blue = (pixels[..., channel] for channel in range(3))
    # A few pixels first: most pictures in colours show it there.
    for step in (16, 1):
        if (red[::step] != green[::step]).any() or (red[::step] != blue[::step]).any():
            return pixels
    return pixels[..., 2:]


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
    sample = colour[opaque][:: max(1, count // SAMPLE_SIDE**2)]
    typical = np.rint(np.median(sample, axis=0)).astype(np.uint8)
    rows, columns = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
    box_area = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    stands_out = _difference(sample, typical) > CARD_CONTRAST
    is_card = count > CARD_FILL * box_area and stands_out.any()
    contrasting = np.full(channels - 1, 0 if typical.mean() >= 128 else 255, np.uint8)
    ground = typical if is_card else contrasting
    # Whole numbers that just fit 16 bits: 255 * 255 + 127 at most.
    opacity = alpha[..., None].astype(np.uint16)
    return ((colour * opacity + ground * (255 - opacity) + 127) // 255).astype(np.uint8)


def ground_colour(pixels: np.ndarray) -> np.ndarray:
    """The colour that is drawn on, `(channels,) uint8`, from `(H, W, 1|3) uint8`.

    It is the commonest colour, unless another one has the better of it over the image and its edge
    together: a bold digit, closely cropped, covers more than its ground does, but not the edge.
    """
    height, width, channels = pixels.shape
    sample = pixels[:: max(1, height // SAMPLE_SIDE), :: max(1, width // SAMPLE_SIDE)]
    flat = sample.reshape(-1, channels)
    commonest = _commonest_colour(flat)
    difference = _difference(flat, commonest)
    threshold = difference.max() / 2
    other = difference > threshold
    ring = _ring(sample, depth=0.0)
    if (_difference(ring, commonest) > threshold).mean() > FRAMED:
        ring = _ring(sample, depth=RING_DEPTH)
    other_on_ring = _difference(ring, commonest) > threshold
    # The edge weighs twice as much as the whole.
    if other_on_ring.any() and (2 * other_on_ring.mean() + other.mean()) / 3 > 0.5:
        return _commonest_colour(ring[other_on_ring])
    return commonest


def _ring(sample: np.ndarray, depth: float) -> np.ndarray:
    """The colours `depth` (a share of each side) inside the edge, `(n, channels)`."""
    deep_y, deep_x = (round(depth * side) for side in sample.shape[:2])
    inner = sample[deep_y : sample.shape[0] - deep_y, deep_x : sample.shape[1] - deep_x]
    return np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])


def _difference(colours: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """`(n, channels)` -> `(n,)`: the largest channel's distance from `ground`, 0-255."""
    distance = np.maximum(colours, ground) - np.minimum(colours, ground)
    return distance.max(axis=1) if len(ground) > 1 else distance[:, 0]


def _commonest_colour(colours: np.ndarray) -> np.ndarray:
    """The median of the fullest of 16 levels a channel: a mode that survives noise."""
    if colours.shape[1] == 1:
        return _commonest_grey(colours[:, 0])
    levels = (colours.astype(np.int32) + _HALF_LEVEL) >> 4
    codes = levels @ (17 ** np.arange(colours.shape[1]))
    fullest = np.bincount(codes).argmax()
    return np.median(colours[codes == fullest], axis=0).astype(np.uint8)


def _commonest_grey(greys: np.ndarray) -> np.ndarray:
    """The same for one channel, `(n,)`, from its histogram."""
    histogram = np.bincount(greys, minlength=256)
    levels = (np.arange(256) + _HALF_LEVEL) >> 4
    fullest = np.bincount(levels, histogram).argmax()
    below = np.cumsum(np.where(levels == fullest, histogram, 0))
    # The two in the middle, which are one if their number is odd.
    middle = np.searchsorted(below, [(below[-1] + 1) // 2, below[-1] // 2 + 1])
    return np.array([middle.sum() // 2], np.uint8)
