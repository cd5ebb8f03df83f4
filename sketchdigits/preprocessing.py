"""Any drawing -> MNIST's own form. The one way in, for training, evaluation, app and API alike.

Enters: any image (see `images.py`). Leaves: `(28, 28) uint8, 0-255`, ink bright on 0, cropped to
the ink, aspect kept in a 20x20 box, antialiased, its centre of mass at the middle, full contrast:
the form described by LeCun, Cortes and Burges at http://yann.lecun.com/exdb/mnist/.

An image that has that form already comes out as itself, moved by whole pixels at most.

A photograph of a digit on paper goes one way round (see `photograph.py`): uneven light and printed
lines are taken out first. A drawing is never taken for one unless its ground is uneven all over.
"""

from __future__ import annotations

import math

import numpy as np

from sketchdigits.digit_box import STROKE_THRESHOLD, extent, fit_to_box
from sketchdigits.errors import BlankDrawingError
from sketchdigits.ground import drop_equal_channels, flatten_alpha, ground_colour
from sketchdigits.images import ImageInput, read_image
from sketchdigits.ink_parts import find_digit
from sketchdigits.photograph import is_photograph, photographed_ink

IMAGE_SIZE = 28
# Pixels: MNIST's images have their centre of mass this near the middle, rounding included.
CENTRED = 0.6

# Of 255: below this the difference between lightest and darkest is compression noise, not ink.
MIN_CONTRAST = 10
# The side, in pixels, of the coarse picture in which strokes, dust and frames are told apart.
COARSE_SIZE = 256
_BLANK = "There is no ink on the image, or nothing but specks. Draw one digit, large and clear."


def preprocess_drawing(image: ImageInput) -> np.ndarray:
    """Return the digit on `image` in MNIST's form, `(28, 28) uint8, 0-255`, ink bright.

    Any polarity, any colour of ink and ground, transparency, 8x8 to 4096x4096 pixels, ink
    anywhere, thin, thick or faint. Specks of dust and a thin frame along the edge are left out.
    Photographs of paper, unevenly lit, plain, ruled or squared: the largest ink is taken.

    Raises:
        InvalidImageError: the image can't be read (see `read_image`).
        BlankDrawingError: there is no ink on it.
    """
    ink = to_ink(flatten_alpha(drop_equal_channels(read_image(image))))
    crop = crop_to_bounding_box(ink)
    return center_by_mass(fit_to_box(crop, in_mnist_form=is_centred_as_mnist(ink)))


def to_ink(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, 1|3) uint8` colours -> `(H, W) uint8`: the distance from the ground's colour.

    Of a photograph: from the paper around each pixel, averaged down to 640 pixels a side at most,
    and 0 everywhere but at the digit.

    The distance is the largest of the channels', which a blend of ink and ground (an antialiased
    edge) divides in proportion, whatever the two colours are.

    Raises:
        BlankDrawingError: the whole image has one colour, to within noise, or shows empty paper.
    """
    if is_photograph(pixels):
        return _not_blank(photographed_ink(pixels))
    distances = [
        np.maximum(plane, level) - np.minimum(plane, level)
        for plane, level in zip(np.moveaxis(pixels, 2, 0), ground_colour(pixels), strict=True)
    ]
    ink = np.maximum.reduce(distances) if len(distances) > 1 else distances[0]
    return _not_blank(ink)


def _not_blank(ink: np.ndarray) -> np.ndarray:
    if ink.max() < MIN_CONTRAST:
        raise BlankDrawingError(_BLANK)
    return ink


def crop_to_bounding_box(ink: np.ndarray) -> np.ndarray:
    """`(H, W) uint8` -> the digit alone, `(h, w) float32, 0-1`, cropped to its strokes' soft edge.

    Dust and frames are gone, and so is everything farther from a stroke than its soft edge.

    Raises:
        BlankDrawingError: there is nothing but dust or a frame.
    """
    block = math.ceil(max(ink.shape) / COARSE_SIZE)
    coarse = _block_max(ink, block)
    full_ink, digit = _find_strokes(coarse)
    if not digit.any():
        # Dust or a frame may be darker than a faint digit: look again without them.
        marks = coarse > STROKE_THRESHOLD * full_ink
        full_ink, digit = _find_strokes(np.where(_dilate(marks, 2), 0, coarse))
    if not digit.any():
        raise BlankDrawingError(_BLANK)

    rows, columns = extent(digit)
    soft_edge = max(1, (max(rows.stop - rows.start, columns.stop - columns.start) + 20) // 40)
    near_digit = _dilate(digit, soft_edge)
    rows, columns = extent(near_digit)
    near = near_digit[rows, columns].repeat(block, axis=0).repeat(block, axis=1)
    crop = ink[
        rows.start * block : rows.stop * block, columns.start * block : columns.stop * block
    ].astype(np.float32)
    crop *= near[: crop.shape[0], : crop.shape[1]]
    crop /= full_ink
    return np.minimum(crop, 1, out=crop)


def _find_strokes(coarse: np.ndarray) -> tuple[float, np.ndarray]:
    """The strongest ink of `(h, w) uint8`, and where the digit's strokes are, `(h, w) bool`."""
    full_ink = float(coarse.max())
    if full_ink < MIN_CONTRAST:
        return full_ink, np.zeros(coarse.shape, bool)
    return full_ink, find_digit(coarse > STROKE_THRESHOLD * full_ink)


def is_centred_as_mnist(ink: np.ndarray) -> bool:
    """Whether `(H, W) uint8` is 28x28 with its centre of mass at the middle, as MNIST's images are.

    Hardly a drawing on 28x28 pixels is, to half a pixel.
    """
    return ink.shape == (IMAGE_SIZE, IMAGE_SIZE) and all(
        abs(_centre(ink.sum(axis=axis, dtype=np.float64)) - IMAGE_SIZE / 2) < CENTRED
        for axis in (0, 1)
    )


def center_by_mass(frame: np.ndarray) -> np.ndarray:
    """`(n, n) float32, 0-1` -> `(28, 28) uint8, 0-255`, the centre of mass in the middle.

    Moves by whole pixels, as MNIST's makers did, and less where ink would leave the image.
    """
    ink = np.rint(frame * 255).astype(np.uint8)
    top, left = (_window_start(ink.sum(axis=axis, dtype=np.float64)) for axis in (1, 0))
    return ink[top : top + IMAGE_SIZE, left : left + IMAGE_SIZE].copy()


def _window_start(mass: np.ndarray) -> int:
    """Where along one axis a 28-pixel window has the centre of `mass` on its pixel 14.

    That is where all of MNIST's 60,000 training images have it, to half a pixel.
    """
    inked = np.flatnonzero(mass)
    first, last = inked[0], inked[-1] + 1
    start = round(_centre(mass)) - IMAGE_SIZE // 2
    return int(np.clip(start, max(0, last - IMAGE_SIZE), min(first, len(mass) - IMAGE_SIZE)))


def _centre(mass: np.ndarray) -> float:
    return float(mass @ np.arange(len(mass))) / float(mass.sum())


def _block_max(ink: np.ndarray, block: int) -> np.ndarray:
    """The maximum of every `block` x `block` pixels: a hairline survives it."""
    if block == 1:
        return ink
    height, width = ink.shape
    padded = ink
    if height % block or width % block:
        padded = np.pad(ink, ((0, -height % block), (0, -width % block)))
    # Slices are far faster than `np.maximum.reduceat`.
    rows = np.maximum.reduce([padded[first::block] for first in range(block)])
    return np.maximum.reduce([rows[:, first::block] for first in range(block)])


def _dilate(mask: np.ndarray, steps: int) -> np.ndarray:
    """Grow a mask by `steps` pixels in all eight directions."""
    for _ in range(steps):
        tall = mask.copy()
        tall[1:] |= mask[:-1]
        tall[:-1] |= mask[1:]
        mask = tall.copy()
        mask[:, 1:] |= tall[:, :-1]
        mask[:, :-1] |= tall[:, 1:]
    return mask
