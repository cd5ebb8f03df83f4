"""Checks images that a caller says are preprocessed: a model would answer to anything.

Enters: what `DigitClassifier.predict_preprocessed` was given. Leaves: `(n, 28, 28) uint8, 0-255`.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.errors import InvalidImageError
from sketchdigits.preprocessing.array_input import to_plain_array
from sketchdigits.preprocessing.pipeline import IMAGE_SIZE


def check_preprocessed(images: np.ndarray) -> np.ndarray:
    """Return `images` as a plain array, `(n, 28, 28) uint8`; n may be 0.

    Raises:
        InvalidImageError: they have another shape or dtype.
    """
    array = to_plain_array(images)
    if array.shape == (0,):  # of an empty list
        return np.empty((0, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    if array.shape[1:] == (IMAGE_SIZE, IMAGE_SIZE) and array.dtype == np.uint8:
        return array
    advice = "`predict` and `predict_batch` take images of any size."
    if array.shape == (IMAGE_SIZE, IMAGE_SIZE):
        advice = "For one image, pass `image[None]`."
    elif array.shape[1:] == (IMAGE_SIZE, IMAGE_SIZE):
        advice = "Round the values to 0-255, and convert them with `images.astype('uint8')`."
    raise InvalidImageError(
        f"Expected preprocessed images, (n, {IMAGE_SIZE}, {IMAGE_SIZE}) uint8, 0-255, ink bright. "
        f"Received: shape={array.shape}, dtype={array.dtype}{_range_of(array)}. {advice}"
    )


def _range_of(array: np.ndarray) -> str:
    if array.dtype.kind not in "biuf" or not array.size:
        return ""
    return f", values from {array.min():g} to {array.max():g}"
