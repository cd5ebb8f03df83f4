"""One image whose answer every model package records when it is saved, and repeats when loaded.

Right hashes don't show that weights mean today what they meant when they were saved: another
version of Keras, or weights put into the wrong layers, would answer, and answer wrongly.
"""

from collections.abc import Sequence

import numpy as np

from sketchdigits.errors import ModelPackageError

# What another processor may change. Weights in a wrong place change the first digit.
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
    """Refuse a package, that messages call `name`, which answers `known_image()` otherwise now.

    Args:
        answer: `(10,)` probabilities.
        saved: what the settings say.
        name: of the package.

    Raises:
        ModelPackageError: they differ.
    """
    # Written so that NaN fails too.
    if not np.abs(answer - np.array(saved)).max() < TOLERANCE:
        raise ModelPackageError(
            f"{name!r} doesn't answer a known image as it did when it was saved: its weights and "
            "its settings don't belong together, or Keras has changed. Fetch the package again."
        )
