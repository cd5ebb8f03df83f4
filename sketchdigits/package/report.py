"""What a package tells of itself: figures of `metrics.json`, pictures, and its licence.

A stranger may have written it: what isn't of the expected form is no report, and only numbers,
short plain names and small PNGs are taken out of it.
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
_MAX_SCORES = 40
_NAME = re.compile(r"[\w ,.%()'-]{1,80}")
_LICENCE = re.compile(r"^license: ([a-z0-9.-]{1,40})$", re.MULTILINE)
_COMMIT = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class Score:
    """How much of one test set was read right.

    Attributes:
        name: of the test set.
        n: images.
        accuracy: share read right, 0-1.
        interval: its 95 % interval.
        per_digit: the accuracy of each digit, ten of them.
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
        scores: a test set each.
        trained_at: the commit that it was trained at; empty where none is named.
        licence: its short name in the card's header, such as "apache-2.0"; empty where none is.
        figures: `(h, w, 3|4) uint8` by name, those of `FIGURES` that there are.
    """

    scores: tuple[Score, ...]
    trained_at: str
    licence: str
    figures: dict[str, np.ndarray]


# What a report consists of, as paths in the package, with the most bytes of each.
REPORT_FILES = {
    METRICS_FILE: MAX_METRICS_BYTES,
    CARD_FILE: MAX_CARD_BYTES,
    **{f"figures/{name}.png": MAX_FIGURE_BYTES for name in FIGURES},
}


def read_report(folder: Path) -> Report | None:
    """The report in a package's folder; None where there is none, or none of this form."""
    try:
        metrics = json.loads(read_bounded(folder / METRICS_FILE, folder.name, MAX_METRICS_BYTES))
        scores = tuple(_read_score(*item) for item in list(metrics["test"].items())[:_MAX_SCORES])
        commit = metrics.get("training", {}).get("commit") or ""
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
    )


def _read_score(name: str, score: dict[str, Any]) -> Score:
    if not _NAME.fullmatch(name):
        raise ValueError("no name of a test set")
    low, high = (_share(bound) for bound in score["interval_95"])
    per_digit = tuple(_share(share) for share in score["per_digit"])
    if len(per_digit) != 10:
        raise ValueError("not ten digits")
    return Score(name, int(score["n"]), _share(score["accuracy"]), (low, high), per_digit)


def _share(value: Any) -> float:
    share = float(value)
    if not (math.isfinite(share) and 0 <= share <= 1):
        raise ValueError("no share of 0 to 1")
    return share


def _read_licence(card: Path) -> str:
    """The licence that a card's header names; empty where there is no such card."""
    try:
        text = read_bounded(card, card.parent.name, MAX_CARD_BYTES).decode()
    except (ModelPackageError, UnicodeDecodeError):
        return ""
    named = _LICENCE.search(text.split("\n---", 1)[0])
    return named[1] if named else ""
