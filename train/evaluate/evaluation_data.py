"""The images that `evaluate` scores a run on.

Takes the names of the datasets that a run was trained on, and the paths of their files. All images
are `(n, 28, 28) uint8`, as `preprocess_drawing` returns them, unless a docstring says
otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sketchdigits import preprocess_drawing
from train.datasets import (
    MNIST,
    OMNIGLOT,
    PENDIGITS,
    SKLEARN_DIGITS,
    UNIPEN,
    DatasetPaths,
)
from train.datasets.labelled_images import NON_DIGIT, LabelledImages, Splits
from train.datasets.omniglot import TEST_ALPHABETS, CharacterSplits
from train.datasets.pendigits import PenDigit, PenSplits
from train.datasets.unipen import TEST_DONORS, PenCharacterSplits
from train.fit.training_data import preprocess_images
from train.rendering.canvas import CanvasStyle
from train.rendering.digits import (
    DEFAULT_STYLE,
    EVALUATION_STYLES,
    render_evaluation_drawings,
    render_lined_evaluation,
)
from train.rendering.outliers import render_characters
from train.rendering.printed_lines import UNSEEN_LINED_STYLES
from train.rendering.unseen_non_digits import draw_unseen_non_digits

# The evaluation's images are the same for every run.
DRAWING_SEED = 2026
UNSEEN_NON_DIGITS = 1000
MNIST_FULL_PATH = "MNIST test, full path"
FRAMES_TEST = "frames of a style kept out"
DONORS_TEST = f"{len(TEST_DONORS)} UNIPEN donors kept out"
SKLEARN_ALL = "scikit-learn digits, never trained on"
SKLEARN_TEST = "scikit-learn digits, test split"


@dataclass(frozen=True)
class EvaluationData:
    """The datasets that a run is scored on; None: the run is not scored on it.

    Attributes:
        mnist, digits, characters: MNIST, scikit-learn's digits and Omniglot, if the run was trained
            on them.
        pen: the pen strokes, if the run was trained on them or their file is named.
        donors: UNIPEN's characters, if the run was trained on them or their file is named.
        trained_on_pen: whether the run was trained on the pen strokes.
        trained_on_donors: whether the run was trained on UNIPEN.
    """

    mnist: Splits | None
    pen: PenSplits | None
    digits: Splits | None
    characters: CharacterSplits | None
    donors: PenCharacterSplits | None
    trained_on_pen: bool
    trained_on_donors: bool


def load_evaluation_data(trained_on: Sequence[str], paths: DatasetPaths) -> EvaluationData:
    """Load the datasets. This is done before the scoring, so that a missing file is found at once.

    Args:
        trained_on: names of the datasets that the run was trained on.
        paths: where the files are.

    Raises:
        DatasetError: a file is missing or damaged.
    """
    trained_on_pen, trained_on_donors = (d.name in trained_on for d in (PENDIGITS, UNIPEN))
    return EvaluationData(
        characters=OMNIGLOT.load(paths) if OMNIGLOT.name in trained_on else None,
        mnist=MNIST.load(paths) if MNIST.name in trained_on else None,
        pen=PENDIGITS.load(paths) if trained_on_pen or paths.find(PENDIGITS) else None,
        digits=SKLEARN_DIGITS.load(paths) if SKLEARN_DIGITS.name in trained_on else None,
        donors=UNIPEN.load(paths) if trained_on_donors or paths.find(UNIPEN) else None,
        trained_on_pen=trained_on_pen,
        trained_on_donors=trained_on_donors,
    )


def count_training_data(
    data: EvaluationData,
    *,
    as_published: bool,
    learned_to_refuse: bool,
    calibrated_on: Sequence[str] = (),
) -> dict[str, dict[str, int]]:
    """Count what the run was trained and validated on, by dataset: `{"train": n, "validation": n}`.

    `calibrated_on` names the datasets that a run was calibrated on later. Images are counted; for
    pendigits, writers; for UNIPEN, digits; for Omniglot, characters.
    """
    sizes = {}
    if data.mnist and as_published:
        sizes[MNIST.name] = _count(len(data.mnist.train) + len(data.mnist.validation), 0)
    elif data.mnist:
        sizes[MNIST.name] = _count(len(data.mnist.train), len(data.mnist.validation))
    if data.pen and data.trained_on_pen:
        pen = data.pen
        sizes[PENDIGITS.name] = _count(count_writers(pen.train), count_writers(pen.validation))
    if data.donors and not data.trained_on_donors and UNIPEN.name in calibrated_on:
        sizes[UNIPEN.name] = _count(0, len(data.donors.validation.digits))
    if data.donors and data.trained_on_donors:
        train, validation = data.donors.train, data.donors.validation
        sizes[UNIPEN.name] = _count(len(train.digits), len(validation.digits))
        if learned_to_refuse:
            signs = _count(len(train.others), len(validation.others))
            sizes[f"{UNIPEN.name} letters and signs"] = signs
    if data.digits:
        sizes[SKLEARN_DIGITS.name] = _count(len(data.digits.train), len(data.digits.validation))
    if data.characters and learned_to_refuse:
        parts = data.characters
        sizes[OMNIGLOT.name] = _count(len(set(parts.train.names)), len(set(parts.validation.names)))
    return sizes


def render_test_digits(data: EvaluationData) -> dict[str, LabelledImages]:
    """Return the test's digits by name, preprocessed, sources that no training saw first.

    The digits of UNIPEN's donors are drawn in the default style, and with those of the pen writers
    in printed frames and cells. The pen writers' are also drawn in every style of
    `EVALUATION_STYLES`.
    """
    images = {}
    default = EVALUATION_STYLES[DEFAULT_STYLE]
    framed: list[PenDigit] = []
    if data.donors:
        donors = data.donors.test.digits
        framed += donors
        drawings = render_evaluation_drawings(donors, default, DRAWING_SEED)
        images[f"{DONORS_TEST}, {DEFAULT_STYLE}"] = drawings
    if data.pen:
        framed += data.pen.test
    for name, lined in UNSEEN_LINED_STYLES.items() if framed else ():
        for with_lines in (True, False):
            drawings = render_lined_evaluation(framed, lined, DRAWING_SEED, with_lines=with_lines)
            suffix = "" if with_lines else ", lines left out"
            images[f"{FRAMES_TEST}, {name}{suffix}"] = drawings
    splits = SKLEARN_DIGITS.load(DatasetPaths())
    if data.digits:
        name, dataset = SKLEARN_TEST, splits.test
    else:
        name, dataset = SKLEARN_ALL, splits.train + splits.validation + splits.test
    images[name] = preprocess_images(dataset, "preprocessing scikit-learn's digits")
    if data.mnist:
        images[MNIST_FULL_PATH] = preprocess_images(data.mnist.test, "preprocessing mnist test")
    if data.pen:
        writers = count_writers(data.pen.test)
        for name, style in EVALUATION_STYLES.items():
            drawings = render_evaluation_drawings(data.pen.test, style, DRAWING_SEED)
            images[f"{writers} pen writers kept out, {name}"] = drawings
    return images


def is_unseen(name: str) -> bool:
    """Whether a test's digits are from a source that no training saw: see `render_test_digits`.

    The others are from the collections that the network was trained on, but by other people.
    """
    return name.startswith((DONORS_TEST, FRAMES_TEST, SKLEARN_ALL))


def choose_for_rejection(scores: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Choose the digits that are compared with the non-digits: one dataset of each source.

    `scores` has the names of `render_test_digits`. Returns the scores of MNIST's test split, and of
    the drawings of donors and pen writers in the default style.
    """
    return {
        name: found
        for name, found in scores.items()
        if name == MNIST_FULL_PATH or name.endswith(DEFAULT_STYLE)
    }


def draw_non_digits(data: EvaluationData) -> dict[str, LabelledImages]:
    """Draw non-digits that no training saw, by name; none looks just like a digit.

    They are letters and signs of the donors kept out, two alphabets, and drawings by program.
    """
    images = {}
    if data.donors:
        signs, style = data.donors.test.others, EVALUATION_STYLES[DEFAULT_STYLE]
        drawings = render_evaluation_drawings(signs, style, DRAWING_SEED)
        images[f"{DONORS_TEST}, letters and signs"] = drawings
    if data.characters:
        characters = render_characters(data.characters.test, 1, DRAWING_SEED)
        images[f"Omniglot, {' and '.join(TEST_ALPHABETS)}"] = characters
    canvases = draw_unseen_non_digits(UNSEEN_NON_DIGITS, DRAWING_SEED)
    drawn = np.stack([preprocess_drawing(canvas) for canvas in canvases])
    outliers = LabelledImages(drawn, np.full(len(drawn), NON_DIGIT))
    return {**images, "drawn by program, another style": outliers}


def draw_look_alikes(data: EvaluationData) -> dict[str, LabelledImages]:
    """Draw the test's letters and signs that look just like a digit, by name."""
    images = {}
    if data.donors:
        signs, style = data.donors.test.look_alikes, EVALUATION_STYLES[DEFAULT_STYLE]
        drawings = render_evaluation_drawings(signs, style, DRAWING_SEED)
        images[f"{DONORS_TEST}, letters and signs"] = drawings
    if data.characters and data.characters.look_alikes:
        characters = render_characters(data.characters.look_alikes, 1, DRAWING_SEED)
        images[f"Omniglot, {' and '.join(TEST_ALPHABETS)}"] = characters
    return images


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
    if data.donors and data.trained_on_donors:
        donors = data.donors.validation.digits
        images[UNIPEN.name] = render_evaluation_drawings(donors, CanvasStyle(), 0)
    return images


def count_writers(digits: list[PenDigit]) -> int:
    """Count the people who wrote `digits`."""
    return len({digit.writer for digit in digits})


def _count(train: int, validation: int) -> dict[str, int]:
    return {"train": train, "validation": validation}
