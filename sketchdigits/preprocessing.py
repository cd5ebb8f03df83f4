"""Any drawing -> MNIST's own form. The one way in, for training, evaluation, app and API alike.

Enters: any image (see `images.py`). Leaves: `(28, 28) uint8, 0-255`, ink bright on 0, cropped to
the ink, aspect kept in a 20x20 box, antialiased, its centre of mass at the middle, full contrast:
the form described by LeCun, Cortes and Burges at http://yann.lecun.com/exdb/mnist/.

An image that has that form already comes out as itself, moved by whole pixels at most.

A photograph of a digit on paper goes one way round (see `photograph.py`): uneven light and printed
lines are taken out first. A drawing is never taken for one unless its ground is uneven all over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from sketchdigits.digit_box import fit_to_box
from sketchdigits.digit_crop import BLANK, MIN_CONTRAST, crop_to_digits, first_and_last
from sketchdigits.errors import BlankDrawingError, SketchdigitsError
from sketchdigits.ground import distance_from, drop_needless_channels, flatten_alpha, ground_colours
from sketchdigits.images import ImageInput, read_image
from sketchdigits.photograph import MIN_PHOTOGRAPH_SIDE, is_photograph, photographed_ink

IMAGE_SIZE = 28
# Pixels: MNIST's images have their centre of mass this near the middle, rounding included.
CENTRED = 0.6
# So many images are preprocessed together at most, which takes some megabytes.
MAX_TOGETHER = 256


def preprocess_drawing(image: ImageInput) -> np.ndarray:
    """Return the digit on `image` in MNIST's form, `(28, 28) uint8, 0-255`, ink bright.

    Any polarity, any colour of ink and ground, transparency, 8x8 to 4096x4096 pixels, ink
    anywhere, thin, thick or faint. Specks of dust and a thin frame along the edge are left out.
    Photographs of paper, unevenly lit, plain, ruled or squared: the largest ink is taken.

    Raises:
        InvalidImageError: the image can't be read (see `read_image`).
        BlankDrawingError: there is no ink on it.
    """
    return _preprocess(_read_plain(image)[None])[0]


def preprocess_drawings(images: Iterable[ImageInput]) -> Iterator[np.ndarray]:
    """Yield what `preprocess_drawing` returns for each of `images`, in their order, some at a time.

    Small images of one shape are preprocessed together, MNIST's for instance, and take a tenth of
    the time that they would take alone.

    Yields:
        `(n, 28, 28) uint8`, n being 256, and less at the end.

    Raises:
        InvalidImageError, BlankDrawingError: as above; the message names the image's index.
    """
    return map(preprocess_gathered, gather_drawings(images))


@dataclass(frozen=True)
class GatheredDrawings:
    """Some images on their way through `preprocess_drawings`.

    Attributes:
        first: the index of the first one.
        seen: `(n, 28, 28) uint8`, what is preprocessed already: the large ones.
        small: `(H, W, 1|3) uint8`, those that are not, by their place in `seen`.
    """

    first: int
    seen: np.ndarray
    small: dict[int, np.ndarray]


def gather_drawings(images: Iterable[ImageInput]) -> Iterator[GatheredDrawings]:
    """The first half of `preprocess_drawings`: read all, and preprocess what is large.

    No more than one large image is held at a time.
    """
    remaining, first = iter(images), 0
    while True:
        seen, small, number = np.empty((MAX_TOGETHER, IMAGE_SIZE, IMAGE_SIZE), np.uint8), {}, 0
        for image in islice(remaining, MAX_TOGETHER):
            try:
                pixels = _read_plain(image)
                if max(pixels.shape) < MIN_PHOTOGRAPH_SIDE:
                    small[number] = pixels
                else:
                    seen[number] = _preprocess(pixels[None])[0]
            except SketchdigitsError as error:
                raise _naming(error, first + number) from error
            number += 1
        if not number:
            return
        yield GatheredDrawings(first, seen[:number], small)
        first += number


def preprocess_gathered(gathered: GatheredDrawings) -> np.ndarray:
    """The other half: `(n, 28, 28) uint8`. Threads may do this of several at a time."""
    alike: dict[tuple[int, ...], list[int]] = {}
    for place, pixels in gathered.small.items():
        alike.setdefault(pixels.shape, []).append(place)
    for places in alike.values():
        try:
            stack = np.stack([gathered.small[place] for place in places])
            gathered.seen[places] = _preprocess(stack)
        except BlankDrawingError:
            _find_blank({gathered.first + place: gathered.small[place] for place in places})
            raise
    return gathered.seen


def _find_blank(images: dict[int, np.ndarray]) -> None:
    for index, pixels in images.items():
        try:
            _preprocess(pixels[None])
        except BlankDrawingError as error:
            raise _naming(error, index) from error


def _naming(error: SketchdigitsError, index: int) -> SketchdigitsError:
    return type(error)(f"Image {index}: {error}")


def _read_plain(image: ImageInput) -> np.ndarray:
    return flatten_alpha(drop_needless_channels(read_image(image)))


def _preprocess(pixels: np.ndarray) -> np.ndarray:
    """`(n, H, W, 1|3) uint8` -> `(n, 28, 28) uint8`: one image, or small ones."""
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
    height, width = (side + IMAGE_SIZE for side in inks.shape[1:])
    number, margin = len(inks), IMAGE_SIZE // 2  # a window whose middle lies within
    frames = np.zeros((number, height, width), np.uint8)
    frames[:, margin:-margin, margin:-margin] = inks
    tops, lefts = (_window_starts(inks.sum(axis=axis, dtype=np.int64)) for axis in (2, 1))
    firsts = (np.arange(number) * height + tops + margin) * width + lefts + margin
    window = np.arange(IMAGE_SIZE)[:, None] * width + np.arange(IMAGE_SIZE)
    return frames.ravel()[firsts[:, None, None] + window]


def _window_starts(mass: np.ndarray) -> np.ndarray:
    """`(n, length)` along one axis -> where 28-pixel windows have the centre on their pixel 14.

    That is where all of MNIST's 60,000 training images have it, to half a pixel.
    """
    firsts, stops = first_and_last(mass > 0)
    starts = np.rint(_centres(mass)).astype(np.intp) - IMAGE_SIZE // 2
    return np.minimum(np.maximum(starts, stops - IMAGE_SIZE), firsts)


def _centres(mass: np.ndarray) -> np.ndarray:
    return mass @ np.arange(mass.shape[1]) / mass.sum(axis=1)
