"""The images that `evaluate` scores a run on.

Takes the names of the datasets that a run was trained on, and the paths of their files. All images
are `(n, 28, 28) uint8`, as `preprocess_drawing` returns them, unless a docstring says
otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sketchdigits import preprocess_drawing
from train.datasets import MNIST, OMNIGLOT, PENDIGITS, SKLEARN_DIGITS, DatasetPaths
from train.datasets.labelled_images import NON_DIGIT, LabelledImages, Splits
from train.datasets.omniglot import TEST_ALPHABETS, Characters, CharacterSplits
from train.datasets.pendigits import PenDigit, PenSplits
from train.fit.training_data import preprocess_images
from train.rendering.canvas import CanvasStyle
from train.rendering.digits import DEFAULT_STYLE, EVALUATION_STYLES, render_evaluation_drawings
from train.rendering.outliers import render_characters
from train.rendering.unseen_non_digits import draw_unseen_non_digits

# The evaluation's images are the same for every run.
DRAWING_SEED = 2026
UNSEEN_NON_DIGITS = 1000
MNIST_TEST = "MNIST test"


@dataclass(frozen=True)
class EvaluationData:
    """The datasets that a run is scored on; None: the run is not scored on it.

    Attributes:
        mnist, digits, characters: MNIST, scikit-learn's digits and Omniglot, if the run was trained
            on them.
        pen: the pen strokes, if the run was trained on them or their file is named.
        trained_on_pen: whether the run was trained on the pen strokes.
    """

    mnist: Splits | None
    pen: PenSplits | None
    digits: Splits | None
    characters: CharacterSplits | None
    trained_on_pen: bool


def load_evaluation_data(trained_on: Sequence[str], paths: DatasetPaths) -> EvaluationData:
    """Load the datasets. This is done before the scoring, so that a missing file is found at once.

    Args:
        trained_on: names of the datasets that the run was trained on.
        paths: where the files are.

    Raises:
        DatasetError: a file is missing or damaged.
    """
    trained_on_pen = PENDIGITS.name in trained_on
    return EvaluationData(
        characters=OMNIGLOT.load(paths) if OMNIGLOT.name in trained_on else None,
        mnist=MNIST.load(paths) if MNIST.name in trained_on else None,
        pen=PENDIGITS.load(paths) if trained_on_pen or paths.find(PENDIGITS) else None,
        digits=SKLEARN_DIGITS.load(paths) if SKLEARN_DIGITS.name in trained_on else None,
        trained_on_pen=trained_on_pen,
    )


def count_training_data(
    data: EvaluationData, *, as_published: bool, learned_to_refuse: bool
) -> dict[str, dict[str, int]]:
    """Count what the run was trained and validated on, by dataset: `{"train": n, "validation": n}`.

    Images are counted; for pendigits, writers; for Omniglot, characters.
    """
    sizes = {}
    if data.mnist and as_published:
        sizes[MNIST.name] = _count(len(data.mnist.train) + len(data.mnist.validation), 0)
    elif data.mnist:
        sizes[MNIST.name] = _count(len(data.mnist.train), len(data.mnist.validation))
    if data.pen and data.trained_on_pen:
        pen = data.pen
        sizes[PENDIGITS.name] = _count(count_writers(pen.train), count_writers(pen.validation))
    if data.digits:
        sizes[SKLEARN_DIGITS.name] = _count(len(data.digits.train), len(data.digits.validation))
    if data.characters and learned_to_refuse:
        parts = data.characters
        sizes[OMNIGLOT.name] = _count(len(set(parts.train.names)), len(set(parts.validation.names)))
    return sizes


def render_test_digits(data: EvaluationData) -> dict[str, LabelledImages]:
    """Return MNIST's test split, preprocessed, and the drawings of the test's pen writers, by name.

    Each pen digit is drawn in every style of `EVALUATION_STYLES`.
    """
    images = {}
    if data.mnist:
        images[MNIST_TEST] = preprocess_images(data.mnist.test, "preprocessing mnist test")
    if data.pen:
        writers = count_writers(data.pen.test)
        for name, style in EVALUATION_STYLES.items():
            drawings = render_evaluation_drawings(data.pen.test, style, DRAWING_SEED)
            images[f"{writers} pen writers kept out, {name}"] = drawings
    return images


def choose_for_rejection(digits: dict[str, LabelledImages]) -> dict[str, LabelledImages]:
    """Choose the digits that `is_digit` is scored on: one dataset of each source.

    `digits` is the result of `render_test_digits`. Returns MNIST's test split, and the pen writers'
    drawings in the default style.
    """
    return {
        name: images
        for name, images in digits.items()
        if name == MNIST_TEST or name.endswith(DEFAULT_STYLE)
    }


def draw_non_digits(characters: Characters) -> dict[str, LabelledImages]:
    """Draw non-digits that no training saw, by name: two alphabets, and drawings by program."""
    canvases = draw_unseen_non_digits(UNSEEN_NON_DIGITS, DRAWING_SEED)
    drawn = np.stack([preprocess_drawing(canvas) for canvas in canvases])
    return {
        f"Omniglot, {' and '.join(TEST_ALPHABETS)}": render_characters(characters, 1, DRAWING_SEED),
        "drawn by program, another style": LabelledImages(drawn, np.full(len(drawn), NON_DIGIT)),
    }


def choose_example_images(data: EvaluationData) -> LabelledImages | None:
    """Return the test split whose single images the report shows: MNIST's, or scikit-learn's.

    MNIST's images are returned as they are, not preprocessed. None if the run was trained on
    neither.
    """
    if data.mnist:
        return data.mnist.test
    if data.digits:
        return preprocess_images(data.digits.test, "preprocessing scikit-learn's test split")
    return None


def render_validation_digits(
    data: EvaluationData, *, as_published: bool
) -> dict[str, LabelledImages]:
    """Return the validation digits, by dataset, whose worst mistakes are drawn.

    A run trained as published has none of MNIST.
    """
    images = {}
    if data.mnist and not as_published:
        description = "preprocessing mnist validation"
        images[MNIST.name] = preprocess_images(data.mnist.validation, description)
    if data.pen and data.trained_on_pen:
        images[PENDIGITS.name] = render_evaluation_drawings(data.pen.validation, CanvasStyle(), 0)
    return images


def count_writers(digits: list[PenDigit]) -> int:
    """Count the people who wrote `digits`."""
    return len({digit.writer for digit in digits})


def _count(train: int, validation: int) -> dict[str, int]:
    return {"train": train, "validation": validation}
