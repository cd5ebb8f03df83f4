"""A look at a dataset before anything is trained on it: shapes, counts, and a picture.

python -m train show-data --data mnist
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from train.datasets.labelled_images import LabelledImages, Splits, load_mnist, load_sklearn_digits
from train.datasets.pendigits import PenDigit, PenSplits, load_pendigits
from train.rendering.digits import DEFAULT_STYLE, EVALUATION_STYLES, render_evaluation_drawings
from train.reports.image_grids import draw_samples

# Enough drawings for the picture.
_DRAWN = 250


def show_data(
    name: str,
    folder: Path,
    *,
    mnist_path: str | os.PathLike[str] | None = None,
    pendigits_path: str | os.PathLike[str] | None = None,
) -> str:
    """Draw `folder / "NAME.png"` from the training split; return what there is to say in text.

    Args:
        name: "mnist", "pendigits" or "digits".
        folder: for the picture.

    Raises:
        DatasetError: a file is missing or damaged.
    """
    picture = folder / f"{name}.png"
    if name == "pendigits":
        pen = load_pendigits(pendigits_path)
        drawn = render_evaluation_drawings(pen.train[:_DRAWN], EVALUATION_STYLES[DEFAULT_STYLE], 0)
        draw_samples(picture, drawn, "Pen strokes, drawn and preprocessed to 28x28, by digit")
        text = _describe_pen_digits(pen)
    else:
        splits = load_mnist(mnist_path) if name == "mnist" else load_sklearn_digits()
        draw_samples(picture, splits.train, f"{name}: training images, by digit")
        text = _describe_images(splits)
    return f"{text}\n\nA picture: {picture}"


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


def _points(digit: PenDigit) -> int:
    return sum(len(stroke) for stroke in digit.strokes)


def _count(labels: dict[str, np.ndarray]) -> list[str]:
    """A table: how many there are of every digit."""
    header = "     digit" + "".join(f"{digit:>8}" for digit in range(10)) + "     all"
    rows = [
        f"{part:>10}"
        + "".join(f"{count:>8,}" for count in np.bincount(values, minlength=10))
        + f"{len(values):>8,}"
        for part, values in labels.items()
    ]
    return [header, *rows]
