"""One training run of the row network, from its options to a finished run folder.

Takes the options of `python -m train fit-rows`. Renders the lines and calls
`row_loop.fit_row_network`.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sketchdigits.architectures import DEFAULT_ARCHITECTURE, ROW_ARCHITECTURE
from sketchdigits.package.files import METRICS_FILE, ROW_WEIGHTS_FILE
from sketchdigits.package.row_network import load_row_model
from sketchdigits.package.settings import read_settings
from train.datasets import MNIST, PENDIGITS, UNIPEN, DatasetPaths
from train.errors import RunError
from train.fit.fine_tuning import load_start
from train.fit.hands import load_hands
from train.fit.row_loop import SHARED_WEIGHTS, RowRecipe, fit_row_network
from train.fit.run_folder import HISTORY_FILE, RUN_FILE, open_run, read_json
from train.fit.runs import describe_machine, describe_start, verbosity
from train.fit.training_data import VALIDATION_SEED
from train.rendering.line_images import render_lines

# Lines by the validation's writers, on which each epoch is measured.
VALIDATION_ROWS = 2_000
# What a run that goes on records of the training before it.
EARLIER_FIELDS = ("command", "commit", "resumed_at", "epochs", "recipe", "hours", "start")


def fit_row_run(
    run: Path,
    start: Path,
    recipe: RowRecipe,
    seed: int,
    paths: DatasetPaths,
    *,
    is_continued: bool = False,
) -> None:
    """Train the row network, or resume `run`: the command `fit-rows`.

    Args:
        run: the run's folder.
        start: the package with the `sketch-cnn` whose convolutions are the start.
        recipe: how to train.
        seed: of the lines, the weights and the distortions.
        paths: where the datasets' files are.
        is_continued: go on from all weights of the package's row network.

    Raises:
        RunError: `run` holds something else, or `start` another architecture or, to go on from, no
            row network.
        ModelPackageError: `start` is no package.
        DatasetError: a file is missing or damaged.
    """
    network = load_start(start, DEFAULT_ARCHITECTURE, 0.0)
    weights, description = network.weights[:SHARED_WEIGHTS], network.description
    command = f"fit-rows --start {describe_start(start)} --rows {recipe.rows}"
    if is_continued:
        weights, earlier = _load_row_network(start)
        description = {**description, "row_network": earlier}
        command += " --continue"
    command += f" --epochs {recipe.epochs} --precision {recipe.precision} --seed {seed}"
    settings = {
        "architecture": ROW_ARCHITECTURE,
        "data": [MNIST.name, PENDIGITS.name, UNIPEN.name],
        "epochs": recipe.epochs,
        "seed": seed,
        "recipe": asdict(recipe),
        "command": f"python -m train {command}",
        "start": description,
        **describe_machine(),
    }
    open_run(run, settings)  # refuses a wrong folder before the long work begins
    if (run / ROW_WEIGHTS_FILE).exists():
        print(f"{run} is finished already.")
        return
    train, validation = load_hands(paths)
    fit_row_network(
        run,
        render_lines(train, recipe.rows, seed),
        render_lines(validation, VALIDATION_ROWS, VALIDATION_SEED),
        recipe,
        weights,
        settings=settings,
        verbose=verbosity(),
    )


def _load_row_network(package: Path) -> tuple[list[np.ndarray], dict[str, Any]]:
    """The weights of a package's row network, and how it was trained."""
    settings = read_settings(package).row_network
    if settings is None:
        raise RunError(
            f"{package} has no row network, so --continue can't go on from it. "
            "Leave out --continue, or choose another --start."
        )
    network = load_row_model(package, settings, str(package))
    metrics = package / METRICS_FILE
    earlier = read_json(metrics).get("row_network", {}) if metrics.is_file() else {}
    described = {name: earlier[name] for name in EARLIER_FIELDS if name in earlier}
    return network.get_weights(), {"weights_sha256": settings.weights_sha256, **described}


def describe_row_run(run: Path) -> dict[str, Any]:
    """What a package's metrics record of its row network: the options, and its last epoch.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    settings, history = read_json(run / RUN_FILE), read_json(run / HISTORY_FILE)
    return {
        **settings,
        "parameters": _count_weights(run / ROW_WEIGHTS_FILE),
        "hours": sum(epoch["seconds"] for epoch in history) / 3600,
        "validation": {
            "n": VALIDATION_ROWS,
            **{name: history[-1][name] for name in ("numbers_right", "others_right")},
        },
    }


def _count_weights(path: Path) -> int:
    """How many numbers a weights file of Keras holds; to build the network would take seconds."""
    sizes: list[int] = []
    with h5py.File(path) as file:
        file.visititems(
            lambda _, found: sizes.append(found.size) if isinstance(found, h5py.Dataset) else None
        )
    return sum(sizes)
