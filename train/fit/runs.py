"""One training run, from what was asked for to a finished run folder."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tensorflow

from sketchdigits.architectures import ARCHITECTURES
from train.datasets import (
    DRAWN_DIGITS,
    DRAWN_NON_DIGITS,
    MNIST,
    OMNIGLOT,
    PENDIGITS,
    DatasetPaths,
)
from train.errors import RunError
from train.fit.corrections import add_corrections, describe_corrections, load_corrections
from train.fit.loop import fit_model
from train.fit.recipes import RECIPES, Precision, Recipe
from train.fit.run_folder import is_finished, open_run
from train.fit.training_data import load_published_split, load_training_data
from train.fit.tutorials import TUTORIALS

RUNS = Path("runs")
OWN_DATA = (MNIST.name, PENDIGITS.name, DRAWN_DIGITS, OMNIGLOT.name, DRAWN_NON_DIGITS)
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
    paths: DatasetPaths = NO_PATHS,
) -> None:
    """Train an architecture by its recipe, or go on with `run`; what is None is the recipe's.

    `corrections` are folders of what the page's visitors put right.

    Raises:
        RunError: the architecture is unknown, `run` holds something else, or the options
            contradict each other.
        DatasetError: a name is unknown, a file is missing or damaged, or a folder has no
            corrections.
    """
    recipe = choose_recipe(architecture, batch_size, precision)
    data = list(data or default_data(architecture))
    if as_published and (architecture not in TUTORIALS or data != ["mnist"]):
        raise RunError(
            "--as-published repeats a tutorial, on MNIST alone. "
            f"Choose from: {', '.join(TUTORIALS)}. Received: {architecture} on {' '.join(data)}"
        )
    if as_published and corrections:
        raise RunError("--as-published repeats a tutorial, which had no --corrections.")
    learns_non_digits = bool({OMNIGLOT.name, DRAWN_NON_DIGITS} & {*data})
    if learns_non_digits and not recipe.learns_from_logits:
        raise RunError(
            f"{architecture}'s recipe has no place for what is no digit: its loss takes "
            "probabilities, or labels that are digits. Leave out omniglot and drawn-non-digits."
        )
    epochs = epochs or recipe.epochs
    command = f"fit --architecture {architecture} --data {' '.join(data)} --epochs {epochs}"
    command += f" --seed {seed}"
    if batch_size:
        command += f" --batch-size {batch_size}"
    if precision:
        command += f" --precision {precision}"
    if as_published:
        command += " --as-published"
    if corrections:
        command += " --corrections FOLDER"
    settings = describe_run(
        architecture, recipe, data=data, epochs=epochs, seed=seed, command=command
    )
    settings["as_published"] = as_published
    if corrections:
        corrected = load_corrections(corrections, non_digits=learns_non_digits)
        settings["corrections"] = describe_corrections(corrected)
    open_run(run, settings)  # a wrong folder is refused before the long work begins
    if is_finished(run):
        print(f"{run} is finished already.")
        return
    if as_published:
        images = load_published_split(paths)
    else:
        images = load_training_data(data, recipe, paths, seed=seed)
    if corrections:
        images = add_corrections(images, corrected)
    # What was published has no clean validation images to be calibrated on.
    fit_model(run, images, recipe, settings, calibrate=not as_published, verbose=verbosity())


def choose_recipe(
    architecture: str, batch_size: int | None = None, precision: Precision | None = None
) -> Recipe:
    """An architecture's recipe, with another batch size or precision if one is given.

    Raises:
        RunError: there is no such architecture.
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
    """The tutorials have MNIST alone; ours has drawings too, and what is no digit."""
    return ["mnist"] if architecture in TUTORIALS else list(OWN_DATA)


def describe_run(
    architecture: str, recipe: Recipe, *, data: list[str], epochs: int, seed: int, command: str
) -> dict[str, Any]:
    """What every run records of itself, in `run.json`.

    `command` is what follows `python -m train`, without paths: where the datasets lie is nobody
    else's business.
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
    """The commit, the versions and the machine that something was measured with."""
    return {
        "commit": current_commit(),
        "versions": {
            "python": platform.python_version(),
            "tensorflow": tensorflow.__version__,
            **{name: version(name) for name in ("keras", "numpy", "pillow")},
        },
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
    }


def verbosity() -> int:
    """Keras's: a bar where someone watches; a line an epoch in a log."""
    return 1 if sys.stdout.isatty() else 2


def current_commit() -> str:
    """The checkout's commit, with `+changes` where files differ from it; `unknown` outside git."""
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
