"""Draws the figures of a run: accuracy, confusion, calibration, learning curves, rejection.

Enters: `metrics.json` and the history, as `evaluate` and `fit` wrote them. Leaves: PNG files that
are published with the package: `PUBLISHED_FIGURES`, and `OPTIONAL_FIGURES` that the metrics have.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter, PercentFormatter

from train.rendering.digits import DEFAULT_STYLE

matplotlib.use("Agg")  # needs no screen

PUBLISHED_FIGURES = (
    "accuracy.png",
    "confusion_matrix.png",
    "learning_curves.png",
    "reliability.png",
)
# Key in `metrics.json` -> figure. Not every run has these scores.
OPTIONAL_FIGURES = {"rejection": "rejection.png", "corruptions": "corruptions.png"}

# From Okabe and Ito's palette, which colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#666666"


def published_figures(metrics: dict[str, Any]) -> list[str]:
    """The file names of the figures for a run with these metrics."""
    scored = [name for key, name in OPTIONAL_FIGURES.items() if key in metrics]
    return [*PUBLISHED_FIGURES, *scored]


def draw_figures(
    folder: Path, metrics: dict[str, Any], history: list[dict[str, Any]] | None
) -> None:
    """Write `PUBLISHED_FIGURES` into `folder`.

    Without a history, the learning curves that are there stay as they are.
    """
    scores = metrics["test"]
    save_figure(folder / "accuracy.png", _draw_accuracy(scores))
    save_figure(folder / "confusion_matrix.png", _draw_confusion(_main_scores(scores)))
    save_figure(folder / "reliability.png", _draw_reliability(_main_scores(scores)))
    if history is not None:
        curves = _draw_learning_curves(history, metrics["training"]["recipe"])
        save_figure(folder / "learning_curves.png", curves)


def _main_scores(scores: dict[str, Any]) -> dict[str, Any]:
    """The scores on MNIST and on the default canvas, or all scores if there is neither."""
    chosen = {
        name: score
        for name, score in scores.items()
        if name == "MNIST test" or name.endswith(DEFAULT_STYLE)
    }
    return chosen or scores


def save_figure(path: Path, figure: plt.Figure) -> None:
    """Write a PNG and close the figure. The folder is created if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _draw_accuracy(scores: dict[str, Any]) -> plt.Figure:
    figure, axes = plt.subplots(figsize=(8, 1 + 0.32 * len(scores)), layout="constrained")
    names = list(scores)[::-1]
    accuracies = np.array([scores[name]["accuracy"] for name in names])
    intervals = np.array([scores[name]["interval_95"] for name in names])
    reach = np.abs(intervals - accuracies[:, None]).T
    axes.errorbar(accuracies, range(len(names)), xerr=reach, fmt="o", color=BLUE, capsize=3)
    axes.set_yticks(range(len(names)), [f"{name} (n={scores[name]['n']:,})" for name in names])
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    axes.set_xlabel("accuracy, with its 95 % interval\n(guessing would be right 10 % of the time)")
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
                    colour = "white" if shade else GREY if true == answer else "black"
                    plot.text(answer, true, count, ha="center", va="center", color=colour, size=8)
        plot.set(xticks=range(10), yticks=range(10), xlabel="predicted digit", ylabel="true digit")
        plot.set_title(
            f"{name}\n{score['n'] - score['correct']} mistakes in {score['n']:,}", size=10
        )
    return figure


def _draw_reliability(scores: dict[str, Any]) -> plt.Figure:
    figure, axes = plt.subplots(figsize=(6, 6.2), layout="constrained")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="perfectly calibrated")
    for (name, score), colour, marker in zip(
        scores.items(), (BLUE, ORANGE, GREEN), "os^", strict=False
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
    axes.set(xlabel="mean confidence of a bin", ylabel="accuracy of the bin")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.set_title("15 bins of equal size", size=10)
    figure.legend(loc="outside lower center", fontsize=8)
    axes.grid(alpha=0.3)
    return figure


def _draw_learning_curves(history: list[dict[str, Any]], recipe: dict[str, Any]) -> plt.Figure:
    """Loss and error rate by epoch: the mean during training, and validation after the epoch."""
    figure, (losses, errors) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    epochs = [record["epoch"] for record in history]
    training = "training, augmented images" if recipe["augmentation"] else "training"
    losses.plot(epochs, [record["loss"] for record in history], color=GREY, label=training)
    error_rate = [1 - record["accuracy"] for record in history]
    errors.plot(epochs, error_rate, color=GREY, label=training)
    styles = zip((BLUE, ORANGE, GREEN), ("o-", "s--", "^:"), strict=True)
    for name, (colour, style) in zip(history[0]["validation_accuracy"], styles, strict=False):
        loss = [record["validation_loss"][name] for record in history]
        error_rate = [1 - record["validation_accuracy"][name] for record in history]
        for plot, values in ((losses, loss), (errors, error_rate)):
            plot.plot(
                epochs, values, style, color=colour, markersize=3, label=f"validation: {name}"
            )
    losses.set(xlabel="epoch", ylabel="loss (cross-entropy, nats)")
    errors.set(xlabel="epoch", ylabel="error rate", yscale="log")
    errors.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    errors.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
    errors.yaxis.set_minor_formatter(NullFormatter())
    for plot in (losses, errors):
        plot.xaxis.get_major_locator().set_params(integer=True)
        plot.grid(alpha=0.3, which="both")
    losses.legend()
    return figure


def draw_box_plot(result: dict[str, Any]) -> plt.Figure:
    """Draw a box plot of the accuracies of a cross-validation, with a dot for each fold."""
    figure, axes = plt.subplots(figsize=(4.5, 5), layout="constrained")
    accuracies = result["accuracies"]
    axes.boxplot(accuracies, widths=0.4, medianprops={"color": ORANGE}, showfliers=False)
    axes.plot(np.linspace(0.9, 1.1, len(accuracies)), accuracies, "o", color=BLUE, label="one fold")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=2))
    axes.set(xticks=[1], xticklabels=[result["architecture"]])
    axes.set_ylabel("accuracy on the held-out images")
    axes.set_title(
        f"mean {result['mean']:.3%}, standard deviation {result['standard_deviation']:.3%}, "
        f"n={result['n']}",
        size=10,
    )
    axes.grid(axis="y", alpha=0.3)
    axes.legend()
    return figure


def draw_rejection(rejection: dict[str, Any]) -> plt.Figure:
    """Draw digits accepted against non-digits refused: at all thresholds, and at the package's.

    `rejection` is `metrics["rejection"]`.
    """
    figure, (curve, shares) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    curve.plot(
        [point["accepted"] for point in rejection["curve"]],
        [point["refused"] for point in rejection["curve"]],
        "o-",
        color=BLUE,
        markersize=3,
    )
    curve.set(xlabel="digits accepted", ylabel="non-digits refused")
    curve.set_title(f"at all thresholds; AUROC {rejection['auroc']:.2%}", size=10)
    rows = [
        *[(name, found, BLUE, "o") for name, found in rejection["digits"].items()],
        *[(name, found, ORANGE, "s") for name, found in rejection["non_digits"].items()],
    ][::-1]
    for row, (_, found, colour, marker) in enumerate(rows):
        reach = np.abs(np.array(found["interval_95"]) - found["share"])[:, None]
        shares.errorbar(found["share"], row, xerr=reach, fmt=marker, color=colour, capsize=3)
    names = [
        f"{name} (n={found['n']:,})\n{'accepted' if 'accepted' in found else 'refused'}"
        for name, found, _, _ in rows
    ]
    shares.set_yticks(range(len(rows)), names, size=8)
    shares.set_title("at the package's threshold, with 95 % intervals", size=10)
    for axis in (curve.xaxis, curve.yaxis, shares.xaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    for plot in (curve, shares):
        plot.grid(alpha=0.3)
    return figure


def draw_corruptions(corruptions: dict[str, Any]) -> plt.Figure:
    """Draw the accuracy under each corruption, the lowest at the bottom.

    `corruptions` is `metrics["corruptions"]`.
    """
    found = sorted(corruptions["accuracy"].items(), key=lambda item: item[1])
    figure, axes = plt.subplots(figsize=(7, 1 + 0.28 * len(found)), layout="constrained")
    accuracies = [accuracy for _, accuracy in found]
    axes.barh(range(len(found)), accuracies, color=BLUE, height=0.6)
    axes.set_yticks(range(len(found)), [name for name, _ in found])
    axes.axvline(corruptions["mean"], color=GREY, linestyle="--")
    for row, accuracy in enumerate(accuracies):
        axes.text(accuracy, row, f" {accuracy:.1%}", va="center", size=8)
    axes.set_xlim(min(accuracies) - 0.05, 1.03)
    mean = f"dashed: the mean {corruptions['mean']:.1%}"
    axes.set_xlabel(f"accuracy, n={corruptions['n']:,} each; {mean}")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure
