"""The images that a run trains and validates on.

Takes the names of datasets and the paths of their files. Returns `TrainingData`: all images are
`(n, 28, 28) uint8`, as `preprocess_drawing` returns them. The tutorials get MNIST unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tqdm import tqdm

from sketchdigits import preprocess_drawing
from sketchdigits.architectures import NUM_CLASSES
from sketchdigits.preprocessing.batch import preprocess_drawings
from sketchdigits.preprocessing.pipeline import IMAGE_SIZE
from train.datasets import DATASETS, DRAWN_DIGITS, DRAWN_NON_DIGITS, MNIST, DatasetPaths, data_names
from train.datasets.labelled_images import NON_DIGIT, LabelledImages, Splits
from train.datasets.omniglot import CharacterSplits
from train.datasets.pendigits import PenDigit, PenSplits
from train.datasets.turned import turn_characters, turn_pen_characters
from train.datasets.unipen import PenCharacterSplits
from train.distortions.poor_captures import degrade_images
from train.errors import DatasetError
from train.fit.recipes import Recipe
from train.rendering.canvas import CanvasStyle
from train.rendering.digit_forms import draw_digit
from train.rendering.digits import (
    render_digit_forms,
    render_evaluation_drawings,
    render_lined_digits,
    render_training_drawings,
)
from train.rendering.outliers import render_characters, render_non_digits
from train.rendering.strokes import Strokes

PUBLISHED_VALIDATION = "mnist test split"
DEGRADED = "poor captures of {}"
SIGNS = "letters and signs of {}"
TURNED = "turned letters and signs of {}"
IN_FRAMES = "pen digits in frames and cells"
# At most this many images of each source get a poor capture.
MAX_DEGRADED_OF_EACH = 30_000
# Every fourth of UNIPEN's letters and signs is enough for validation.
VALIDATION_SIGNS_STEP = 4
# Validation images are the same for every seed of a run.
VALIDATION_SEED = 1_000_003


@dataclass(frozen=True)
class TrainingData:
    """The images that a network is trained and validated on.

    Attributes:
        sources: `(images, how many of them each epoch takes at random)`, by name.
        validation: digits by dataset. They are scored after each epoch; choices are made on them.
        non_digits: images of no digit by dataset, for the same purpose.
    """

    sources: dict[str, tuple[LabelledImages, int]]
    validation: dict[str, LabelledImages]
    non_digits: dict[str, LabelledImages] = field(default_factory=dict)

    @property
    def num_classes(self) -> int:
        """10, or 11 if some images are no digits."""
        learns_to_reject = any(
            (source.labels == NON_DIGIT).any() for source, _ in self.sources.values()
        )
        return NON_DIGIT + 1 if learns_to_reject else NUM_CLASSES

    @property
    def images_per_epoch(self) -> int:
        return sum(count for _, count in self.sources.values())


def load_training_data(
    names: Sequence[str], recipe: Recipe, paths: DatasetPaths, *, seed: int = 0
) -> TrainingData:
    """Load, render and preprocess the training and validation parts of the named datasets.

    Raises:
        DatasetError: a name is unknown, or a file is missing or damaged.
    """
    loaded = load_datasets(names, paths)
    sources = render_sources(names, loaded, recipe, seed)
    digits, non_digits = render_validation(names, loaded, recipe.preprocess_mnist)
    return TrainingData(sources, digits, non_digits)


def load_validation(
    names: Sequence[str], preprocess_mnist: bool, paths: DatasetPaths
) -> tuple[dict[str, LabelledImages], dict[str, LabelledImages]]:
    """Load, render and preprocess the validation part alone: `(digits, non-digits)` by dataset.

    Raises:
        DatasetError: a name is unknown, or a file is missing or damaged.
    """
    return render_validation(names, load_datasets(names, paths), preprocess_mnist)


def load_datasets(names: Sequence[str], paths: DatasetPaths) -> dict[str, Any]:
    """Load the named datasets' parts by name; datasets drawn by program have none.

    Raises:
        DatasetError: a name is unknown, there are no digits among the names, or a file is missing
            or damaged.
    """
    if unknown := sorted(set(names) - set(data_names())):
        raise DatasetError(
            f"Unknown dataset {unknown[0]!r}. Choose from: {', '.join(data_names())}"
        )
    loaded = {name: dataset.load(paths) for name, dataset in DATASETS.items() if name in names}
    with_digits = Splits | PenSplits | PenCharacterSplits
    if not any(isinstance(parts, with_digits) for parts in loaded.values()):
        raise DatasetError(
            f"There are no digits among {' '.join(names)}. Add mnist, pendigits, unipen or digits."
        )
    return loaded


def render_sources(
    names: Sequence[str], loaded: Mapping[str, Any], recipe: Recipe, seed: int
) -> dict[str, tuple[LabelledImages, int]]:
    """Render the training part: for each source its images, and how many of them an epoch takes.

    The order of the sources matters: a seed gives the same epochs only with the same order.
    """
    sources: dict[str, tuple[LabelledImages, int]] = {}

    def add_source(name: str, images: LabelledImages, per_epoch: int) -> None:
        sources[name] = (images, min(per_epoch, len(images)))

    for name, parts in loaded.items():
        if isinstance(parts, Splits):
            train = _preprocess_if_needed(name, parts.train, recipe.preprocess_mnist)
            add_source(name, train, len(train))
        elif isinstance(parts, PenSplits):
            drawings = render_training_drawings(parts.train, recipe.pen_copies, seed)
            add_source(name, drawings, recipe.pen_drawings_per_epoch)
        elif isinstance(parts, PenCharacterSplits):
            drawings = render_training_drawings(parts.train.digits, recipe.unipen_copies, seed)
            add_source(name, drawings, recipe.unipen_drawings_per_epoch)
    if DRAWN_DIGITS in names:
        drawings = render_digit_forms(recipe.drawn_digits, seed)
        add_source(DRAWN_DIGITS, drawings, recipe.drawn_digits_per_epoch)
    if recipe.degraded_per_epoch:
        clean = dict(sources)
        for name, (images, _) in clean.items():
            degraded = degrade_images(images[slice(MAX_DEGRADED_OF_EACH)], seed)
            add_source(DEGRADED.format(name), degraded, recipe.degraded_per_epoch // len(clean))
    pen_digits = _pen_digits(loaded, "train")
    if recipe.framed_per_epoch and pen_digits:
        framed = render_lined_digits(pen_digits, recipe.framed_copies, seed)
        add_source(IN_FRAMES, framed, recipe.framed_per_epoch)
    for name, images, per_epoch in _non_digit_sources(names, loaded, recipe, seed):
        add_source(name, images, per_epoch)
    return sources


def _non_digit_sources(
    names: Sequence[str], loaded: Mapping[str, Any], recipe: Recipe, seed: int
) -> Iterator[tuple[str, LabelledImages, int]]:
    """Render the sources of non-digits: yield the name, the images and how many an epoch takes."""
    for name, parts in loaded.items():
        if isinstance(parts, CharacterSplits):
            characters = render_characters(parts.train, recipe.character_copies, seed)
            yield name, characters, recipe.characters_per_epoch
        elif isinstance(parts, PenCharacterSplits):
            signs = render_training_drawings(parts.train.others, recipe.sign_copies, seed)
            yield SIGNS.format(name), signs, recipe.signs_per_epoch
    for name, parts in loaded.items():
        if isinstance(parts, CharacterSplits) and recipe.turned_characters_per_epoch:
            turned = turn_characters(parts.train)
            characters = render_characters(turned, recipe.turned_character_copies, seed)
            yield TURNED.format(name), characters, recipe.turned_characters_per_epoch
        elif isinstance(parts, PenCharacterSplits) and recipe.turned_signs_per_epoch:
            signs = render_training_drawings(turn_pen_characters(parts.train.others, seed), 1, seed)
            yield TURNED.format(name), signs, recipe.turned_signs_per_epoch
    if DRAWN_NON_DIGITS in names:
        strokes = _strokes(loaded, "train", seed)
        drawn = render_non_digits(recipe.drawn_non_digits, strokes, seed)
        yield DRAWN_NON_DIGITS, drawn, recipe.drawn_non_digits_per_epoch


def render_validation(
    names: Sequence[str], loaded: Mapping[str, Any], preprocess_mnist: bool
) -> tuple[dict[str, LabelledImages], dict[str, LabelledImages]]:
    """Render the validation part: `(digits, non-digits)` by dataset.

    It is the same for every seed of a run.
    """
    digits: dict[str, LabelledImages] = {}
    non_digits: dict[str, LabelledImages] = {}
    for name, parts in loaded.items():
        if isinstance(parts, Splits):
            digits[name] = _preprocess_if_needed(name, parts.validation, preprocess_mnist)
        elif isinstance(parts, PenSplits):
            digits[name] = render_evaluation_drawings(parts.validation, CanvasStyle(), 0)
        elif isinstance(parts, CharacterSplits):
            non_digits[name] = render_characters(parts.validation, 1, VALIDATION_SEED)
        elif isinstance(parts, PenCharacterSplits):
            validation, style = parts.validation, CanvasStyle()
            digits[name] = render_evaluation_drawings(validation.digits, style, 0)
            signs = validation.others[::VALIDATION_SIGNS_STEP]
            non_digits[SIGNS.format(name)] = render_evaluation_drawings(signs, style, 0)
    if DRAWN_NON_DIGITS in names:
        strokes = _strokes(loaded, "validation", VALIDATION_SEED)
        non_digits[DRAWN_NON_DIGITS] = render_non_digits(1000, strokes, VALIDATION_SEED)
    return digits, non_digits


def _preprocess_if_needed(
    name: str, images: LabelledImages, preprocess_mnist: bool
) -> LabelledImages:
    """Preprocess the images. MNIST's stay as they are if `preprocess_mnist` is False."""
    if name == MNIST.name and not preprocess_mnist:
        return images
    return preprocess_images(images, f"preprocessing {name}")


def _strokes(loaded: Mapping[str, Any], part: str, seed: int) -> list[Strokes]:
    """Return strokes of digits to put side by side: of the pen writers, or drawn by program.

    `part` is "train" or "validation".
    """
    if pen_digits := _pen_digits(loaded, part):
        return [digit.strokes for digit in pen_digits[::8]]
    rng = np.random.default_rng(seed)
    return [draw_digit(int(label), rng) for label in rng.integers(10, size=200)]


def _pen_digits(loaded: Mapping[str, Any], part: str) -> list[PenDigit]:
    """Return the digits of all pen datasets; `part` is "train" or "validation"."""
    found: list[PenDigit] = []
    for parts in loaded.values():
        if isinstance(parts, PenSplits):
            found += getattr(parts, part)
        elif isinstance(parts, PenCharacterSplits):
            found += getattr(parts, part).digits
    return found


def load_published_split(paths: DatasetPaths) -> TrainingData:
    """Load all 60,000 training images of MNIST, validated on its test split, as the tutorials do.

    The test accuracy of this run is not clean: its epochs were validated on the same images.
    """
    mnist = MNIST.load(paths)
    train = mnist.train + mnist.validation
    return TrainingData({MNIST.name: (train, len(train))}, {PUBLISHED_VALIDATION: mnist.test})


def preprocess_images(dataset: LabelledImages, description: str) -> LabelledImages:
    """Preprocess every image as a user's image is preprocessed, with a progress bar.

    `(n, height, width) uint8` -> `(n, 28, 28) uint8`.
    """
    images = tqdm(dataset.images, desc=description)
    if dataset.images.shape[1:] == (IMAGE_SIZE, IMAGE_SIZE):
        preprocessed = np.concatenate(list(preprocess_drawings(images)))
    else:
        # A stack may round a pixel differently from a single image: in 4 of scikit-learn's 1,197
        # training images, but only 1 of MNIST's 60,000. These few images don't need the speed.
        preprocessed = np.stack([preprocess_drawing(image) for image in images])
    return LabelledImages(preprocessed, dataset.labels)
