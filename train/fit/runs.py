"""One training run, from its options to a finished run folder.

Takes the options of `python -m train fit`. Checks them, loads the images and calls
`loop.fit_network`.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras

from sketchdigits.architectures import ARCHITECTURES
from train import REPOSITORY
from train.datasets import (
    DRAWN_DIGITS,
    DRAWN_NON_DIGITS,
    MNIST,
    OMNIGLOT,
    PENDIGITS,
    UNIPEN,
    DatasetPaths,
)
from train.errors import RunError
from train.fit.corrections import add_corrections, describe_corrections, load_corrections
from train.fit.fine_tuning import DEFAULT_KEPT_SHARE, load_start
from train.fit.loop import fit_network
from train.fit.recipes import RECIPES, Precision, Recipe, for_fine_tuning
from train.fit.run_folder import is_finished, open_run
from train.fit.training_data import load_published_split, load_training_data
from train.fit.tutorials import TUTORIALS

# The datasets of our own architecture.
OWN_DATA = (
    MNIST.name,
    PENDIGITS.name,
    UNIPEN.name,
    DRAWN_DIGITS,
    OMNIGLOT.name,
    DRAWN_NON_DIGITS,
)
NO_PATHS = DatasetPaths()


def fit_run(
    run: Path,
    architecture: str,
    *,
    data: Sequence[str] | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    precision: Precision | None = None,
    seed: int = 0,
    as_published: bool = False,
    corrections: Sequence[Path] | None = None,
    start: Path | None = None,
    kept_share: float = DEFAULT_KEPT_SHARE,
    paths: DatasetPaths = NO_PATHS,
) -> None:
    """Train an architecture by its recipe, or resume `run`: the command `fit`.

    Args:
        run: the run's folder.
        architecture: a name in `ARCHITECTURES`.
        data: names of datasets; None: `default_data`.
        epochs, batch_size, precision: None: the recipe's.
        seed: of the weights and the augmentation.
        as_published: train a tutorial on all 60,000 images of MNIST, validated on the test split.
        corrections: folders with corrections by the page's visitors.
        start: a package to start from, for fewer epochs with smaller steps; None: random weights.
        kept_share: 0-1, the share of the start's weights in the final network.
        paths: where the datasets' files are.

    Raises:
        RunError: the architecture is unknown, `run` holds something else, or the options
            contradict each other.
        ModelPackageError: `start` is no package.
        DatasetError: a name is unknown, a file is missing or damaged, or a folder has no
            corrections.
    """
    recipe = choose_recipe(architecture, batch_size, precision)
    if start:
        recipe = for_fine_tuning(recipe)
    data = list(data or default_data(architecture))
    if as_published and (architecture not in TUTORIALS or data != [MNIST.name]):
        raise RunError(
            "--as-published repeats a tutorial, on MNIST alone. "
            f"Choose from: {', '.join(TUTORIALS)}. Received: {architecture} on {' '.join(data)}"
        )
    if as_published and corrections:
        raise RunError("--as-published repeats a tutorial, which had no --corrections.")
    if as_published and start:
        raise RunError("--as-published repeats a tutorial, which had no --start.")
    learns_non_digits = bool({OMNIGLOT.name, UNIPEN.name, DRAWN_NON_DIGITS} & {*data})
    if learns_non_digits and not recipe.learns_from_logits:
        raise RunError(
            f"{architecture} can't learn what is no digit: its recipe's loss takes probabilities "
            "or sparse labels. Leave out omniglot, unipen and drawn-non-digits."
        )
    epochs = epochs or recipe.epochs
    command = f"fit --architecture {architecture} --data {' '.join(data)} --epochs {epochs}"
    command += f" --seed {seed}"
    # Each option's name and its value, without paths.
    others = {
        "batch-size": batch_size,
        "precision": precision,
        "as-published": "" if as_published else None,
        "corrections": "FOLDER" if corrections else None,
        "start": describe_start(start),
        "keep": kept_share if start else None,
    }
    given = {name: value for name, value in others.items() if value is not None}
    command += "".join(f" --{name} {value}".rstrip() for name, value in given.items())
    settings = describe_run(
        architecture, recipe, data=data, epochs=epochs, seed=seed, command=command
    )
    settings["as_published"] = as_published
    start_network = load_start(start, architecture, kept_share) if start else None
    if start_network:
        settings["start"] = start_network.description
    if corrections:
        corrected = load_corrections(corrections, non_digits=learns_non_digits)
        settings["corrections"] = describe_corrections(corrected)
    open_run(run, settings)  # refuses a wrong folder before the long work begins
    if is_finished(run):
        print(f"{run} is finished already.")
        return
    if as_published:
        images = load_published_split(paths)
    else:
        images = load_training_data(data, recipe, paths, seed=seed)
    if corrections:
        images = add_corrections(images, corrected)
    # Trained as published, a network has no clean validation images to calibrate on.
    fit_network(
        run,
        images,
        recipe,
        settings,
        start=start_network,
        calibrate=not as_published,
        verbose=verbosity(),
    )


def describe_start(package: Path | None) -> str | None:
    """Return `model` for this repository's package: its place is no secret."""
    if package is None:
        return None
    return "model" if package.resolve() == REPOSITORY / "model" else "FOLDER"


def choose_recipe(
    architecture: str, batch_size: int | None = None, precision: Precision | None = None
) -> Recipe:
    """Return an architecture's recipe, with another batch size or precision if one is given.

    Raises:
        RunError: the architecture is unknown.
    """
    if architecture not in ARCHITECTURES:
        raise RunError(
            f"Unknown architecture {architecture!r}. Choose from: {', '.join(ARCHITECTURES)}"
        )
    recipe = RECIPES[architecture]
    return replace(
        recipe,
        batch_size=batch_size or recipe.batch_size,
        precision=precision or recipe.precision,
    )


def default_data(architecture: str) -> list[str]:
    """Return MNIST for a tutorial, and `OWN_DATA` for our own architecture."""
    return [MNIST.name] if architecture in TUTORIALS else list(OWN_DATA)


def describe_run(
    architecture: str, recipe: Recipe, *, data: list[str], epochs: int, seed: int, command: str
) -> dict[str, Any]:
    """Return what `run.json` records of every run.

    `command` is what follows `python -m train`, without paths: they are private, and run.json is
    published in the metrics.
    """
    return {
        "architecture": architecture,
        "data": data,
        "epochs": epochs,
        "seed": seed,
        "recipe": asdict(recipe),
        "as_published": False,
        "command": f"python -m train {command}",
        **describe_machine(),
    }


def describe_machine() -> dict[str, Any]:
    """Return the commit, the versions and the machine: the circumstances of a measurement."""
    backend = keras.backend.backend()
    return {
        "commit": current_commit(),
        "versions": {
            "python": platform.python_version(),
            backend: import_module(backend).__version__,
            **{name: version(name) for name in ("keras", "numpy", "pillow")},
        },
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
    }


def verbosity() -> int:
    """Return Keras's `verbose`: 1 (a progress bar) in a terminal, 2 (a line an epoch) in a log."""
    return 1 if sys.stdout.isatty() else 2


def current_commit() -> str:
    """Return the commit, with `+changes` if tracked files differ from it; `unknown` outside git."""
    here = Path(__file__).parent
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True
        ).stdout.strip()
        changes = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit + ("+changes" if changes else "")
