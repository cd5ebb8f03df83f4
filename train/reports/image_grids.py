"""Grids of digits for the eye: a look at a dataset, at predictions, and at the worst mistakes.

They show other people's images, such as MNIST's: for looking at, not for git.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from train.datasets.labelled_images import LabelledImages
from train.datasets.omniglot import Characters
from train.reports.figures import GREY, ORANGE, save_figure

COLUMNS = 8
MISTAKES_SHOWN = 40
FIRST_SHOWN = 32
OF_EACH_DIGIT = 8


def draw_first_images(path: Path, dataset: LabelledImages, probabilities: np.ndarray) -> None:
    """A dataset's first images in order, the answer over each; the wrong ones are marked."""
    shown = np.arange(min(FIRST_SHOWN, len(dataset)))
    answers = probabilities[shown].argmax(axis=1)
    wrong = answers != dataset.labels[shown]
    titles = [
        f"{answer}, is a {label}" if mistaken else str(answer)
        for answer, label, mistaken in zip(answers, dataset.labels, wrong, strict=False)
    ]
    heading = f"The first {len(shown)} test images and what they are read as: {wrong.sum()} wrong"
    _draw_grid(path, dataset.images[shown], titles, wrong, heading)


def draw_worst_mistakes(path: Path, dataset: LabelledImages, probabilities: np.ndarray) -> None:
    """The surest mistakes first: what the model saw, the label, the answer and how sure it was."""
    answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(answers != dataset.labels)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MISTAKES_SHOWN]
    titles = [
        f"{answers[index]}, is a {dataset.labels[index]}\n{confidence[index]:.0%} sure"
        for index in worst
    ]
    heading = f"{len(wrong)} mistakes in {len(dataset):,} images, the surest first"
    _draw_grid(path, dataset.images[worst], titles, np.ones(len(worst), bool), heading)


def draw_samples(path: Path, dataset: LabelledImages, heading: str) -> None:
    """The first images of every digit, a row a digit, with their labels."""
    shown = np.concatenate(
        [np.flatnonzero(dataset.labels == digit)[:OF_EACH_DIGIT] for digit in range(10)]
    )
    titles = [str(label) for label in dataset.labels[shown]]
    _draw_grid(path, dataset.images[shown], titles, np.zeros(len(shown), bool), heading)


def draw_characters(path: Path, characters: Characters, heading: str) -> None:
    """The first image of each character, with its name."""
    names, first = np.unique(characters.names, return_index=True)
    chosen = first[: COLUMNS * OF_EACH_DIGIT]
    titles = [name.split("/")[-1] for name in names[: len(chosen)]]
    images = 255 - characters.images[chosen]
    _draw_grid(path, images, titles, np.zeros(len(chosen), bool), heading)


def _draw_grid(
    path: Path, images: np.ndarray, titles: Sequence[str], marked: np.ndarray, heading: str
) -> None:
    rows = max(1, -(-len(images) // COLUMNS))
    figure, axes = plt.subplots(
        rows, COLUMNS, figsize=(10, 0.6 + 1.45 * rows), layout="constrained", squeeze=False
    )
    for plot in axes.flat[len(images) :]:
        plot.axis("off")
    for plot, image, title, is_marked in zip(axes.flat, images, titles, marked, strict=False):
        plot.imshow(image, cmap="gray", vmin=0, vmax=255)
        plot.set(xticks=[], yticks=[])
        # Told by a thick frame and by the words as well as by the colour.
        plot.spines[:].set(color=ORANGE if is_marked else GREY, linewidth=2.5 if is_marked else 0.5)
        plot.set_title(title, size=9, color=ORANGE if is_marked else "black")
    figure.suptitle(heading, size=11)
    save_figure(path, figure)
