"""Accuracy and calibration on a test set: counts, intervals, confusion.

Enters: a model and labelled images, or its probabilities for them. Leaves: what `metrics.json`
holds of a test set.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from sklearn.metrics import confusion_matrix

from train.datasets import SKLEARN_DIGITS, DatasetPaths
from train.datasets.labelled_images import LabelledImages
from train.fit.calibration import expected_calibration_error, reliability_bins
from train.fit.intervals import wilson_interval
from train.fit.loop import cross_entropy, predict
from train.fit.training_data import preprocess_images

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


def score_mnist(
    model: keras.Model, labels: np.ndarray, raw: np.ndarray, seen: LabelledImages
) -> dict[str, Any]:
    """Score MNIST's test split, as papers do and through the full path.

    Args:
        model: the network.
        labels: `(n,)`, MNIST's own labels.
        raw: `(n, 10)`, the probabilities for the images as they are.
        seen: the images after `preprocess_drawing`.
    """
    corrected = labels.copy()
    corrected[list(CORRECTED_MNIST_LABELS)] = list(CORRECTED_MNIST_LABELS.values())
    return {
        "MNIST test": summarise(raw, labels),
        "MNIST test, corrected labels": summarise(raw, corrected),
        "MNIST test, full path": summarise(predict(model, seen.images), labels),
    }


def score_sklearn_digits(model: keras.Model, *, trained_on: bool) -> dict[str, Any]:
    """All 1,797, or the test split of a model that was trained on the others."""
    splits = SKLEARN_DIGITS.load(DatasetPaths())
    if trained_on:
        name, dataset = "scikit-learn digits, test split", splits.test
    else:
        name = "scikit-learn digits, never trained on"
        dataset = splits.train + splits.validation + splits.test
    seen = preprocess_images(dataset, "preprocessing scikit-learn's digits")
    return {name: summarise(predict(model, seen.images), seen.labels)}
