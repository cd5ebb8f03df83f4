"""Which images a run trains and validates on: the named datasets, preprocessed and put together.

Enters: dataset names and paths. Leaves: `TrainingData`, all images `(n, 28, 28) uint8` in the
form that `preprocess_drawing` gives, or MNIST's own, for the tutorials.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from sketchdigits import preprocess_drawing
from train.data import DATASET_NAMES, LabelledImages, Splits, load_mnist, load_sklearn_digits
from train.drawings import render_evaluation_drawings, render_training_drawings
from train.errors import DatasetError
from train.pendigits import load_pendigits
from train.recipes import Recipe
from train.strokes import CanvasStyle

PUBLISHED_VALIDATION = "mnist test split"


@dataclass(frozen=True)
class TrainingData:
    """What `fit_model` is given.

    Attributes:
        sources: `(images, number drawn from them at random each epoch)`.
        validation: by dataset, watched during training; choices are made on these.
    """

    sources: tuple[tuple[LabelledImages, int], ...]
    validation: dict[str, LabelledImages]

    @property
    def images_per_epoch(self) -> int:
        return sum(count for _, count in self.sources)


def load_training_data(
    names: tuple[str, ...],
    recipe: Recipe,
    *,
    mnist_path: str | os.PathLike[str] | None = None,
    pendigits_path: str | os.PathLike[str] | None = None,
    seed: int = 0,
) -> TrainingData:
    """Load, render and preprocess the training and validation splits of the named datasets.

    Raises:
        DatasetError: a name is unknown, or a file is missing or damaged.
    """
    sources: list[tuple[LabelledImages, int]] = []
    validation: dict[str, LabelledImages] = {}
    for name in names:
        if name in {"mnist", "digits"}:
            splits: Splits = load_mnist(mnist_path) if name == "mnist" else load_sklearn_digits()
            train, held_out = splits.train, splits.validation
            if recipe.preprocess_mnist or name == "digits":  # which are 8x8
                train = preprocess_images(train, f"preprocessing {name}")
                held_out = preprocess_images(held_out, f"preprocessing {name}")
            sources.append((train, len(train)))
            validation[name] = held_out
        elif name == "pendigits":
            pen = load_pendigits(pendigits_path)
            drawings = render_training_drawings(pen.train, recipe.pen_copies, seed)
            sources.append((drawings, min(recipe.pen_drawings_per_epoch, len(drawings))))
            validation[name] = render_evaluation_drawings(pen.validation, CanvasStyle(), seed=0)
        else:
            raise DatasetError(f"Unknown dataset {name!r}. Choose from: {', '.join(DATASET_NAMES)}")
    return TrainingData(tuple(sources), validation)


def load_published_split(mnist_path: str | os.PathLike[str] | None = None) -> TrainingData:
    """All 60,000 training images, watched on the test split, as the tutorials do.

    What is reported of such a run isn't clean: its epochs were watched on what it is scored on.
    """
    mnist = load_mnist(mnist_path)
    train = mnist.train + mnist.validation
    return TrainingData(((train, len(train)),), {PUBLISHED_VALIDATION: mnist.test})


def preprocess_images(dataset: LabelledImages, description: str) -> LabelledImages:
    """Send every image through `preprocess_drawing`, as a user's would go."""
    images = [preprocess_drawing(image) for image in tqdm(dataset.images, desc=description)]
    return LabelledImages(np.stack(images), dataset.labels)
