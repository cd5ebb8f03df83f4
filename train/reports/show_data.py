"""Describe a dataset before training: shapes, counts and a picture.

python -m train show-data --data mnist
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from train.datasets import DATASETS, DatasetPaths
from train.datasets.labelled_images import LabelledImages, Splits
from train.datasets.omniglot import Characters, CharacterSplits
from train.datasets.pendigits import PenDigit, PenSplits
from train.datasets.unipen import PenCharacters, PenCharacterSplits
from train.rendering.digits import DEFAULT_STYLE, EVALUATION_STYLES, render_evaluation_drawings
from train.reports.image_grids import draw_characters, draw_samples

# Rendering all pen digits would take long, and the picture shows only some.
_PEN_DRAWINGS = 250


def show_data(name: str, folder: Path, paths: DatasetPaths) -> str:
    """Draw samples of the training part to `folder / "NAME.png"`; return a description.

    Args:
        name: a key of `DATASETS`.
        folder: folder for the picture, created if needed.
        paths: where the datasets' files are.

    Raises:
        DatasetError: a file is missing or damaged.
    """
    picture = folder / f"{name}.png"
    parts = DATASETS[name].load(paths)
    if isinstance(parts, PenSplits):
        _draw_pen_digits(picture, parts.train[:_PEN_DRAWINGS])
        text = _describe_pen_digits(parts)
    elif isinstance(parts, PenCharacterSplits):
        digits = parts.train.digits
        _draw_pen_digits(picture, digits[:: max(1, len(digits) // _PEN_DRAWINGS)])
        text = _describe_pen_characters(parts)
    elif isinstance(parts, CharacterSplits):
        draw_characters(picture, parts.train, f"{name}: training characters")
        text = _describe_characters(parts)
    else:
        assert isinstance(parts, Splits)
        draw_samples(picture, parts.train, f"{name}: training images, by digit")
        text = _describe_images(parts)
    return f"{text}\n\nPicture: {picture}"


def _draw_pen_digits(picture: Path, digits: Sequence[PenDigit]) -> None:
    drawn = render_evaluation_drawings(digits, EVALUATION_STYLES[DEFAULT_STYLE], 0)
    draw_samples(picture, drawn, "Pen strokes, drawn and preprocessed to 28x28, by digit")


def _describe_images(splits: Splits) -> str:
    parts = {"training": splits.train, "validation": splits.validation, "test": splits.test}
    lines = [_describe_array(part, dataset) for part, dataset in parts.items()]
    return "\n".join([*lines, "", *_count({p: d.labels for p, d in parts.items()})])


def _describe_array(part: str, dataset: LabelledImages) -> str:
    images, labels = dataset.images, dataset.labels
    return (
        f"{part:>10}: images {images.shape} {images.dtype}, {images.min()}-{images.max()}; "
        f"labels {labels.shape} {labels.dtype}, {labels.min()}-{labels.max()}"
    )


def _describe_pen_digits(pen: PenSplits) -> str:
    parts = {"training": pen.train, "validation": pen.validation, "test": pen.test}
    lines = [
        f"{part:>10}: {len(digits):,} digits by {len({digit.writer for digit in digits})} writers; "
        f"{np.mean([len(digit.strokes) for digit in digits]):.1f} strokes and "
        f"{np.mean([_points(digit) for digit in digits]):.0f} points a digit, (x, y) float32"
        for part, digits in parts.items()
    ]
    labels = {part: np.array([d.label for d in digits]) for part, digits in parts.items()}
    return "\n".join([*lines, "", *_count(labels)])


def _describe_pen_characters(splits: PenCharacterSplits) -> str:
    parts = {"training": splits.train, "validation": splits.validation, "test": splits.test}
    lines = [
        f"{part:>10}: {len(found.digits):,} digits, {len(found.others):,} letters and signs, "
        f"{len(found.look_alikes):,} that look like a digit; donors {', '.join(_donors(found))}"
        for part, found in parts.items()
    ]
    labels = {part: np.array([d.label for d in found.digits]) for part, found in parts.items()}
    return "\n".join([*lines, "", *_count(labels)])


def _donors(characters: PenCharacters) -> list[str]:
    return sorted({digit.donor for digit in characters.digits})


def _describe_characters(splits: CharacterSplits) -> str:
    parts = {"training": splits.train, "validation": splits.validation, "test": splits.test}
    return "\n".join(
        f"{part:>10}: {len(characters):,} images {characters.images.shape[1:]} "
        f"{characters.images.dtype} of {len(set(characters.names))} characters "
        f"({', '.join(_alphabets(characters))})"
        for part, characters in parts.items()
    )


def _alphabets(characters: Characters) -> list[str]:
    return sorted({name.split("/")[0] for name in characters.names})


def _points(digit: PenDigit) -> int:
    return sum(len(stroke) for stroke in digit.strokes)


def _count(labels: dict[str, np.ndarray]) -> list[str]:
    """The lines of a table with the number of images per digit."""
    header = "     digit" + "".join(f"{digit:>8}" for digit in range(10)) + "     all"
    rows = [
        f"{part:>10}"
        + "".join(f"{count:>8,}" for count in np.bincount(values, minlength=10))
        + f"{len(values):>8,}"
        for part, values in labels.items()
    ]
    return [header, *rows]
