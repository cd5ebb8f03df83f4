"""Any drawing -> a 28x28 image in MNIST's format. Training, evaluation, page and API all use this.

Enters: any image (see `decode.py`). Leaves: `(28, 28) uint8, 0-255`, bright ink on a background of
0. The digit is cropped, scaled into a 20x20 box with its aspect ratio kept, antialiased, stretched
to full contrast, and its centre of mass is at the middle. LeCun, Cortes and Burges describe this
format at http://yann.lecun.com/exdb/mnist/.

An image that already has this format comes out unchanged, or moved by whole pixels.

A photograph of a digit on paper takes an extra step (see `photo.py`), which removes uneven light
and printed lines. An image counts as a photograph only if its whole background is uneven.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.errors import BlankDrawingError
from sketchdigits.preprocessing.background import (
    absolute_difference,
    drop_redundant_channels,
    find_background_colours,
    flatten_alpha,
)
from sketchdigits.preprocessing.crop import (
    BLANK_MESSAGE,
    MIN_CONTRAST,
    crop_to_digits,
    find_extents,
)
from sketchdigits.preprocessing.decode import ImageInput, read_image
from sketchdigits.preprocessing.photo import extract_photo_ink
from sketchdigits.preprocessing.photo_or_drawing import is_photograph
from sketchdigits.preprocessing.resize import FITTED_SIZE, fit_to_box

IMAGE_SIZE = 28
# Pixels: the centre of mass of every MNIST image is at most this far from the middle, including
# rounding.
MAX_CENTRE_OFFSET = 0.6
# A 28x28 window centred on any pixel of the fitted digit stays inside a canvas of this size.
_CANVAS_SIZE = FITTED_SIZE + IMAGE_SIZE
# Flat indices of the window's pixels in the canvas, relative to the window's first pixel.
_WINDOW_INDICES = np.arange(IMAGE_SIZE)[:, None] * _CANVAS_SIZE + np.arange(IMAGE_SIZE)


def preprocess_drawing(image: ImageInput) -> np.ndarray:
    """Return the digit on `image` in MNIST's format, `(28, 28) uint8, 0-255`, ink bright.

    The drawing may be dark on light or light on dark, in any colours, on transparency, with thin,
    thick or faint ink anywhere on 8x8 to 4096x4096 pixels. Specks of dust, frames and the lines of
    a table's cell are removed. It may also be a photograph of plain, ruled or squared paper in
    uneven light: the largest digit on it is taken, and a second one if it is at least half as
    large.

    >>> from sketchdigits import preprocess_drawing
    >>> seen = preprocess_drawing("drawing.png")
    >>> seen.shape, seen.dtype, seen.max()
    ((28, 28), dtype('uint8'), np.uint8(255))

    Raises:
        InvalidImageError: the image can't be read (see `read_image`).
        BlankDrawingError: there is no ink on it.
    """
    return preprocess_stack(read_opaque(image)[None])[0]


def read_opaque(image: ImageInput) -> np.ndarray:
    """Read any image as `(H, W, 1|3) uint8, 0-255`, without alpha or redundant channels.

    Raises:
        InvalidImageError, BlankDrawingError: as `preprocess_drawing`.
    """
    return flatten_alpha(drop_redundant_channels(read_image(image)))


def preprocess_stack(pixels: np.ndarray) -> np.ndarray:
    """Preprocess what `read_opaque` returned: `(n, H, W, 1|3) uint8` -> `(n, 28, 28) uint8`.

    With n > 1 they must be small, and none of them a photograph (see `is_photograph`).

    Raises:
        BlankDrawingError: there is no ink on at least one of them.
    """
    return preprocess_inks(to_inks(pixels))


def preprocess_inks(inks: np.ndarray) -> np.ndarray:
    """The rest of `preprocess_stack`, after `to_inks`: `(n, H, W) uint8` -> `(n, 28, 28) uint8`.

    Raises:
        BlankDrawingError: as `preprocess_stack`.
    """
    crops, max_inks = crop_to_digits(inks)
    return center_by_mass(fit_to_box(crops, max_inks, are_centred_as_mnist(inks)))


def to_inks(pixels: np.ndarray) -> np.ndarray:
    """`(n, H, W, 1|3) uint8` colours -> `(n, H, W) uint8`: the distance from the background colour.

    For a photograph (only if n = 1) it is the distance from the paper around each pixel, averaged
    down to at most 640 pixels a side, and 0 outside the digit.

    With several channels, the largest of their distances counts. At an antialiased edge, which
    blends ink and background, this distance is proportional to the share of ink for any two
    colours.

    Raises:
        BlankDrawingError: an image has one colour, apart from noise, or shows empty paper.
    """
    if len(pixels) == 1 and is_photograph(pixels[0]):
        inks = extract_photo_ink(pixels[0])[None]
    else:
        backgrounds = find_background_colours(pixels)[:, None, None]
        distances = [
            absolute_difference(pixels[..., channel], backgrounds[..., channel])
            for channel in range(pixels.shape[3])
        ]
        inks = np.maximum.reduce(distances) if len(distances) > 1 else distances[0]
    if inks.max(axis=(1, 2)).min() < MIN_CONTRAST:
        raise BlankDrawingError(BLANK_MESSAGE)
    return inks


def are_centred_as_mnist(inks: np.ndarray) -> np.ndarray:
    """`(n, H, W) uint8` -> `(n,) bool`: 28x28 with the centre of mass at the middle, as in MNIST.

    A drawing on 28x28 pixels almost never has its centre of mass there to half a pixel.
    """
    if inks.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
        return np.zeros(len(inks), bool)
    offsets = [
        np.abs(_centres_of_mass(inks.sum(axis=axis, dtype=np.int64)) - IMAGE_SIZE / 2)
        for axis in (1, 2)
    ]
    return np.maximum(*offsets) < MAX_CENTRE_OFFSET


def center_by_mass(fitted: np.ndarray) -> np.ndarray:
    """`(n, 24, 24) float32, 0-1` -> `(n, 28, 28) uint8, 0-255`, the centres of mass in the middle.

    Digits move by whole pixels, as in MNIST, and less far if ink would leave the image.
    """
    inks = np.rint(fitted * 255).astype(np.uint8)
    count, margin = len(inks), IMAGE_SIZE // 2
    canvases = np.zeros((count, _CANVAS_SIZE, _CANVAS_SIZE), np.uint8)
    canvases[:, margin:-margin, margin:-margin] = inks
    masses = [inks.sum(axis=axis, dtype=np.int64) for axis in (2, 1)]
    tops, lefts = _window_starts(np.concatenate(masses)).reshape(2, count)
    first_pixels = (np.arange(count) * _CANVAS_SIZE + tops + margin) * _CANVAS_SIZE + lefts + margin
    return canvases.ravel()[first_pixels[:, None, None] + _WINDOW_INDICES]


def _window_starts(mass: np.ndarray) -> np.ndarray:
    """Mass along one axis, `(n, length)` -> `(n,)`: where to start 28-pixel windows.

    The centre of mass lands on the window's pixel 14. All of MNIST's 60,000 training images have
    it there, to half a pixel.
    """
    first_inked, end_inked = find_extents(mass > 0)
    starts = np.rint(_centres_of_mass(mass)).astype(np.intp) - IMAGE_SIZE // 2
    return np.minimum(np.maximum(starts, end_inked - IMAGE_SIZE), first_inked)


def _centres_of_mass(mass: np.ndarray) -> np.ndarray:
    """`(n, length)` -> `(n,) float`, in pixels from the first one."""
    return mass @ np.arange(mass.shape[1]) / mass.sum(axis=1)
