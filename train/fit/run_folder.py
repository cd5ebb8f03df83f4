"""A run's folder and its JSON files: what was asked for, and what has been done of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchdigits.package.files import METRICS_FILE, SETTINGS_FILE
from sketchdigits.package.settings import PackageSettings
from train.errors import RunError

if TYPE_CHECKING:
    import keras

MODEL_FILE = "model.keras"
RUN_FILE = "run.json"
HISTORY_FILE = "history.json"


def is_finished(run: Path) -> bool:
    """Whether a run's model is trained; its package's settings are the last that is written."""
    return (run / SETTINGS_FILE).is_file()


def read_json(path: Path) -> Any:
    """The contents of one of a run's JSON files.

    Raises:
        RunError: it is missing or damaged.
    """
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise RunError(
            f"No {path.name} in {path.parent}: expected a folder that `python -m train fit` wrote."
        ) from error
    except (OSError, ValueError) as error:
        raise RunError(
            f"{path} is damaged ({error}). Delete the folder and train again."
        ) from error


def read_run_settings(run: Path) -> dict[str, Any]:
    """What was asked for of a run.

    The copy of a package, to be scored with newer preprocessing, tells it in its metrics.

    Raises:
        RunError: it is missing or damaged.
    """
    if _is_package(run):
        return read_json(run / METRICS_FILE)["training"]
    return read_json(run / RUN_FILE)


def read_history(run: Path) -> list[dict[str, Any]] | None:
    """A run's epochs; None of a package's copy, which has them as a picture alone.

    Raises:
        RunError: the file is missing or damaged.
    """
    return None if _is_package(run) else read_json(run / HISTORY_FILE)


def _is_package(run: Path) -> bool:
    return not (run / RUN_FILE).exists() and (run / METRICS_FILE).is_file()


def load_run_model(run: Path) -> tuple[keras.Model, PackageSettings]:
    """Load the trained model of a finished run, with the settings of its package.

    Raises:
        RunError: the run is not finished.
        ModelPackageError: its files are damaged.
    """
    from sketchdigits.package.keras_files import load_network  # heavy: Keras

    read_run_settings(run)
    if not is_finished(run):
        raise RunError(f"{run} is not finished. Run its `fit` command again to go on.")
    return load_network(run)


def save_run_model(run: Path, network: keras.Model, settings: PackageSettings) -> None:
    """Write the model in one file, and the files of its package without `model.tflite`.

    `python -m train package` adds `model.tflite`.
    """
    from sketchdigits.package.keras_files import save_network  # heavy: Keras

    part = run / "model.part.keras"
    network.save(part)
    os.replace(part, run / MODEL_FILE)
    save_network(run, network, settings, with_litert=False)


def record_calibration(run: Path, commit: str) -> None:
    """Note in a run, or in the copy of a package, the commit that it was calibrated at again."""
    if _is_package(run):
        metrics = read_json(run / METRICS_FILE)
        metrics["training"]["calibrated_at"] = commit
        write_json(run / METRICS_FILE, metrics)
    else:
        write_json(run / RUN_FILE, {**read_json(run / RUN_FILE), "calibrated_at": commit})


def write_json(path: Path, content: Any) -> None:
    """Write `content` whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2) + "\n")
    os.replace(part, path)


# What may differ between the first start of a run and its resumption.
_INCIDENTAL = ("commit", "resumed_at", "calibrated_at", "versions", "machine")


def open_run(run: Path, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Create the run's folder, or check that it is ours to go on with; return its history.

    A commit at which it is gone on with is noted as `resumed_at`.

    Raises:
        RunError: the folder holds something else, or epochs of a run with other settings.
    """
    if not (run / RUN_FILE).exists() and run.exists() and any(run.iterdir()):
        raise RunError(f"{run} holds something else. Choose another folder with --run.")
    if not (run / HISTORY_FILE).exists():  # nothing to go on with, and nothing to lose
        run.mkdir(parents=True, exist_ok=True)
        write_json(run / RUN_FILE, settings)
        return []
    begun = read_json(run / RUN_FILE)
    differing = [
        key
        for key in sorted({*begun, *settings})
        if key not in _INCIDENTAL and begun.get(key) != settings.get(key)
    ]
    if differing:
        raise RunError(
            f"{run} was begun with another {', '.join(differing)} "
            f"({', '.join(repr(begun.get(key)) for key in differing)}). "
            "Use the same options to resume it, or another folder with --run."
        )
    commits = [begun.get("commit"), *begun.get("resumed_at", [])]
    if settings.get("commit") != commits[-1] and not is_finished(run):
        write_json(run / RUN_FILE, {**begun, "resumed_at": [*commits[1:], settings.get("commit")]})
    return read_json(run / HISTORY_FILE)
