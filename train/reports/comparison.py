"""Writes the comparison of all models as JSON, Markdown, CSV and a plot.

Enters: the result of `evaluate.comparison.compare`. Leaves: `comparison.json` with everything,
`comparison.md`, which docs/tutorials.md shows, `comparison.csv` and `comparison.png`.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import PercentFormatter

from train.fit.run_folder import write_json
from train.rendering.digits import EVALUATION_STYLES
from train.reports.figures import BLUE, GREEN, GREY, ORANGE, save_figure
from train.reports.formatting import duration, interval, percent

RESULT_FILE = "comparison.json"
MARKDOWN_FILE = "comparison.md"
_SCORES = {
    "mnist": "MNIST test",
    "drawings_resized": "drawings, the whole image resized",
    "drawings_preprocessed": "drawings, our preprocessing",
}


def write_comparison(folder: Path, comparison: dict[str, Any]) -> None:
    """Write all four files into `folder`, which is created if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / RESULT_FILE, comparison)
    (folder / MARKDOWN_FILE).write_text(format_markdown(comparison), encoding="utf-8")
    (folder / "comparison.csv").write_text(format_csv(comparison), encoding="utf-8")
    save_figure(folder / "comparison.png", _draw(comparison))


def format_markdown(comparison: dict[str, Any]) -> str:
    """Markdown: the table of models, how they were measured, and the table of claims."""
    models = comparison["models"]
    fastest = min(model["milliseconds"] for model in models.values())
    names = ("model", "parameters", "weights", "training", *_SCORES.values(), "one image")
    rows = [
        [
            f"`{name}`",
            f"{model['parameters']:,}",
            f"{model['file_bytes'] / 1e6:.2f} MB",
            _training_time(model["training"]),
            *(f"{percent(model[k]['accuracy'])} ({interval(model[k])})" for k in _SCORES),
            f"{model['milliseconds']:.2f} ms ({model['milliseconds'] / fastest:.1f}x)",
        ]
        for name, model in models.items()
    ]
    any_model = next(iter(models.values()))
    side = EVALUATION_STYLES[comparison["canvas"]].size
    claims = [
        [
            f"`{claim['architecture']}`",
            f"{claim['of']} {_claimed(claim)}",
            _measured(claim, comparison),
            claim["verdict"],
        ]
        for claim in comparison["claims"]
    ]
    return "\n".join(
        [
            *_table(names, rows),
            "",
            f"Measured in one run, on {comparison['machine']}; 95 % intervals are Wilson's. "
            f"MNIST test: n={any_model['mnist']['n']:,}, the images as they are; guessing would be "
            f"right 10 % of the time. Drawings: n={any_model['drawings_resized']['n']:,} digits by "
            f"{comparison['writers']} pen writers whom no model was trained on, "
            f"{comparison['canvas']} on {side}x{side} pixels, at a random place and size; the same "
            "canvases, resized whole to 28x28 as the tutorials do, and through our preprocessing. "
            "One image: the network alone, the median of a forward pass. (*) Loaded, and not "
            "trained in this run: the time is that of its last training, on pen strokes too; the "
            "model card says what it started from.",
            "",
            "What the tutorials claim, beside what was measured here:",
            "",
            *_table(("model", "claim", "here (95 % interval)", "verdict"), claims),
            "",
        ]
    )


def _table(names, rows) -> list[str]:
    lines = [names, ["---"] * len(names), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _training_time(training: dict[str, Any]) -> str:
    time = duration(training["seconds"])
    return f"{time} (*)" if training["loaded"] else time


def _claimed(claim: dict[str, Any]) -> str:
    return f"{claim['claimed']:.4f}" if claim["of"] == "test loss" else percent(claim["claimed"])


def _measured(claim: dict[str, Any], comparison: dict[str, Any]) -> str:
    low, high = claim["interval_95"]
    if claim["of"] == "test loss":
        return f"{claim['measured']:.4f} ({low:.4f}-{high:.4f})"
    text = f"{percent(claim['measured'])} ({interval(claim)})"
    if claim["of"] == "5-fold accuracy":
        folds = comparison["cross_validation"][claim["architecture"]]
        text += f", standard deviation {percent(folds['standard_deviation'], 3)}, n={folds['n']}"
    return text


def format_csv(comparison: dict[str, Any]) -> str:
    """CSV: one row per model, shares as 0-1, times in seconds and milliseconds, sizes in bytes."""
    text = io.StringIO()
    columns = ["architecture", "parameters", "file_bytes", "training_seconds", "milliseconds"]
    columns += [f"{key}_{part}" for key in _SCORES for part in ("n", "accuracy", "low", "high")]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for name, model in comparison["models"].items():
        scores = [
            value
            for key in _SCORES
            for value in (model[key]["n"], model[key]["accuracy"], *model[key]["interval_95"])
        ]
        sizes = (model["parameters"], model["file_bytes"], model["training"]["seconds"])
        writer.writerow([name, *sizes, model["milliseconds"], *scores])
    return text.getvalue()


def _draw(comparison: dict[str, Any]) -> plt.Figure:
    """Accuracy of every model on MNIST and on drawings, with both kinds of preprocessing."""
    models = comparison["models"]
    figure, axes = plt.subplots(figsize=(9, 1.6 + 0.62 * len(models)), layout="constrained")
    places = np.arange(len(models))[::-1]
    styles = zip(_SCORES.items(), (GREY, ORANGE, BLUE), (0.27, 0, -0.27), strict=True)
    for (key, label), colour, shift in styles:
        accuracies = np.array([model[key]["accuracy"] for model in models.values()])
        intervals = np.array([model[key]["interval_95"] for model in models.values()])
        reach = np.abs(intervals - accuracies[:, None]).T
        axes.barh(places + shift, accuracies, 0.25, color=colour, label=label)
        axes.errorbar(accuracies, places + shift, xerr=reach, fmt="none", color="black", capsize=2)
        for place, share, (_, high) in zip(places, accuracies, intervals, strict=True):
            axes.text(high + 0.01, place + shift, f"{share:.1%}", va="center", size=8)
    axes.axvline(0.1, color=GREEN, linestyle="--", label="guessing")
    axes.set_yticks(places, list(models))
    axes.set(xlim=(0, 1.08), xlabel="accuracy, with its 95 % interval")
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    figure.legend(loc="outside upper center", ncols=2, fontsize=9)
    return figure
