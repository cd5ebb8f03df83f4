"""Calibrate a trained network on validation: its temperature, and its threshold for no digit.

`fit` ends with it. For a finished run it can be repeated without training, for instance after a
change of `rejection.py`:

    python -m train calibrate --run runs/sketch-cnn
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import keras

from sketchdigits.package.settings import PackageSettings
from train.datasets import DatasetPaths
from train.datasets.labelled_images import LabelledImages
from train.errors import RunError
from train.fit.calibration import apply_temperature, end_at_logits, fit_temperature
from train.fit.rejection import fit_digit_score
from train.fit.run_folder import (
    load_run_model,
    read_run_settings,
    record_calibration,
    save_run_model,
)
from train.fit.training_data import load_validation

# Fitting twice gives the same temperature but for rounding. A smaller change leaves the weights.
MIN_CHANGE = 1e-3


def calibrate_network(
    network: keras.Model,
    settings: PackageSettings,
    digits: Mapping[str, LabelledImages],
    non_digits: Mapping[str, LabelledImages],
    *,
    min_change: float = 0.0,
) -> PackageSettings:
    """Fit the temperature, divide the logits by it, and fit the digit score.

    Args:
        network: its weights are changed.
        settings: they hold the temperature that the weights are divided by already.
        digits: validation images by dataset.
        non_digits: validation images of no digit by dataset; empty if the network never learned
            to refuse them.
        min_change: leave the weights alone if the temperature changes by a smaller share.

    Returns:
        the settings with the new temperature and digit score.
    """
    change = fit_temperature(network, list(digits.values()))
    temperature = settings.temperature
    if abs(math.log(change)) >= min_change:
        apply_temperature(network, change)
        temperature *= change
    digit_score = None
    if non_digits:
        digit_score = fit_digit_score(end_at_logits(network), digits, non_digits)
    return replace(settings, temperature=temperature, digit_score=digit_score)


def calibrate_run(
    run: Path, paths: DatasetPaths, commit: str
) -> tuple[PackageSettings, PackageSettings]:
    """Fit the temperature and the threshold of a finished run again; return the old and new ones.

    Args:
        run: the run's folder.
        paths: where the datasets' files are.
        commit: the commit of this code; the run records it.

    Raises:
        RunError: the run is not finished, or was trained as published.
        DatasetError: a file is missing or damaged.
    """
    asked = read_run_settings(run)
    if asked["as_published"]:
        raise RunError(
            f"{run} was trained as published: it has no validation images to calibrate on."
        )
    network, before = load_run_model(run)
    digits, non_digits = load_validation(asked["data"], asked["recipe"]["preprocess_mnist"], paths)
    after = calibrate_network(network, before, digits, non_digits, min_change=MIN_CHANGE)
    save_run_model(run, network, after)
    record_calibration(run, commit)
    return before, after
