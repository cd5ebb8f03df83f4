"""Accuracy and calibration on a test set: counts, intervals, confusion.

Takes a network's probabilities for labelled images. Returns the entries of `metrics["test"]`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix

from train.evaluate.reliability import expected_calibration_error, reliability_bins
from train.fit.intervals import wilson_interval
from train.fit.loop import cross_entropy

# Labels of MNIST's test split that most human reviewers disagree with, index: their digit
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
    """Score `(n, 10)` probabilities against `(n,)` labels.

    Returns n, correct, accuracy with Wilson's 95 % interval, loss (the mean cross-entropy in nats),
    calibration, confusion matrix and accuracy per digit.
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


def score_mnist(labels: np.ndarray, raw: np.ndarray, preprocessed: np.ndarray) -> dict[str, Any]:
    """Score MNIST's test split as papers do, with corrected labels, and after preprocessing.

    Args:
        labels: `(n,)`, MNIST's own labels.
        raw: `(n, 10)` probabilities for the images without preprocessing.
        preprocessed: `(n, 10)` probabilities for the images after `preprocess_drawing`.
    """
    corrected = labels.copy()
    corrected[list(CORRECTED_MNIST_LABELS)] = list(CORRECTED_MNIST_LABELS.values())
    return {
        "MNIST test": summarise(raw, labels),
        "MNIST test, corrected labels": summarise(raw, corrected),
        "MNIST test, full path": summarise(preprocessed, labels),
    }
