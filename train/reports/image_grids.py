"""Grids of images with a title over each: a dataset's samples, first answers, worst mistakes.

Enters: `LabelledImages` and the predicted probabilities, `(n, 10) float`. Leaves: PNG files. They
contain images from datasets such as MNIST, so don't commit or publish them.
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
MAX_FIRST_IMAGES = 32
MAX_MISTAKES = 40
SAMPLES_PER_DIGIT = 8


def draw_first_images(path: Path, dataset: LabelledImages, probabilities: np.ndarray) -> None:
    """Draw a dataset's first images with the answer over each. Wrong answers are marked."""
    shown = np.arange(min(MAX_FIRST_IMAGES, len(dataset)))
    answers = probabilities[shown].argmax(axis=1)
    wrong = answers != dataset.labels[shown]
    titles = [
        f"{answer}, is a {label}" if mistaken else str(answer)
        for answer, label, mistaken in zip(answers, dataset.labels, wrong, strict=False)
    ]
    heading = f"The first {len(shown)} test images and their predicted digits: {wrong.sum()} wrong"
    _draw_grid(path, dataset.images[shown], titles, wrong, heading)


def draw_worst_mistakes(path: Path, dataset: LabelledImages, probabilities: np.ndarray) -> None:
    """Draw the mistakes with the highest confidence, each with its answer, label and confidence."""
    answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(answers != dataset.labels)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MAX_MISTAKES]
    titles = [
        f"{answers[index]}, is a {dataset.labels[index]}\n{confidence[index]:.0%} sure"
        for index in worst
    ]
    heading = f"{len(wrong)} mistakes in {len(dataset):,} images, the most confident first"
    _draw_grid(path, dataset.images[worst], titles, np.ones(len(worst), bool), heading)


def draw_refused(path: Path, refused: LabelledImages, scores: np.ndarray, of: int) -> None:
    """Draw digits that were not taken for digits, the lowest scores first, with label and score.

    Args:
        path: of the PNG file.
        refused: the digits.
        scores: `(n,)`, their digit scores, 0-1.
        of: the number of digits in the test set.
    """
    lowest = np.argsort(scores, kind="stable")[:MAX_MISTAKES]
    titles = [f"{refused.labels[index]}\n{scores[index]:.2f}" for index in lowest]
    heading = f"{len(refused)} of {of:,} digits not accepted, the lowest scores first"
    _draw_grid(path, refused.images[lowest], titles, np.ones(len(lowest), bool), heading)


def draw_samples(path: Path, dataset: LabelledImages, heading: str) -> None:
    """Draw the first images of every digit with their labels, one row per digit."""
    shown = np.concatenate(
        [np.flatnonzero(dataset.labels == digit)[:SAMPLES_PER_DIGIT] for digit in range(10)]
    )
    titles = [str(label) for label in dataset.labels[shown]]
    _draw_grid(path, dataset.images[shown], titles, np.zeros(len(shown), bool), heading)


def draw_characters(path: Path, characters: Characters, heading: str) -> None:
    """Draw the first image of each character, with its name."""
    names, first = np.unique(characters.names, return_index=True)
    chosen = first[: COLUMNS * SAMPLES_PER_DIGIT]
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
        # The thick frame and the title mark it too, for readers who cannot see the colour.
        plot.spines[:].set(color=ORANGE if is_marked else GREY, linewidth=2.5 if is_marked else 0.5)
        plot.set_title(title, size=9, color=ORANGE if is_marked else "black")
    figure.suptitle(heading, size=11)
    save_figure(path, figure)
