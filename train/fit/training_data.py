"""Which images a run trains and validates on: the named datasets, preprocessed and put together.

Enters: dataset names and paths. Leaves: `TrainingData`, all images `(n, 28, 28) uint8` in the
form that `preprocess_drawing` gives, or MNIST's own, for the tutorials.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from sketchdigits import preprocess_drawing
from sketchdigits.architectures import NUM_CLASSES
from train.datasets.labelled_images import (
    DATASET_NAMES,
    NON_DIGIT,
    LabelledImages,
    load_mnist,
    load_sklearn_digits,
)
from train.datasets.omniglot import load_omniglot
from train.datasets.pendigits import PenSplits, load_pendigits
from train.distortions.poor_captures import degrade_images
from train.errors import DatasetError
from train.fit.recipes import Recipe
from train.rendering.canvas import CanvasStyle
from train.rendering.digit_forms import draw_digit
from train.rendering.digits import (
    render_digit_forms,
    render_evaluation_drawings,
    render_training_drawings,
)
from train.rendering.outliers import render_characters, render_non_digits
from train.rendering.strokes import Strokes

PUBLISHED_VALIDATION = "mnist test split"
DEGRADED = "poor captures of {}"
# Of each source, at most so many are degraded.
DEGRADED_OF_EACH = 60_000
# What validation sees is the same whatever a run's seed.
VALIDATION_SEED = 1_000_003


@dataclass(frozen=True)
class TrainingData:
    """What `fit_model` is given.

    Attributes:
        sources: by name, `(images, number drawn from them at random each epoch)`.
        validation: digits by dataset, watched during training; choices are made on these.
        non_digits: what is to be told from them, by dataset; likewise.
    """

    sources: dict[str, tuple[LabelledImages, int]]
    validation: dict[str, LabelledImages]
    non_digits: dict[str, LabelledImages] = field(default_factory=dict)

    @property
    def num_classes(self) -> int:
        """10, or 11 with what is no digit."""
        learns_to_reject = any(
            (source.labels == NON_DIGIT).any() for source, _ in self.sources.values()
        )
        return NON_DIGIT + 1 if learns_to_reject else NUM_CLASSES

    @property
    def images_per_epoch(self) -> int:
        return sum(count for _, count in self.sources.values())


def load_training_data(
    names: Sequence[str],
    recipe: Recipe,
    *,
    mnist_path: str | os.PathLike[str] | None = None,
    pendigits_path: str | os.PathLike[str] | None = None,
    omniglot_path: str | os.PathLike[str] | None = None,
    seed: int = 0,
) -> TrainingData:
    """Load, render and preprocess the training and validation splits of the named datasets.

    Raises:
        DatasetError: a name is unknown, or a file is missing or damaged.
    """
    if unknown := sorted(set(names) - set(DATASET_NAMES)):
        raise DatasetError(
            f"Unknown dataset {unknown[0]!r}. Choose from: {', '.join(DATASET_NAMES)}"
        )
    sources: dict[str, tuple[LabelledImages, int]] = {}
    validation: dict[str, LabelledImages] = {}
    non_digits: dict[str, LabelledImages] = {}

    def add_source(name: str, images: LabelledImages, per_epoch: int) -> None:
        sources[name] = (images, min(per_epoch, len(images)))

    # Files first: a missing one is found out before minutes of rendering.
    mnist = load_mnist(mnist_path) if "mnist" in names else None
    pen = load_pendigits(pendigits_path) if "pendigits" in names else None
    omniglot = load_omniglot(omniglot_path) if "omniglot" in names else None
    if mnist:
        train, validation["mnist"] = mnist.train, mnist.validation
        if recipe.preprocess_mnist:
            train = preprocess_images(train, "preprocessing mnist")
            validation["mnist"] = preprocess_images(mnist.validation, "preprocessing mnist")
        add_source("mnist", train, len(train))
    if "digits" in names:
        digits = load_sklearn_digits()  # 8x8
        train = preprocess_images(digits.train, "preprocessing digits")
        validation["digits"] = preprocess_images(digits.validation, "preprocessing digits")
        add_source("digits", train, len(train))
    if pen:
        drawings = render_training_drawings(pen.train, recipe.pen_copies, seed)
        add_source("pendigits", drawings, recipe.pen_drawings_per_epoch)
        validation["pendigits"] = render_evaluation_drawings(pen.validation, CanvasStyle(), 0)
    if "drawn-digits" in names:
        drawings = render_digit_forms(recipe.drawn_digits, seed)
        add_source("drawn-digits", drawings, recipe.drawn_digits_per_epoch)
    if recipe.degraded_per_epoch:
        clean = dict(sources)
        for name, (images, _) in clean.items():
            degraded = degrade_images(images[slice(DEGRADED_OF_EACH)], seed)
            add_source(DEGRADED.format(name), degraded, recipe.degraded_per_epoch // len(clean))
    if omniglot:
        characters = render_characters(omniglot.train, recipe.character_copies, seed)
        add_source("omniglot", characters, recipe.characters_per_epoch)
        non_digits["omniglot"] = render_characters(omniglot.validation, 1, VALIDATION_SEED)
    if "drawn-non-digits" in names:
        drawn = render_non_digits(recipe.drawn_non_digits, _strokes(pen, "train", seed), seed)
        add_source("drawn-non-digits", drawn, recipe.drawn_non_digits_per_epoch)
        held_out = _strokes(pen, "validation", VALIDATION_SEED)
        non_digits["drawn-non-digits"] = render_non_digits(1000, held_out, VALIDATION_SEED)
    if not validation:
        raise DatasetError(
            f"There are no digits among {' '.join(names)}. Add mnist, pendigits or digits."
        )
    return TrainingData(sources, validation, non_digits)


def _strokes(pen: PenSplits | None, split: str, seed: int) -> list[Strokes]:
    """Digits to be set side by side: by the split's writers, or else by program."""
    if pen:
        return [digit.strokes for digit in getattr(pen, split)[::8]]
    rng = np.random.default_rng(seed)
    return [draw_digit(int(label), rng) for label in rng.integers(10, size=200)]


def load_published_split(mnist_path: str | os.PathLike[str] | None = None) -> TrainingData:
    """All 60,000 training images, watched on the test split, as the tutorials do.

    What is reported of such a run isn't clean: its epochs were watched on what it is scored on.
    """
    mnist = load_mnist(mnist_path)
    train = mnist.train + mnist.validation
    return TrainingData({"mnist": (train, len(train))}, {PUBLISHED_VALIDATION: mnist.test})


def preprocess_images(dataset: LabelledImages, description: str) -> LabelledImages:
    """Send every image through `preprocess_drawing`, as a user's would go."""
    images = [preprocess_drawing(image) for image in tqdm(dataset.images, desc=description)]
    return LabelledImages(np.stack(images), dataset.labels)
