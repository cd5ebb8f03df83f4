"""Images whose answers are saved with each model package, and checked after loading.

One image is for the network that reads digits, and one for the row network.

Hashes don't show that the weights still work: with another version of Keras, or with weights in
the wrong layers, the network would give wrong answers without an error.
"""

from collections.abc import Sequence

import numpy as np

from sketchdigits.architectures.row_cnn import LINE_HEIGHT, NUM_SYMBOLS
from sketchdigits.errors import ModelPackageError
from sketchdigits.prediction import softmax
from sketchdigits.runtime.protocol import RowRuntime

# Another processor changes less than this; weights in the wrong layer change far more.
TOLERANCE = 1e-3
ROW_ANSWER_LENGTH = NUM_SYMBOLS
# Pixels. Another width than that of the LiteRT file: so resizing is checked too.
_LINE_WIDTH = 64


def known_image() -> np.ndarray:
    """A plain 7 of two straight strokes, `(28, 28) uint8`, ink bright."""
    image = np.zeros((28, 28), np.uint8)
    image[4:7, 7:21] = 255
    for row in range(7, 24):
        left = 18 - (row - 7) // 2
        image[row, left : left + 3] = 255
    return image


def known_line() -> np.ndarray:
    """A line with one digit, that of `known_image`: `(32, 64) uint8`, ink bright."""
    line = np.zeros((LINE_HEIGHT, _LINE_WIDTH), np.uint8)
    image = known_image()
    top, left = ((outer - inner) // 2 for outer, inner in zip(line.shape, image.shape, strict=True))
    line[top : top + image.shape[0], left : left + image.shape[1]] = image
    return line


def answer_for_line(network: RowRuntime) -> np.ndarray:
    """A row network's answer for `known_line()`: `(12,)`, each symbol's mean probability."""
    return softmax(network.logits(known_line())).mean(axis=0)


def check_known_answer(answer: np.ndarray, saved: Sequence[float], name: str) -> None:
    """Refuse a package whose answer for a known image has changed since it was saved.

    Args:
        answer: probabilities, computed now: `(10,)` for `known_image()`, or `answer_for_line`'s.
        saved: those in the settings, as many.
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
