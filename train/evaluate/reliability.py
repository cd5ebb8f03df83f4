"""How well probabilities are calibrated: the bins of the reliability diagram and their mean gap.

Takes `(n, 10)` probabilities and `(n,)` labels. Both measures are from Guo, Pleiss, Sun, Weinberger
2017, "On Calibration of Modern Neural Networks"; their bins have equal width, ours equal size.
"""

from __future__ import annotations

import numpy as np

NUM_BINS = 15  # as in the paper


def reliability_bins(
    probabilities: np.ndarray, labels: np.ndarray, bins: int = NUM_BINS
) -> list[dict[str, float]]:
    """Sort predictions by confidence into `bins` groups of equal size.

    Returns for each group its mean confidence, its accuracy and n.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    groups = np.array_split(np.argsort(confidence, kind="stable"), bins)
    return [
        {
            "confidence": float(confidence[group].mean()),
            "accuracy": float(right[group].mean()),
            "n": len(group),
        }
        for group in groups
        if len(group)
    ]


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = NUM_BINS) -> float:
    """Mean gap between confidence and accuracy over bins of equal size, 0-1.

    `confidence` is `(n,) float, 0-1`, and `right` is `(n,) bool`; n is at least 1.
    """
    groups = np.array_split(np.argsort(confidence, kind="stable"), bins)
    gaps = [len(g) * abs(confidence[g].mean() - right[g].mean()) for g in groups if len(g)]
    return float(sum(gaps) / len(right))


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean gap between confidence and accuracy over `NUM_BINS` bins of equal size, 0-1."""
    right = probabilities.argmax(axis=1) == labels
    return calibration_error(probabilities.max(axis=1), right)
