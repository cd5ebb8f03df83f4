"""One training run of the row network, from its options to a finished run folder.

Takes the options of `python -m train fit-rows`. Renders the lines and calls
`row_loop.fit_row_network`.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py

from sketchdigits.architectures import DEFAULT_ARCHITECTURE, ROW_ARCHITECTURE
from sketchdigits.package.files import ROW_WEIGHTS_FILE
from train.datasets import MNIST, PENDIGITS, UNIPEN, DatasetPaths
from train.fit.fine_tuning import load_start
from train.fit.hands import load_hands
from train.fit.row_loop import RowRecipe, fit_row_network
from train.fit.run_folder import HISTORY_FILE, RUN_FILE, open_run, read_json
from train.fit.runs import describe_machine, describe_start, verbosity
from train.fit.training_data import VALIDATION_SEED
from train.rendering.line_images import render_lines

# Lines by the validation's writers, on which each epoch is measured.
VALIDATION_ROWS = 2_000


def fit_row_run(run: Path, start: Path, recipe: RowRecipe, seed: int, paths: DatasetPaths) -> None:
    """Train the row network, or resume `run`: the command `fit-rows`.

    Args:
        run: the run's folder.
        start: the package with the `sketch-cnn` whose convolutions are the start.
        recipe: how to train.
        seed: of the lines, the weights and the distortions.
        paths: where the datasets' files are.

    Raises:
        RunError: `run` holds something else, or `start` another architecture.
        ModelPackageError: `start` is no package.
        DatasetError: a file is missing or damaged.
    """
    network = load_start(start, DEFAULT_ARCHITECTURE, 0.0)
    command = f"fit-rows --start {describe_start(start)} --rows {recipe.rows}"
    command += f" --epochs {recipe.epochs} --precision {recipe.precision} --seed {seed}"
    settings = {
        "architecture": ROW_ARCHITECTURE,
        "data": [MNIST.name, PENDIGITS.name, UNIPEN.name],
        "epochs": recipe.epochs,
        "seed": seed,
        "recipe": asdict(recipe),
        "command": f"python -m train {command}",
        "start": network.description,
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
        network.weights,
        settings=settings,
        verbose=verbosity(),
    )


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
