"""What `evaluate` measured, as pictures.

Enters: metrics and history as `evaluate` and `fit` wrote them. Leaves PNG files:
    confusion_matrix.png, reliability.png, learning_curves.png, accuracy.png   fit to be published
    worst_validation_mistakes.png   MNIST's own images: for the eye that studies errors, not for git
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

matplotlib.use("Agg")  # no screen needed
import matplotlib.pyplot as plt
from matplotlib.ticker import PercentFormatter

from train.data import LabelledImages
from train.drawings import DEFAULT_STYLE

PUBLISHED_FIGURES = (
    "accuracy.png",
    "confusion_matrix.png",
    "learning_curves.png",
    "reliability.png",
)
MISTAKES_SHOWN = 40

# Okabe and Ito's colours, told apart by colour-blind readers.
_BLUE, _ORANGE, _GREEN, _GREY = "#0072B2", "#D55E00", "#009E73", "#666666"


def draw_figures(
    folder: Path,
    metrics: dict[str, Any],
    history: list[dict[str, Any]],
    validation_mistakes: tuple[LabelledImages, np.ndarray] | None,
) -> None:
    """Write every figure; `validation_mistakes` is a split with its `(n, 10)` probabilities."""
    folder.mkdir(exist_ok=True)
    scores = metrics["test"]
    _save(folder / "accuracy.png", _draw_accuracy(scores))
    _save(folder / "confusion_matrix.png", _draw_confusion(_most_telling(scores)))
    _save(folder / "reliability.png", _draw_reliability(_most_telling(scores)))
    _save(folder / "learning_curves.png", _draw_learning_curves(history))
    if validation_mistakes:
        _save(folder / "worst_validation_mistakes.png", _draw_mistakes(*validation_mistakes))


def _most_telling(scores: dict[str, Any]) -> dict[str, Any]:
    """MNIST and one canvas of the held-out writers; all there is where those weren't scored."""
    chosen = {
        name: score
        for name, score in scores.items()
        if name == "MNIST test" or name.endswith(DEFAULT_STYLE)
    }
    return chosen or scores


def _save(path: Path, figure: plt.Figure) -> None:
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _draw_accuracy(scores: dict[str, Any]) -> plt.Figure:
    figure, axes = plt.subplots(figsize=(8, 1 + 0.32 * len(scores)), layout="constrained")
    names = list(scores)[::-1]
    accuracies = np.array([scores[name]["accuracy"] for name in names])
    intervals = np.array([scores[name]["interval_95"] for name in names])
    reach = np.abs(intervals - accuracies[:, None]).T
    axes.errorbar(accuracies, range(len(names)), xerr=reach, fmt="o", color=_BLUE, capsize=3)
    axes.set_yticks(range(len(names)), [f"{name} (n={scores[name]['n']:,})" for name in names])
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    axes.set_xlabel("accuracy, with its 95 % interval")
    axes.grid(axis="x", alpha=0.3)
    return figure


def _draw_confusion(scores: dict[str, Any]) -> plt.Figure:
    figure, axes = plt.subplots(
        1, len(scores), figsize=(5.6 * len(scores), 5.4), layout="constrained", squeeze=False
    )
    for plot, (name, score) in zip(axes[0], scores.items(), strict=True):
        confusion = np.array(score["confusion"])
        mistakes = confusion * (1 - np.eye(10, dtype=int))
        plot.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(1, mistakes.max()))
        for true, row in enumerate(confusion):
            for answer, count in enumerate(row):
                if count:
                    shade = mistakes[true, answer] > mistakes.max() / 2
                    colour = "white" if shade else _GREY if true == answer else "black"
                    plot.text(answer, true, count, ha="center", va="center", color=colour, size=8)
        plot.set(xticks=range(10), yticks=range(10), xlabel="read as", ylabel="true digit")
        plot.set_title(
            f"{name}\n{score['n'] - score['correct']} mistakes in {score['n']:,}", size=10
        )
    return figure


def _draw_reliability(scores: dict[str, Any]) -> plt.Figure:
    figure, axes = plt.subplots(figsize=(6, 6.2), layout="constrained")
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="perfectly calibrated")
    for (name, score), colour, marker in zip(
        scores.items(), (_BLUE, _ORANGE, _GREEN), "os^", strict=False
    ):
        bins = score["reliability"]
        error = score["expected_calibration_error"]
        axes.plot(
            [group["confidence"] for group in bins],
            [group["accuracy"] for group in bins],
            color=colour,
            marker=marker,
            label=f"{name}\nexpected calibration error {error:.2%}",
        )
    low = min(
        min(group["confidence"], group["accuracy"])
        for score in scores.values()
        for group in score["reliability"]
    )
    axes.set(xlim=(low - 0.02, 1.005), ylim=(low - 0.02, 1.005))
    axes.set(xlabel="confidence, mean of a bin", ylabel="share read right")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.set_title("15 bins of equal size", size=10)
    figure.legend(loc="outside lower center", fontsize=8)
    axes.grid(alpha=0.3)
    return figure


def _draw_learning_curves(history: list[dict[str, Any]]) -> plt.Figure:
    figure, (loss, errors) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    epochs = [record["epoch"] for record in history]
    loss.plot(epochs, [record["loss"] for record in history], color=_BLUE)
    loss.set(xlabel="epoch", ylabel="training loss (augmented images)")
    for name, colour, style in zip(
        history[0]["validation_accuracy"], (_BLUE, _ORANGE, _GREEN), ("-", "--", ":"), strict=False
    ):
        mistakes = [1 - record["validation_accuracy"][name] for record in history]
        errors.plot(epochs, mistakes, color=colour, linestyle=style, label=name)
    errors.set(xlabel="epoch", ylabel="validation error", yscale="log")
    errors.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    errors.yaxis.set_minor_formatter(PercentFormatter(1, decimals=1))
    errors.legend()
    for plot in (loss, errors):
        plot.grid(alpha=0.3, which="both")
    return figure


def _draw_mistakes(dataset: LabelledImages, probabilities: np.ndarray) -> plt.Figure:
    """The surest mistakes first: what the model saw, the label, the answer."""
    answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(answers != dataset.labels)
    worst = wrong[np.argsort(-confidence[wrong])][:MISTAKES_SHOWN]
    figure, axes = plt.subplots(5, 8, figsize=(10, 7.5), layout="constrained")
    for plot in axes.flat:
        plot.axis("off")
    for plot, index in zip(axes.flat, worst, strict=False):
        plot.imshow(dataset.images[index], cmap="gray")
        title = f"{dataset.labels[index]} read as {answers[index]}\n{confidence[index]:.0%}"
        plot.set_title(title, size=8)
    figure.suptitle(f"{len(wrong)} mistakes in {len(dataset):,} validation images", size=10)
    return figure
