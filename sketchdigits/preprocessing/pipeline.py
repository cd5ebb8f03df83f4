"""Any drawing -> MNIST's own form. The one way in, for training, evaluation, app and API alike.

Enters: any image (see `images.py`). Leaves: `(28, 28) uint8, 0-255`, ink bright on 0, cropped to
the ink, aspect kept in a 20x20 box, antialiased, its centre of mass at the middle, full contrast:
the form described by LeCun, Cortes and Burges at http://yann.lecun.com/exdb/mnist/.

An image that has that form already comes out as itself, moved by whole pixels at most.

A photograph of a digit on paper goes one way round (see `photograph.py`): uneven light and printed
lines are taken out first. A drawing is never taken for one unless its ground is uneven all over.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.errors import BlankDrawingError
from sketchdigits.preprocessing.background import (
    distance_from,
    drop_needless_channels,
    flatten_alpha,
    ground_colours,
)
from sketchdigits.preprocessing.crop import BLANK, MIN_CONTRAST, crop_to_digits, first_and_last
from sketchdigits.preprocessing.decode import ImageInput, read_image
from sketchdigits.preprocessing.photo import is_photograph, photographed_ink
from sketchdigits.preprocessing.resize import FITTED_SIZE, fit_to_box

IMAGE_SIZE = 28
# Pixels: MNIST's images have their centre of mass this near the middle, rounding included.
CENTRED = 0.6
# The box with room for a window of 28x28 wherever its middle is, and such a window's pixels.
_FRAME_SIZE = FITTED_SIZE + IMAGE_SIZE
_WINDOW = np.arange(IMAGE_SIZE)[:, None] * _FRAME_SIZE + np.arange(IMAGE_SIZE)


def preprocess_drawing(image: ImageInput) -> np.ndarray:
    """Return the digit on `image` in MNIST's form, `(28, 28) uint8, 0-255`, ink bright.

    Any polarity, any colour of ink and ground, transparency, 8x8 to 4096x4096 pixels, ink
    anywhere, thin, thick or faint. Specks of dust and a thin frame along the edge are left out.
    Photographs of paper, unevenly lit, plain, ruled or squared: the largest ink is taken.

    Raises:
        InvalidImageError: the image can't be read (see `read_image`).
        BlankDrawingError: there is no ink on it.
    """
    return preprocess_plain(read_plain(image)[None])[0]


def read_plain(image: ImageInput) -> np.ndarray:
    """Any image -> `(H, W, 1|3) uint8`: as read, with neither alpha nor needless channels.

    Raises:
        InvalidImageError, BlankDrawingError: as `preprocess_drawing`.
    """
    return flatten_alpha(drop_needless_channels(read_image(image)))


def preprocess_plain(pixels: np.ndarray) -> np.ndarray:
    """What `read_plain` returned, `(n, H, W, 1|3) uint8` -> `(n, 28, 28) uint8`.

    One image, or small ones, each no longer than `MIN_PHOTOGRAPH_SIDE`.

    Raises:
        BlankDrawingError: there is no ink on one of them.
    """
    inks = to_inks(pixels)
    crops, full_inks = crop_to_digits(inks)
    return center_by_mass(fit_to_box(crops, full_inks, are_centred_as_mnist(inks)))


def to_inks(pixels: np.ndarray) -> np.ndarray:
    """`(n, H, W, 1|3) uint8` colours -> `(n, H, W) uint8`: the distance from the ground's colour.

    Of a photograph, which comes alone: from the paper around each pixel, averaged down to 640
    pixels a side at most, and 0 everywhere but at the digit.

    The distance is the largest of the channels', which a blend of ink and ground (an antialiased
    edge) divides in proportion, whatever the two colours are.

    Raises:
        BlankDrawingError: one image has one colour, to within noise, or shows empty paper.
    """
    if len(pixels) == 1 and is_photograph(pixels[0]):
        inks = photographed_ink(pixels[0])[None]
    else:
        grounds = ground_colours(pixels)[:, None, None]
        distances = [
            distance_from(pixels[..., channel], grounds[..., channel])
            for channel in range(pixels.shape[3])
        ]
        inks = np.maximum.reduce(distances) if len(distances) > 1 else distances[0]
    if inks.max(axis=(1, 2)).min() < MIN_CONTRAST:
        raise BlankDrawingError(BLANK)
    return inks


def are_centred_as_mnist(inks: np.ndarray) -> np.ndarray:
    """`(n, H, W) uint8` -> `(n,) bool`: 28x28, the centre of mass at the middle, as MNIST's are.

    Hardly a drawing on 28x28 pixels is, to half a pixel.
    """
    if inks.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
        return np.zeros(len(inks), bool)
    offsets = [
        np.abs(_centres(inks.sum(axis=axis, dtype=np.int64)) - IMAGE_SIZE / 2) for axis in (1, 2)
    ]
    return np.maximum(*offsets) < CENTRED


def center_by_mass(fitted: np.ndarray) -> np.ndarray:
    """`(n, 24, 24) float32, 0-1` -> `(n, 28, 28) uint8, 0-255`, the centres of mass in the middle.

    Moves by whole pixels, as MNIST's makers did, and less where ink would leave the image.
    """
    inks = np.rint(fitted * 255).astype(np.uint8)
    number, margin = len(inks), IMAGE_SIZE // 2  # a window whose middle lies within
    frames = np.zeros((number, _FRAME_SIZE, _FRAME_SIZE), np.uint8)
    frames[:, margin:-margin, margin:-margin] = inks
    masses = [inks.sum(axis=axis, dtype=np.int64) for axis in (2, 1)]
    tops, lefts = _window_starts(np.concatenate(masses)).reshape(2, number)
    firsts = (np.arange(number) * _FRAME_SIZE + tops + margin) * _FRAME_SIZE + lefts + margin
    return frames.ravel()[firsts[:, None, None] + _WINDOW]


def _window_starts(mass: np.ndarray) -> np.ndarray:
    """`(n, length)` along one axis -> where 28-pixel windows have the centre on their pixel 14.

    That is where all of MNIST's 60,000 training images have it, to half a pixel.
    """
    firsts, stops = first_and_last(mass > 0)
    starts = np.rint(_centres(mass)).astype(np.intp) - IMAGE_SIZE // 2
    return np.minimum(np.maximum(starts, stops - IMAGE_SIZE), firsts)


def _centres(mass: np.ndarray) -> np.ndarray:
    return mass @ np.arange(mass.shape[1]) / mass.sum(axis=1)
