"""Calibrate a trained network on validation: fit the temperature and the thresholds of the verdict.

This is the last step of `fit`. It can be repeated for a finished run without training, for example
after a change of `REFUSED_DIGITS` or `PLAINLY_REFUSED_DIGITS` in rejection.py:

    python -m train calibrate --run runs/sketch-cnn
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import keras

from sketchdigits.package.settings import PackageSettings, write_settings
from train.datasets import UNIPEN, DatasetPaths
from train.datasets.labelled_images import LabelledImages
from train.errors import RunError
from train.fit.rejection import fit_digit_score
from train.fit.run_folder import (
    load_run_model,
    read_run_settings,
    record_calibration,
    save_run_model,
)
from train.fit.temperature import apply_temperature, end_at_logits, fit_temperature
from train.fit.training_data import load_validation

# A second fit finds the same temperature except for rounding. A smaller relative change than this
# leaves the weights as they are.
MIN_CHANGE = 1e-3


def calibrate_network(
    network: keras.Model,
    settings: PackageSettings,
    digits: Mapping[str, LabelledImages],
    non_digits: Mapping[str, LabelledImages],
    *,
    strangers: Mapping[str, LabelledImages] | None = None,
    min_change: float = 0.0,
) -> PackageSettings:
    """Fit the temperature, divide the logits by it, and fit the digit score.

    `fit_network` calls it at the end of training, `calibrate_run` for a finished run.

    Args:
        network: the last dense layer's weights are changed in place.
        settings: `settings.temperature` is what the weights are already divided by.
        digits: validation images by dataset.
        non_digits: validation images of no digit by dataset; empty if the network never learned
            to refuse them.
        strangers: more validation digits, for the digit score alone: by hands of a collection that
            trained nothing.
        min_change: leave the weights alone if the temperature's relative change is smaller.

    Returns:
        The settings with the new temperature and digit score.
    """
    change = fit_temperature(network, list(digits.values()))
    temperature = settings.temperature
    if abs(math.log(change)) >= min_change:
        apply_temperature(network, change)
        temperature *= change
    digit_score = None
    if non_digits:
        accepted = {**digits, **(strangers or {})}
        digit_score = fit_digit_score(end_at_logits(network), accepted, non_digits)
    return replace(settings, temperature=temperature, digit_score=digit_score)


def calibrate_run(
    run: Path, paths: DatasetPaths, commit: str
) -> tuple[PackageSettings, PackageSettings]:
    """Fit the temperature and the thresholds of a finished run again.

    UNIPEN's validation donor is used for the thresholds if its file is named, also for a run that
    was not trained on UNIPEN: they should suit hands that the network has never seen.

    Args:
        run: the run's folder. Its settings are written again, and its model if that changes.
        paths: where the datasets' files are.
        commit: the commit of this code; the run records it as `calibrated_at`.

    Returns:
        The settings before and after.

    Raises:
        RunError: the run is not finished, or was trained as published.
        DatasetError: a file is missing or damaged.
    """
    settings = read_run_settings(run)
    if settings["as_published"]:
        raise RunError(
            f"{run} was trained as published, on all images: it has no validation images to "
            "calibrate on. Train it without --as-published."
        )
    network, before = load_run_model(run)
    preprocess_mnist = settings["recipe"]["preprocess_mnist"]
    data = list(settings["data"])
    if paths.find(UNIPEN) and UNIPEN.name not in data:
        data.append(UNIPEN.name)
    digits, non_digits = load_validation(data, preprocess_mnist, paths)
    strangers = {name: digits.pop(name) for name in set(digits) - set(settings["data"])}
    after = calibrate_network(
        network, before, digits, non_digits, strangers=strangers, min_change=MIN_CHANGE
    )
    if after.temperature == before.temperature:
        # The same weights would give a file of other bytes: Keras numbers the layers' names.
        write_settings(run, after)
    else:
        save_run_model(run, network, after)
    record_calibration(run, commit, data)
    return before, after
