"""A package's report: scores from `metrics.json`, figures, and the card's licence.

A stranger may have written them. Only numbers, short plain names and small PNG files are accepted,
and metrics in another format count as no report.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sketchdigits.errors import ModelPackageError
from sketchdigits.package.examples import read_small_png
from sketchdigits.package.files import CARD_FILE, METRICS_FILE, read_bounded

FIGURES = ("confusion_matrix", "reliability", "accuracy", "rejection")
MAX_METRICS_BYTES = 1024 * 1024
MAX_CARD_BYTES = 1024 * 1024
MAX_FIGURE_BYTES = 1024 * 1024
MAX_FIGURE_SIDE = 4096
MAX_SCORES = 40
MAX_PARAMETERS = 10**12
# The files of a report, as paths in the package, each with its size limit in bytes.
REPORT_FILES = {
    METRICS_FILE: MAX_METRICS_BYTES,
    CARD_FILE: MAX_CARD_BYTES,
    **{f"figures/{name}.png": MAX_FIGURE_BYTES for name in FIGURES},
}
_NAME = re.compile(r"[\w ,.%()'-]{1,80}")
_LICENCE = re.compile(r"^license: ([a-z0-9.-]{1,40})$", re.MULTILINE)
_COMMIT = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class Score:
    """The accuracy on one test set.

    Attributes:
        name: of the test set.
        n: the number of images.
        accuracy: share of images read correctly, 0-1.
        interval: 95 % confidence interval of the accuracy.
        per_digit: the accuracies for the digits 0 to 9.
    """

    name: str
    n: int
    accuracy: float
    interval: tuple[float, float]
    per_digit: tuple[float, ...]


@dataclass(frozen=True)
class Report:
    """A package's report.

    Attributes:
        scores: one for each test set.
        trained_at: the commit of the training code; empty if unknown.
        licence: its short name in the card's header, such as "apache-2.0"; empty if unknown.
        figures: `(h, w, 3|4) uint8` by name; a missing figure of `FIGURES` has no entry.
        parameters: the network's number of parameters; None if unknown.
    """

    scores: tuple[Score, ...]
    trained_at: str
    licence: str
    figures: dict[str, np.ndarray]
    parameters: int | None = None


def read_report(folder: Path) -> Report | None:
    """Read the report in a package's folder; None if it has none, or one in another format."""
    try:
        metrics = json.loads(read_bounded(folder / METRICS_FILE, folder.name, MAX_METRICS_BYTES))
        scores = tuple(_read_score(*item) for item in list(metrics["test"].items())[:MAX_SCORES])
        commit = metrics.get("training", {}).get("commit") or ""
        parameters = metrics.get("parameters")
    except (
        ModelPackageError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ):
        return None
    figures = {
        name: read_small_png(folder / f"figures/{name}.png", MAX_FIGURE_BYTES, MAX_FIGURE_SIDE)
        for name in FIGURES
    }
    return Report(
        scores,
        commit if isinstance(commit, str) and _COMMIT.fullmatch(commit) else "",
        _read_licence(folder / CARD_FILE),
        {name: figure for name, figure in figures.items() if figure is not None},
        parameters if type(parameters) is int and 0 < parameters < MAX_PARAMETERS else None,
    )


def _read_score(name: str, score: dict[str, Any]) -> Score:
    if not _NAME.fullmatch(name):
        raise ValueError("invalid name of a test set")
    low, high = (_share(bound) for bound in score["interval_95"])
    per_digit = tuple(_share(share) for share in score["per_digit"])
    if len(per_digit) != 10:
        raise ValueError("not ten digits")
    return Score(name, int(score["n"]), _share(score["accuracy"]), (low, high), per_digit)


def _share(value: Any) -> float:
    share = float(value)
    if not (math.isfinite(share) and 0 <= share <= 1):
        raise ValueError("not between 0 and 1")
    return share


def _read_licence(card: Path) -> str:
    """The licence in a card's header; empty if there is no card, or it names none."""
    try:
        text = read_bounded(card, card.parent.name, MAX_CARD_BYTES).decode()
    except (ModelPackageError, UnicodeDecodeError):
        return ""
    match = _LICENCE.search(text.split("\n---", 1)[0])
    return match[1] if match else ""
