"""The results of `ablate` as the model card's table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from train.errors import RunError

ABLATION_FILE = "ablation.json"


def describe_ablation(path: Path, recipe: dict[str, Any]) -> dict[str, Any]:
    """Describe an ablation for the card.

    Args:
        path: the file that `ablate` wrote.
        recipe: the recipe of the packaged run. Settings that had another value in the ablation are
            listed as `other_settings`.

    Returns:
        `epochs`, `commit`, `machine`, `other_settings` and the `rows` of `summarise_ablation`.

    Raises:
        RunError: `ablate` didn't write the file.
    """
    try:
        found = json.loads(path.read_text())
        described = {key: found[key] for key in ("epochs", "commit", "machine")}
        other = {
            key: value
            for key, value in found["recipe"].items()
            if key in recipe and recipe[key] != value and key != "precision"
        }
        return {**described, "other_settings": other, "rows": summarise_ablation(found)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{path} isn't what `python -m train ablate` writes: expected its {ABLATION_FILE}."
        ) from error


def summarise_ablation(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row per variant: the mean over its seeds of every measure, and the deviation.

    The deviation is the sample standard deviation; None for one seed.
    """
    rows = []
    for name in dict.fromkeys(run["variant"] for run in found["runs"]):
        runs = [run for run in found["runs"] if run["variant"] == name]
        measures = [key for key in runs[0] if key not in {"variant", "seed"}]
        values = np.array([[run[key] for key in measures] for run in runs])
        spread = values.std(axis=0, ddof=1) if len(runs) > 1 else [None] * len(measures)
        rows.append(
            {
                "variant": name,
                "seeds": len(runs),
                "mean": dict(zip(measures, values.mean(axis=0).tolist(), strict=True)),
                "deviation": dict(
                    zip(measures, [None if s is None else float(s) for s in spread], strict=True)
                ),
            }
        )
    return rows
