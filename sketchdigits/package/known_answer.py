"""One image whose answer is saved with each model package, and checked after loading.

Hashes don't show that the weights still work: with another version of Keras, or with weights in
the wrong layers, the network would give wrong answers without an error.
"""

from collections.abc import Sequence

import numpy as np

from sketchdigits.errors import ModelPackageError

# Another processor changes less than this; weights in the wrong layer change far more.
TOLERANCE = 1e-3


def known_image() -> np.ndarray:
    """A plain 7 of two straight strokes, `(28, 28) uint8`, ink bright."""
    image = np.zeros((28, 28), np.uint8)
    image[4:7, 7:21] = 255
    for row in range(7, 24):
        left = 18 - (row - 7) // 2
        image[row, left : left + 3] = 255
    return image


def check_known_answer(answer: np.ndarray, saved: Sequence[float], name: str) -> None:
    """Refuse a package whose answer for `known_image()` has changed since it was saved.

    Args:
        answer: `(10,)` probabilities, computed now.
        saved: the ten probabilities in the settings.
        name: of the package in messages.

    Raises:
        ModelPackageError: they differ by `TOLERANCE` or more, or aren't finite.
    """
    # `not <` rather than `>=`, so that NaN in the settings fails too.
    if not np.isfinite(answer).all() or not np.abs(answer - np.array(saved)).max() < TOLERANCE:
        raise ModelPackageError(
            f"{name!r} gives another answer for a known image than when it was saved: its weights "
            "and settings don't belong together, or Keras has changed. Fetch the package again."
        )
