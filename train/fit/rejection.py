"""Rejection of non-digits: train an eleventh class whose logit is always 0, and fit the thresholds.

The network keeps its ten logits. Training adds a constant 0 as the logit of "no digit", so the
network learns to make all ten logits small for a non-digit. The log-sum-exp of the ten logits then
measures how much an image looks like a digit. It is the energy of Liu, Wang, Owens, Li 2020
("Energy-based Out-of-distribution Detection"). Training on outliers follows Hendrycks, Mazeika,
Dietterich 2019 ("Deep Anomaly Detection with Outlier Exposure").

To change the threshold of `is_digit`, change `REFUSED_DIGITS`. To change which images get the plain
verdict "no digit", change `PLAINLY_REFUSED_DIGITS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np
from keras import layers
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from sketchdigits.architectures import NUM_CLASSES
from sketchdigits.prediction import DigitScore, log_sum_exp
from train.datasets.labelled_images import LabelledImages
from train.fit.prediction import predict

# The share of validation's digits that may score below the threshold of `is_digit`, and the share
# that may score so low that their verdict is "no digit". They decide the two thresholds. Change
# them, then run `python -m train calibrate`, `evaluate` and `package`.
REFUSED_DIGITS = 0.009
PLAINLY_REFUSED_DIGITS = 0.001


def add_outlier_logit(model: keras.Model) -> keras.Model:
    """Return `model`, which ends at ten logits, with an eleventh logit of 0. Weights are shared."""
    column = layers.Reshape((NUM_CLASSES, 1))(model.output)
    padded = layers.ZeroPadding1D((0, 1))(column)
    return keras.Model(model.inputs, layers.Reshape((NUM_CLASSES + 1,))(padded))


def fit_digit_score(
    logits_model: keras.Model,
    validation: Mapping[str, LabelledImages],
    non_digits: Mapping[str, LabelledImages],
) -> DigitScore:
    """Fit scale, bias and both thresholds on validation.

    For scale and bias, digits and non-digits have the same weight; within each, every dataset has
    the same weight. The thresholds are the highest that accept enough digits of every dataset: the
    visitors' hands are as strange to the network as validation's donor is.

    Args:
        logits_model: ends at the logits (see `temperature.end_at_logits`).
        validation: digits by dataset, `(n, 28, 28) uint8`.
        non_digits: images of no digit by dataset.
    """
    digits = {name: energies(logits_model, dataset.images) for name, dataset in validation.items()}
    others = {name: energies(logits_model, dataset.images) for name, dataset in non_digits.items()}
    sides = (digits, others)
    energy = np.concatenate([values for side in sides for values in side.values()])
    is_digit = np.concatenate(
        [np.full(len(v), side is digits) for side in sides for v in side.values()]
    )
    weight = np.concatenate(
        [np.full(len(v), 1 / len(v) / len(side)) for side in sides for v in side.values()]
    )
    fitted = LogisticRegression(C=1e6).fit(energy[:, None], is_digit, weight * len(weight))
    # An untrained network may give a negative scale. A score must always grow with the energy.
    scale, bias = max(1e-3, float(fitted.coef_[0, 0])), float(fitted.intercept_[0])
    # The refusal threshold must not be above the other one, whatever the two shares are.
    shares = (REFUSED_DIGITS, min(REFUSED_DIGITS, PLAINLY_REFUSED_DIGITS))
    lowest = np.array([min(_quantile(v, share) for v in digits.values()) for share in shares])
    threshold, refusal_threshold = 1 / (1 + np.exp(-(scale * lowest + bias)))
    return DigitScore(scale, bias, float(threshold), float(refusal_threshold))


def measure_auroc(
    logits_model: keras.Model,
    validation: Mapping[str, LabelledImages],
    non_digits: Mapping[str, LabelledImages],
) -> float:
    """Return the mean AUROC over all pairs of a digit dataset and a non-digit dataset, 0-1."""
    digits = [energies(logits_model, dataset.images) for dataset in validation.values()]
    others = [energies(logits_model, dataset.images) for dataset in non_digits.values()]
    return float(np.mean([auroc(inside, outside) for inside in digits for outside in others]))


def _quantile(scores: np.ndarray, share: float) -> float:
    return float(np.quantile(scores, share, method="inverted_cdf"))


def quantile_of_all(share: float, scores: Sequence[np.ndarray]) -> float:
    """Return the `share` quantile of all scores; each set has the same weight."""
    values = np.concatenate(list(scores))
    weights = np.concatenate([np.full(len(s), 1 / len(s) / len(scores)) for s in scores])
    return float(np.quantile(values, share, weights=weights, method="inverted_cdf"))


def auroc(digits: np.ndarray, non_digits: np.ndarray) -> float:
    """Return the area under the ROC curve: 1 if all digits score above all non-digits."""
    is_digit = np.repeat([1, 0], [len(digits), len(non_digits)])
    return float(roc_auc_score(is_digit, np.concatenate([digits, non_digits])))


def energies(logits_model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return the log-sum-exp of the ten logits: `(n, 28, 28) uint8` -> `(n,)`, higher for digits.

    `logits_model` ends at the logits (see `temperature.end_at_logits`).
    """
    return log_sum_exp(predict(logits_model, images))
