"""K-fold cross-validation: how much the accuracy depends on which images were trained on.

Takes a dataset and a recipe. Writes a folder with a run folder for each fold (see `fit/loop.py`),
`cross_validation.json` and `cross_validation.png`. If it is stopped, the same command resumes it.

    python -m train crossval --architecture joy2469-cnn --folds 5 --seed 1
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold

from train.datasets.labelled_images import LabelledImages
from train.errors import RunError
from train.fit.intervals import wilson_interval
from train.fit.loop import fit_network
from train.fit.recipes import Recipe
from train.fit.run_folder import RUN_FILE, open_run, read_json, write_json
from train.fit.runs import describe_run
from train.fit.training_data import TrainingData
from train.reports.figures import draw_box_plot, save_figure

RESULT_FILE = "cross_validation.json"
FIGURE_FILE = "cross_validation.png"
HELD_OUT = "fold held out"


def split_folds(
    labels: np.ndarray, folds: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the indices `(training, held out)` of each fold: shuffled and stratified by digit.

    Raises:
        RunError: there can't be this number of folds.
    """
    rarest = np.bincount(labels).min()
    if not 2 <= folds <= rarest:
        raise RunError(f"There can be 2 to {rarest} folds of this dataset. Received: {folds}")
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return splitter.split(np.zeros(len(labels)), labels)


def describe_folds(
    architecture: str, recipe: Recipe, *, data: str, epochs: int, seed: int, folds: int
) -> dict[str, Any]:
    """Return what run.json records of every fold's run."""
    command = (
        f"crossval --architecture {architecture} --data {data} --folds {folds} --seed {seed} "
        f"--epochs {epochs} --batch-size {recipe.batch_size}"
    )
    return describe_run(
        architecture, recipe, data=[data], epochs=epochs, seed=seed, command=command
    )


def cross_validate(
    folder: Path,
    dataset: LabelledImages,
    recipe: Recipe,
    settings: dict[str, Any],
    *,
    folds: int,
    verbose: int = 1,
) -> dict[str, Any]:
    """Train once per fold from new weights, and score on the images that the fold held out.

    Args:
        folder: of the folds' runs and the result.
        dataset: images and labels, `(n, 28, 28) uint8`.
        recipe: how to train.
        settings: as for `fit_network`: `architecture`, `epochs`, `seed`.
        folds: how many.
        verbose: as for `fit_network`.

    Returns:
        The content of `cross_validation.json`. The standard deviation is over the folds
        (`numpy.std`); the interval is Wilson's 95 % over all images.

    Raises:
        RunError: `folder` holds something else, or folds with other settings.
    """
    accuracies = []
    for number, (training, held_out) in enumerate(
        split_folds(dataset.labels, folds, settings["seed"]), start=1
    ):
        run = folder / f"fold-{number}"
        fold_settings = {**settings, "fold": f"{number} of {folds}"}
        if len(history := open_run(run, fold_settings)) < settings["epochs"]:
            print(f"Fold {number} of {folds}", flush=True)
            data = TrainingData(
                {"folds": (dataset[training], len(training))}, {HELD_OUT: dataset[held_out]}
            )
            # Not calibrated, because the held-out images score it.
            fit_network(run, data, recipe, fold_settings, calibrate=False, verbose=verbose)
            history = open_run(run, fold_settings)
        accuracies.append(history[-1]["validation_accuracy"][HELD_OUT])
        print(f"Fold {number} of {folds}: {accuracies[-1]:.2%}", flush=True)
    correct = round(float(np.mean(accuracies)) * len(dataset))
    result = {
        **read_json(folder / "fold-1" / RUN_FILE),
        "folds": folds,
        "accuracies": accuracies,
        "mean": float(np.mean(accuracies)),
        "standard_deviation": float(np.std(accuracies)),
        "n": folds,
        "images": len(dataset),
        "interval_95": wilson_interval(correct, len(dataset)),
    }
    del result["fold"]
    write_json(folder / RESULT_FILE, result)
    save_figure(folder / FIGURE_FILE, draw_box_plot(result))
    return result
