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
from sklearn.metrics import confusion_matrix

from sketchdigits.package import load_network
from sketchdigits.package_settings import PackageSettings
from train.calibration import expected_calibration_error, reliability_bins
from train.data import LabelledImages, Splits, load_mnist, load_sklearn_digits
from train.drawings import EVALUATION_STYLES, render_evaluation_drawings
from train.errors import RunError
from train.figures import draw_figures
from train.fit import cross_entropy, predict
from train.image_grids import draw_first_images, draw_worst_mistakes
from train.intervals import wilson_interval
from train.pendigits import PENDIGITS_VARIABLE, PenDigit, load_pendigits
from train.run_folder import HISTORY_FILE, RUN_FILE, is_finished, read_json, write_json
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
    """Score the run on the test sets; write and return the metrics, and draw the figures.

    Scored are the test split of what it was trained on, scikit-learn's digits, and the pen writers
    kept out, if it was trained on others or their file is named. A run on scikit-learn's digits
    alone needs no file.

    Raises:
        RunError: the run isn't finished.
        ModelPackageError: its model is damaged.
        DatasetError: a dataset is missing or damaged.
    """
    settings = read_json(run / RUN_FILE)
    model, packaged = load_run_model(run)
    scores: dict[str, Any] = {}
    data: dict[str, dict[str, int]] = {}  # images; writers for pendigits
    test, validation = None, None

    if "mnist" in settings["data"]:
        mnist = load_mnist(mnist_path)
        scores |= _score_mnist(model, mnist)
        test = mnist.test
        if settings["as_published"]:
            data["mnist"] = {"train": len(mnist.train) + len(mnist.validation), "validation": 0}
        else:
            data["mnist"] = {"train": len(mnist.train), "validation": len(mnist.validation)}
            validation = preprocess_images(mnist.validation, "preprocessing mnist validation")
    if "pendigits" in settings["data"] or pendigits_path or os.environ.get(PENDIGITS_VARIABLE):
        pen = load_pendigits(pendigits_path)
        if "pendigits" in settings["data"]:
            writers = {"train": _writers(pen.train), "validation": _writers(pen.validation)}
            data["pendigits"] = writers
        scores |= _score_pen_writers(model, pen.test)
    if "digits" in settings["data"]:
        digits = load_sklearn_digits()
        data["digits"] = {"train": len(digits.train), "validation": len(digits.validation)}
        test = test or preprocess_images(digits.test, "preprocessing scikit-learn's test split")
    scores |= _score_sklearn_digits(model, trained_on="digits" in settings["data"])

    metrics = {
        "architecture": settings["architecture"],
        "parameters": model.count_params(),
        "training": {
            **settings,
            "temperature": packaged.temperature,
            "data_sizes": data,
            "hours": sum(epoch["seconds"] for epoch in read_json(run / HISTORY_FILE)) / 3600,
        },
        "test": scores,
    }
    figures = run / "figures"
    draw_figures(figures, metrics, read_json(run / HISTORY_FILE))
    if test:
        probabilities = predict(model, test.images)
        metrics["first_test_images"] = _first_predictions(test, probabilities)
        draw_first_images(figures / "first_test_images.png", test, probabilities)
        draw_worst_mistakes(figures / "worst_test_mistakes.png", test, probabilities)
    if validation:
        probabilities = predict(model, validation.images)
        draw_worst_mistakes(figures / "worst_validation_mistakes.png", validation, probabilities)
    write_json(run / METRICS_FILE, metrics)
    return metrics


def load_run_model(run: Path) -> tuple[keras.Model, PackageSettings]:
    """The trained model of a finished run, with its package's settings.

    Raises:
        RunError: the run isn't finished.
        ModelPackageError: its files are damaged.
    """
    read_json(run / RUN_FILE)
    if not is_finished(run):
        raise RunError(f"{run} isn't finished. Run its `fit` command again to go on.")
    return load_network(run)


def _first_predictions(test: LabelledImages, probabilities: np.ndarray) -> list[dict[str, Any]]:
    """The first ten, as every tutorial prints them: label, answer, and how sure."""
    return [
        {"label": int(label), "answer": int(shares.argmax()), "probability": float(shares.max())}
        for label, shares in zip(test.labels[:10], probabilities, strict=False)
    ]


def summarise(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """What a test set's `(n, 10)` probabilities and `(n,)` labels come to.

    n, correct, accuracy with its interval, loss, calibration, confusion and accuracy per digit.
    The interval is Wilson's, 95 %; the loss is the mean cross-entropy in nats.
    """
    answers = probabilities.argmax(axis=1)
    correct = int((answers == labels).sum())
    confusion = confusion_matrix(labels, answers, labels=range(10))
    return {
        "n": len(labels),
        "correct": correct,
        "accuracy": correct / len(labels),
        "interval_95": wilson_interval(correct, len(labels)),
        "loss": float(cross_entropy(probabilities, labels).mean()),
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
