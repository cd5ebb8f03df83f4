"""The files of a run's folder: run.json (the options), history.json (the epochs), the model.

The copy of a package can take the place of a run, so that `evaluate` can score it again after a
change of the preprocessing. It has no run.json: its options are in metrics.json.
"""

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

    from sketchdigits.package.row_network import RowFiles

MODEL_FILE = "model.keras"
RUN_FILE = "run.json"
HISTORY_FILE = "history.json"
# Settings that may differ between the first start of a run and its resumption.
_MAY_DIFFER = ("commit", "resumed_at", "calibrated_at", "calibrated_on", "versions", "machine")


def is_finished(run: Path) -> bool:
    """Whether the run's model is trained: sketchdigits.json is written last."""
    return (run / SETTINGS_FILE).is_file()


def read_json(path: Path) -> Any:
    """Read one of a run's JSON files.

    Raises:
        RunError: the file is missing or damaged.
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
    """Read the options of a run, or of a package's copy.

    Raises:
        RunError: the file is missing or damaged.
    """
    if _is_package(run):
        return read_json(run / METRICS_FILE)["training"]
    return read_json(run / RUN_FILE)


def read_history(run: Path) -> list[dict[str, Any]] | None:
    """Read the epochs of a run. None for a package's copy, which has only a picture of them.

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
        raise RunError(f"{run} is not finished. Run its `fit` command again to resume it.")
    return load_network(run)


def save_run_model(run: Path, network: keras.Model, settings: PackageSettings) -> None:
    """Write model.keras, and the files of a package except model.tflite.

    `python -m train package` adds model.tflite. The row network of a package's copy stays.
    """
    from sketchdigits.package.keras_files import save_network  # heavy: Keras
    from sketchdigits.package.row_network import write_row_files

    rows = find_row_files(run, settings)
    part = run / "model.part.keras"  # renamed when it is whole
    network.save(part)
    os.replace(part, run / MODEL_FILE)
    save_network(run, network, settings, with_litert=False)
    if rows:
        write_row_files(run, rows)


def find_row_files(run: Path, settings: PackageSettings) -> RowFiles | None:
    """Read the row network of a package's copy that has these settings; None if there is none.

    Raises:
        ModelPackageError: a file is missing or damaged.
    """
    from sketchdigits.package.row_network import read_row_files

    if settings.row_network is None:
        return None
    return read_row_files(run, settings.row_network, str(run))


def record_calibration(run: Path, commit: str, data: list[str]) -> None:
    """Record in a run, or a package's copy, when and on what it was calibrated again.

    Args:
        run: the folder.
        commit: of the code that calibrated it again.
        data: names of the datasets whose validation parts were used.
    """
    record = {"calibrated_at": commit, "calibrated_on": data}
    if _is_package(run):
        metrics = read_json(run / METRICS_FILE)
        metrics["training"] |= record
        write_json(run / METRICS_FILE, metrics)
    else:
        write_json(run / RUN_FILE, {**read_json(run / RUN_FILE), **record})


def write_json(path: Path, content: Any) -> None:
    """Write `content`; a process that is killed never leaves half a file."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2) + "\n")
    os.replace(part, path)


def open_run(run: Path, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Create the run's folder, or check that it holds this run; return its history.

    If a run is resumed at another commit, run.json records that as `resumed_at`.

    Args:
        run: the folder.
        settings: of this run; `run.json` records them.

    Returns:
        One record per finished epoch: `[]` for a new run.

    Raises:
        RunError: the folder holds something else, or a run with other settings.
    """
    if not (run / RUN_FILE).exists() and run.exists() and any(run.iterdir()):
        raise RunError(f"{run} holds something else. Choose another folder with --run.")
    if not (run / HISTORY_FILE).exists():  # no epoch is finished: nothing to resume or to lose
        run.mkdir(parents=True, exist_ok=True)
        write_json(run / RUN_FILE, settings)
        return []
    begun = read_json(run / RUN_FILE)
    differing = [
        key
        for key in sorted({*begun, *settings})
        if key not in _MAY_DIFFER and begun.get(key) != settings.get(key)
    ]
    if differing:
        raise RunError(
            f"{run} was started with a different {', '.join(differing)} "
            f"({', '.join(repr(begun.get(key)) for key in differing)}). "
            "Use the same options to resume it, or another folder with --run."
        )
    commits = [begun.get("commit"), *begun.get("resumed_at", [])]
    if settings.get("commit") != commits[-1] and not is_finished(run):
        write_json(run / RUN_FILE, {**begun, "resumed_at": [*commits[1:], settings.get("commit")]})
    return read_json(run / HISTORY_FILE)
