"""Preprocess many images: small images of equal shape go through the pipeline together.

Enters: an iterable of images, as `preprocess_drawing` takes them. Leaves: arrays of
`(n, 28, 28) uint8, 0-255`. Training and `DigitClassifier.read_many` use this.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from sketchdigits.errors import BlankDrawingError, SketchdigitsError
from sketchdigits.preprocessing.decode import ImageInput
from sketchdigits.preprocessing.photo_or_drawing import is_photograph
from sketchdigits.preprocessing.pipeline import IMAGE_SIZE, preprocess_stack, read_opaque

# Pixels: drawings with both sides up to this are preprocessed together.
MAX_STACKED_SIDE = 63
# This many images at once take a few megabytes of memory.
MAX_BATCH_SIZE = 256


def preprocess_drawings(images: Iterable[ImageInput]) -> Iterator[np.ndarray]:
    """Preprocess `images` in batches, in their order; `np.concatenate` joins the batches.

    Small images of equal shape, for instance MNIST's, are preprocessed together, 5 to 8 times
    faster than by `preprocess_drawing` one by one. The results are the same, except that a few
    pixels may differ by one grey level: sums may be computed in another order.

    Args:
        images: any iterable, for instance a list, an array `(n, H, W) uint8` or a generator. It is
            read batch by batch, so not all images need to be in memory.

    Yields:
        `(n, 28, 28) uint8, 0-255`, ink bright: n = 256, and fewer in the last batch.

    Raises:
        InvalidImageError, BlankDrawingError: as `preprocess_drawing`; the message begins with the
            image's index.
    """
    for batch in read_batches(images):
        preprocess_batch(batch)
        for position in sorted(batch.errors):
            raise with_index(batch.errors[position], batch.start + position)
        yield batch.preprocessed


@dataclass(frozen=True)
class DrawingBatch:
    """A batch of images, of which only large ones and photographs are preprocessed yet.

    Attributes:
        start: the index of the batch's first image among all images.
        preprocessed: `(n, 28, 28) uint8`; the rows of small drawings and errors are undefined.
        small: position in the batch -> pixels of a small drawing, `(H, W, 1|3) uint8`.
        errors: position in the batch -> why this image has no row.
    """

    start: int
    preprocessed: np.ndarray
    small: dict[int, np.ndarray]
    errors: dict[int, SketchdigitsError]


def read_batches(
    images: Iterable[ImageInput], max_seconds: float = math.inf
) -> Iterator[DrawingBatch]:
    """First half of `preprocess_drawings`: read all, preprocess large ones and photographs.

    Only one large image is in memory at a time.

    Args:
        images: as in `preprocess_drawings`. Those that can't be read get an error in their batch.
        max_seconds: a batch ends with the first image that is ready after this time.
    """
    remaining, start = iter(images), 0
    while True:
        preprocessed = np.empty((MAX_BATCH_SIZE, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
        batch, count = DrawingBatch(start, preprocessed, {}, {}), 0
        end = time.monotonic() + max_seconds
        for image in islice(remaining, MAX_BATCH_SIZE):
            try:
                pixels = read_opaque(image)
                if max(pixels.shape) <= MAX_STACKED_SIDE and not is_photograph(pixels):
                    batch.small[count] = pixels.copy()  # callers may reuse one array for all images
                else:
                    preprocessed[count] = preprocess_stack(pixels[None])[0]
            except SketchdigitsError as error:
                batch.errors[count] = _without_frames(error)
            count += 1
            if time.monotonic() >= end:
                break
        if not count:
            return
        yield replace(batch, preprocessed=preprocessed[:count])
        start += count


def preprocess_batch(batch: DrawingBatch) -> None:
    """Second half of `preprocess_drawings`: preprocess the small drawings of a batch, in place.

    Blank ones get an error. Several threads may call this, each with its own batch.
    """
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for position, pixels in batch.small.items():
        by_shape.setdefault(pixels.shape, []).append(position)
    for positions in by_shape.values():
        _preprocess_equal_shapes(batch, positions)


def _preprocess_equal_shapes(batch: DrawingBatch, positions: list[int]) -> None:
    """Preprocess small drawings together; if one of them is blank, find it by halving."""
    try:
        stack = np.stack([batch.small[position] for position in positions])
        batch.preprocessed[positions] = preprocess_stack(stack)
    except BlankDrawingError as error:
        if len(positions) == 1:
            batch.errors[positions[0]] = _without_frames(error)
            return
        middle = len(positions) // 2
        _preprocess_equal_shapes(batch, positions[:middle])
        _preprocess_equal_shapes(batch, positions[middle:])


def with_index(error: SketchdigitsError, index: int) -> SketchdigitsError:
    """The same error with an image's index before its message, to raise in its place."""
    indexed = copy.copy(error)
    indexed.args = (f"Image {index}: {error}",)
    indexed.__cause__ = error
    return indexed


def _without_frames(error: SketchdigitsError) -> SketchdigitsError:
    """Forget where it was raised: tracebacks would keep the image's pixels in memory."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
