"""Temperature scaling: fit the temperature on validation, and apply it to the weights.

Takes a network and labelled images. Returns the temperature, by which `apply_temperature` divides
the last layer's weights.

Temperature scaling is from Guo, Pleiss, Sun, Weinberger 2017, "On Calibration of Modern Neural
Networks": dividing the logits by one number is enough for a network like ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from train.datasets.labelled_images import LabelledImages
from train.fit.prediction import predict


def fit_temperature(model: keras.Model, validation: Sequence[LabelledImages]) -> float:
    """Return the temperature with the lowest cross-entropy on validation.

    Each dataset has the same weight. Nobody can read some of the digits, for example those that
    lost a stroke in recording. Their share is fitted together with the temperature, as the
    probability that a label is random. Without it, two of 747 digits would make the model unsure
    of all the others.
    """
    logits_model = end_at_logits(model)
    scored = [(predict(logits_model, dataset.images), dataset.labels) for dataset in validation]

    def mean_loss(log_parameters: np.ndarray) -> float:
        temperature, unreadable = np.exp(log_parameters)
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
    """Return the model without its softmax: it ends at the layer `logits`. Weights are shared."""
    return keras.Model(model.inputs, model.get_layer("logits").output)


def logits_cross_entropy(logits: np.ndarray, labels: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Cross-entropy in nats, `(n,)`, of the `(n, 10)` logits times `scale`."""
    scaled = logits.astype(np.float64) * scale
    return -log_softmax(scaled, axis=1)[np.arange(len(labels)), labels]


def apply_temperature(model: keras.Model, temperature: float) -> None:
    """Divide the weights of the last dense layer by `temperature`, and so the logits.

    Then every way of loading the package gives calibrated probabilities, stock Keras included.
    """
    logits = model.get_layer("logits")
    logits.set_weights([weights / temperature for weights in logits.get_weights()])
