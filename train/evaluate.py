"""Score a finished run, once, on what it has never seen.

Enters: a run folder that `fit` finished, MNIST's test split, the pen writers kept out, and
scikit-learn's digits. Leaves, in the run folder, `metrics.json` and `figures/`.

    python -m train evaluate --run runs/sketch-cnn --mnist mnist.npz --pendigits ...
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix

from train.calibration import expected_calibration_error, reliability_bins
from train.data import LabelledImages, Splits, load_mnist, load_sklearn_digits
from train.drawings import EVALUATION_STYLES, render_evaluation_drawings
from train.errors import RunError
from train.figures import draw_figures
from train.fit import (
    CALIBRATION_FILE,
    HISTORY_FILE,
    MODEL_FILE,
    RUN_FILE,
    predict,
    read_json,
    write_json,
)
from train.pendigits import PenDigit, load_pendigits
from train.training_data import preprocess_images

METRICS_FILE = "metrics.json"
DRAWING_SEED = 2026

# Labels of MNIST's test split that most human reviewers read otherwise, index: digit
# (Northcutt, Athalye, Mueller 2021, "Pervasive Label Errors in Test Sets", labelerrors.com).
CORRECTED_MNIST_LABELS = {
    947: 9,
    1621: 6,
    1901: 4,
    2462: 0,
    2597: 3,
    3558: 0,
    5937: 3,
    6651: 6,
    6783: 6,
    9729: 6,
}


def evaluate_run(
    run: Path,
    *,
    mnist_path: str | os.PathLike[str] | None = None,
    pendigits_path: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Score the run on every test set that it was trained beside; write and return the metrics.

    A run on scikit-learn's digits alone is scored on their test split, and needs no file.

    Raises:
        RunError: the run isn't finished.
        DatasetError: a dataset is missing or damaged.
    """
    settings = read_json(run / RUN_FILE)
    model = load_run_model(run)
    scores: dict[str, Any] = {}
    data: dict[str, dict[str, int]] = {}  # images; writers for pendigits
    validation_mistakes: tuple[LabelledImages, np.ndarray] | None = None

    if "mnist" in settings["data"]:
        mnist = load_mnist(mnist_path)
        data["mnist"] = {"train": len(mnist.train), "validation": len(mnist.validation)}
        scores |= _score_mnist(model, mnist)
        validation = preprocess_images(mnist.validation, "preprocessing mnist validation")
        validation_mistakes = validation, predict(model, validation.images)
    if "pendigits" in settings["data"]:
        pen = load_pendigits(pendigits_path)
        data["pendigits"] = {"train": _writers(pen.train), "validation": _writers(pen.validation)}
        scores |= _score_pen_writers(model, pen.test)
    if "digits" in settings["data"]:
        digits = load_sklearn_digits()
        data["digits"] = {"train": len(digits.train), "validation": len(digits.validation)}
    scores |= _score_sklearn_digits(model, trained_on="digits" in settings["data"])

    metrics = {
        "architecture": settings["architecture"],
        "parameters": model.count_params(),
        "training": {
            **settings,
            "temperature": read_json(run / CALIBRATION_FILE)["temperature"],
            "data_sizes": data,
            "hours": sum(epoch["seconds"] for epoch in read_json(run / HISTORY_FILE)) / 3600,
        },
        "test": scores,
    }
    write_json(run / METRICS_FILE, metrics)
    draw_figures(run / "figures", metrics, read_json(run / HISTORY_FILE), validation_mistakes)
    return metrics


def load_run_model(run: Path) -> keras.Model:
    """The trained model of a finished run.

    Raises:
        RunError: the run isn't finished, or the file is damaged.
    """
    read_json(run / RUN_FILE)
    if not (run / MODEL_FILE).is_file():
        raise RunError(
            f"{run} isn't finished: no {MODEL_FILE} in it. Run its `fit` command again to go on."
        )
    try:
        model = keras.saving.load_model(run / MODEL_FILE)
    except (OSError, ValueError) as error:
        raise RunError(f"{run / MODEL_FILE} is damaged. Delete {run} and train again.") from error
    model.jit_compile = False
    return model


def summarise(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """n, correct, accuracy with its 95 % interval, calibration, confusion, and per-digit accuracy.

    The interval is Wilson's.
    """
    answers = probabilities.argmax(axis=1)
    correct = int((answers == labels).sum())
    interval = binomtest(correct, len(labels)).proportion_ci(method="wilson")
    confusion = confusion_matrix(labels, answers, labels=range(10))
    return {
        "n": len(labels),
        "correct": correct,
        "accuracy": correct / len(labels),
        "interval_95": [float(interval.low), float(interval.high)],
        "expected_calibration_error": expected_calibration_error(probabilities, labels),
        "reliability": reliability_bins(probabilities, labels),
        "confusion": confusion.tolist(),
        "per_digit": [float(row[digit] / max(1, row.sum())) for digit, row in enumerate(confusion)],
    }


def _score_mnist(model: keras.Model, mnist: Splits) -> dict[str, Any]:
    """The images as they are, as every paper scores them, and through `preprocess_drawing`."""
    labels = mnist.test.labels
    corrected = labels.copy()
    corrected[list(CORRECTED_MNIST_LABELS)] = list(CORRECTED_MNIST_LABELS.values())
    raw = predict(model, mnist.test.images)
    seen = predict(model, preprocess_images(mnist.test, "preprocessing mnist test").images)
    return {
        "MNIST test": summarise(raw, labels),
        "MNIST test, corrected labels": summarise(raw, corrected),
        "MNIST test, full path": summarise(seen, labels),
    }


def _writers(digits: list[PenDigit]) -> int:
    return len({digit.writer for digit in digits})


def _score_pen_writers(model: keras.Model, digits: list[PenDigit]) -> dict[str, Any]:
    scores = {}
    for style_name, style in EVALUATION_STYLES.items():
        drawings = render_evaluation_drawings(digits, style, DRAWING_SEED)
        probabilities = predict(model, drawings.images)
        scores[f"{_writers(digits)} pen writers kept out, {style_name}"] = summarise(
            probabilities, drawings.labels
        )
    return scores


def _score_sklearn_digits(model: keras.Model, *, trained_on: bool) -> dict[str, Any]:
    splits = load_sklearn_digits()
    if trained_on:
        name, dataset = "scikit-learn digits, test split", splits.test
    else:
        name = "scikit-learn digits, never trained on"
        dataset = splits.train + splits.validation + splits.test
    seen = preprocess_images(dataset, "preprocessing scikit-learn's digits")
    return {name: summarise(predict(model, seen.images), seen.labels)}
