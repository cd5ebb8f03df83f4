"""Probabilities that mean what they say: fitting a temperature, and measuring what is left.

Guo, Pleiss, Sun, Weinberger 2017, "On Calibration of Modern Neural Networks": dividing the logits
by one number, fitted on validation, is enough for a network such as ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from train.datasets.labelled_images import LabelledImages

NUM_BINS = 15


def fit_temperature(model: keras.Model, validation: Sequence[LabelledImages]) -> float:
    """The temperature with the least cross-entropy on validation, each dataset counting alike.

    Some digits can't be read by anyone, such as those that lost a stroke when they were recorded.
    Their share is fitted beside the temperature, as a chance that a label is any of the ten: or
    else two of 747 would make the model unsure of all others.
    """
    logits_model = end_at_logits(model)
    scored = [
        (logits_model.predict(dataset.images[..., None], batch_size=500, verbose=0), dataset.labels)
        for dataset in validation
    ]

    def mean_loss(logarithms: np.ndarray) -> float:
        temperature, unreadable = np.exp(logarithms)
        losses = []
        for logits, labels in scored:
            right = np.exp(-logits_cross_entropy(logits, labels, 1 / temperature))
            readable = 1 - min(unreadable, 1.0)
            losses.append(-np.log(readable * right + (1 - readable) / 10 + 1e-30).mean())
        return float(np.mean(losses))

    start = np.log([1.0, 0.002])
    found = minimize(mean_loss, start, method="Nelder-Mead", bounds=[(-3, 3), (-20, 0)])
    return float(np.exp(found.x[0]))


def end_at_logits(model: keras.Model) -> keras.Model:
    """The same layers without the softmax at their end; the weights are shared."""
    return keras.Model(model.inputs, model.get_layer("logits").output)


def logits_cross_entropy(logits: np.ndarray, labels: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """The loss of each of `(n, 10)` logits times `scale`: `(n,)`, in nats."""
    scaled = logits.astype(np.float64) * scale
    return -log_softmax(scaled, axis=1)[np.arange(len(labels)), labels]


def apply_temperature(model: keras.Model, temperature: float) -> None:
    """Divide the logits by `temperature` for good: in the weights of the last dense layer.

    There it holds for every way of loading the package, stock Keras included.
    """
    logits = model.get_layer("logits")
    logits.set_weights([weights / temperature for weights in logits.get_weights()])


def reliability_bins(
    probabilities: np.ndarray, labels: np.ndarray, bins: int = NUM_BINS
) -> list[dict[str, float]]:
    """Predictions by rising confidence in `bins` groups of equal size: confidence, accuracy, n."""
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


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The mean gap between confidence and accuracy over 15 bins of equal size, 0-1."""
    groups = reliability_bins(probabilities, labels)
    gaps = [group["n"] * abs(group["confidence"] - group["accuracy"]) for group in groups]
    return float(sum(gaps) / len(labels))
