"""Many images -> their answers, lazily and in order: what `DigitClassifier.read_many` does.

Batches are prepared in the caller's thread, and go through the network in other threads.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

import numpy as np
from PIL import Image

from sketchdigits.errors import InvalidImageError, SketchdigitsError
from sketchdigits.prediction import Prediction
from sketchdigits.preprocessing.batch import DrawingBatch, preprocess_batch, read_batches
from sketchdigits.preprocessing.decode import ImageInput

Answer: TypeAlias = Prediction | SketchdigitsError

# What is no list of images, although some of it could be iterated.
_SINGLE_IMAGES = (str, bytes, bytearray, memoryview, os.PathLike, Image.Image)
# Answers come at least this often, if the images come slowly or take long, ...
MAX_BATCH_SECONDS = 0.1
# ... and before the next image is taken, if not more than this many came in that time.
MAX_AWAITED_BATCH = 8


def check_many(images: Iterable[ImageInput], method: str) -> None:
    """Refuse a single image instead of several.

    Raises:
        InvalidImageError: `images` is a single image; the message names the `method`.
    """
    if isinstance(images, _SINGLE_IMAGES) or hasattr(images, "read"):
        raise InvalidImageError(
            f"{method} takes a list of images. For a single one use predict, or [image]."
        )


def read_in_batches(
    images: Iterable[ImageInput], predict: Callable[[np.ndarray], list[Prediction]]
) -> Generator[Answer, None, None]:
    """Read `images` while the answers are consumed.

    Args:
        images: as in `DigitClassifier.read_many`.
        predict: `(n, 28, 28) uint8` -> n predictions. Several threads call it.

    Yields:
        for each image a `Prediction` or an error, as `DigitClassifier.read_many`.
    """

    def answer(batch: DrawingBatch) -> list[Answer]:
        preprocess_batch(batch)
        count = len(batch.preprocessed)
        readable = [position for position in range(count) if position not in batch.errors]
        predictions = iter(predict(batch.preprocessed[readable]))
        return [batch.errors.get(position) or next(predictions) for position in range(count)]

    threads_count = os.cpu_count() or 1
    pending: deque[Future[list[Answer]]] = deque()
    with ThreadPoolExecutor(threads_count) as threads:
        try:
            for batch in read_batches(images, MAX_BATCH_SECONDS):
                pending.append(threads.submit(answer, batch))
                is_small = len(batch.preprocessed) <= MAX_AWAITED_BATCH
                max_pending = 0 if is_small else threads_count
                while pending and (len(pending) > max_pending or pending[0].done()):
                    yield from pending.popleft().result()
            while pending:
                yield from pending.popleft().result()
        except BaseException:  # also if the caller wants no more answers
            threads.shutdown(wait=False, cancel_futures=True)
            raise
