"""Pictures of what `evaluate` found beyond accuracy: what is refused, and what corruption does.

Enters: `rejection` and `corruptions` of `metrics.json`. Leaves: figures, saved by `figures.py`.
"""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter

from train.figures import BLUE, GREY, ORANGE


def draw_rejection(rejection: dict[str, Any]) -> plt.Figure:
    """The trade between digits accepted and others refused, and both at the threshold."""
    figure, (trade, shares) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    trade.plot(
        [point["accepted"] for point in rejection["curve"]],
        [point["refused"] for point in rejection["curve"]],
        "o-",
        color=BLUE,
        markersize=3,
    )
    trade.set(xlabel="digits accepted", ylabel="others refused")
    trade.set_title(f"at all thresholds; AUROC {rejection['auroc']:.2%}", size=10)
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
    for axis in (trade.xaxis, trade.yaxis, shares.xaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    for plot in (trade, shares):
        plot.grid(alpha=0.3)
    return figure


def draw_corruptions(corruptions: dict[str, Any]) -> plt.Figure:
    """Accuracy under each corruption, the worst below."""
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
