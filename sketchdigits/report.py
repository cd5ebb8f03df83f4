"""What a package tells of its own quality: figures of `metrics.json`, and pictures.

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
from PIL import Image

from sketchdigits.errors import InvalidImageError
from sketchdigits.images import DECODER_FAULTS, read_image

METRICS_FILE = "metrics.json"
FIGURES = ("confusion_matrix", "reliability", "accuracy", "rejection")
MAX_METRICS_BYTES = 1024 * 1024
MAX_FIGURE_BYTES = 1024 * 1024
MAX_FIGURE_SIDE = 4096
_MAX_SCORES = 40
_NAME = re.compile(r"[\w ,.%()'-]{1,80}")
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
        figures: `(h, w, 3|4) uint8` by name, those of `FIGURES` that there are.
    """

    scores: tuple[Score, ...]
    trained_at: str
    figures: dict[str, np.ndarray]


# What a report consists of, as paths in the package, with the most bytes of each.
REPORT_FILES = {
    METRICS_FILE: MAX_METRICS_BYTES,
    **{f"figures/{name}.png": MAX_FIGURE_BYTES for name in FIGURES},
}


def download_report(
    repo_id: str,
    commit: str,
    *,
    token: str | bool | None = None,
    cache_dir: str | Path | None = None,
    timeout: float = 20.0,
) -> Report | None:
    """The report of a package on the Hub, from the cache where it is there; None as above.

    Raises:
        HubError: the Hub refuses, has not all of it, or has no useful answer.
    """
    from sketchdigits.hub_download import download_files

    snapshot = download_files(
        repo_id,
        REPORT_FILES,
        revision=commit,
        token=token,
        cache_dir=cache_dir,
        local_files_only=False,
        force_download=False,
        timeout=timeout,
    )
    return read_report(snapshot.folder)


def read_report(folder: Path) -> Report | None:
    """The report in a package's folder; None where there is none, or none of this form."""
    path = folder / METRICS_FILE
    try:
        if path.stat().st_size > MAX_METRICS_BYTES:
            return None
        metrics = json.loads(path.read_bytes())
        scores = tuple(_read_score(*item) for item in list(metrics["test"].items())[:_MAX_SCORES])
        commit = metrics.get("training", {}).get("commit") or ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    figures = {name: _read_figure(folder / "figures" / f"{name}.png") for name in FIGURES}
    return Report(
        scores,
        commit if isinstance(commit, str) and _COMMIT.fullmatch(commit) else "",
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


def _read_figure(path: Path) -> np.ndarray | None:
    try:
        if not path.is_file() or path.stat().st_size > MAX_FIGURE_BYTES:
            return None
        with Image.open(path, formats=("PNG",)) as header:  # reads no pixels yet
            if max(header.size) > MAX_FIGURE_SIDE:
                return None
        return read_image(path)
    except (InvalidImageError, *DECODER_FAULTS):
        return None
