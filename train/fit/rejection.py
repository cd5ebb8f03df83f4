"""Learning what is no digit, and scoring it: an eleventh class whose logit is always 0.

The network keeps its ten logits. In training they stand beside a constant 0, which is the logit of
"no digit": to be sure of an outlier the network has to make all ten small. What they come to
together, their log-sum-exp, then says how much an image looks like a digit, as the energy of Liu,
Wang, Owens, Li 2020 ("Energy-based Out-of-distribution Detection") does; the outliers to learn from
are Hendrycks, Mazeika, Dietterich's 2019 ("Deep Anomaly Detection with Outlier Exposure").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from sketchdigits.architectures import NUM_CLASSES
from sketchdigits.prediction import DigitScore, log_sum_exp
from train.datasets.labelled_images import LabelledImages
from train.fit.intervals import wilson_interval

# Of validation's digits, the share that may be refused: the threshold is chosen so.
REFUSED_DIGITS = 0.005


def add_outlier_logit(model: keras.Model) -> keras.Model:
    """`model`, which ends at ten logits, with an eleventh that is 0; the weights are shared."""
    column = layers.Reshape((NUM_CLASSES, 1))(model.output)
    padded = layers.ZeroPadding1D((0, 1))(column)
    return keras.Model(model.inputs, layers.Reshape((NUM_CLASSES + 1,))(padded))


def fit_digit_score(
    logits_model: keras.Model,
    validation: Mapping[str, LabelledImages],
    non_digits: Mapping[str, LabelledImages],
) -> DigitScore:
    """Scale, bias and threshold from validation: each dataset counts alike, and each side."""
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
    # A network that hasn't learned to tell may have it the wrong way round; a score never has.
    scale, bias = max(1e-3, float(fitted.coef_[0, 0])), float(fitted.intercept_[0])
    lowest = quantile_of_all(REFUSED_DIGITS, list(digits.values()))
    threshold = 1 / (1 + np.exp(-(scale * lowest + bias)))
    return DigitScore(scale, bias, float(threshold))


def measure_auroc(
    logits_model: keras.Model,
    validation: Mapping[str, LabelledImages],
    non_digits: Mapping[str, LabelledImages],
) -> float:
    """The chance that a digit scores above a non-digit: the mean over all pairs of datasets."""
    digits = [energies(logits_model, dataset.images) for dataset in validation.values()]
    others = [energies(logits_model, dataset.images) for dataset in non_digits.values()]
    return float(np.mean([auroc(inside, outside) for inside in digits for outside in others]))


def score_rejection(
    logits_model: keras.Model,
    digit_score: DigitScore,
    digits: Mapping[str, LabelledImages],
    non_digits: Mapping[str, LabelledImages],
) -> dict[str, Any]:
    """How well digits are told from other drawings, at the package's threshold and at all others.

    Every dataset counts alike, whatever its size, in `auroc` and in what is accepted while 90 % of
    the others are refused.
    """
    inside = {n: digit_score.score(_logits(logits_model, d.images)) for n, d in digits.items()}
    outside = {n: digit_score.score(_logits(logits_model, d.images)) for n, d in non_digits.items()}
    at_90 = quantile_of_all(0.9, list(outside.values()))
    return {
        "threshold": digit_score.threshold,
        "auroc": float(np.mean([auroc(i, o) for i in inside.values() for o in outside.values()])),
        "accepted_at_90_refused": float(np.mean([(s > at_90).mean() for s in inside.values()])),
        "digits": {
            name: _count(scores >= digit_score.threshold, "accepted")
            for name, scores in inside.items()
        },
        "non_digits": {
            name: {
                **_count(scores < digit_score.threshold, "refused"),
                "auroc": float(np.mean([auroc(i, scores) for i in inside.values()])),
            }
            for name, scores in outside.items()
        },
        "curve": _curve(list(inside.values()), list(outside.values())),
    }


def quantile_of_all(share: float, scores: Sequence[np.ndarray]) -> float:
    """The score that `share` of all are below, each set counting alike whatever its size."""
    values = np.concatenate(list(scores))
    weights = np.concatenate([np.full(len(s), 1 / len(s) / len(scores)) for s in scores])
    return float(np.quantile(values, share, weights=weights, method="inverted_cdf"))


def _count(hits: np.ndarray, name: str) -> dict[str, Any]:
    count = int(hits.sum())
    return {
        "n": len(hits),
        name: count,
        "share": count / len(hits),
        "interval_95": wilson_interval(count, len(hits)),
    }


def _curve(digits: list[np.ndarray], non_digits: list[np.ndarray]) -> list[dict[str, float]]:
    """What is refused of the others at shares of digits accepted, for a picture."""
    curve = []
    for accepted in (1.0, 0.9995, 0.999, 0.998, 0.995, 0.99, 0.985, 0.98, 0.97, 0.96, 0.95, 0.9):
        threshold = quantile_of_all(1 - accepted, digits)
        curve.append(
            {
                "accepted": float(np.mean([(s >= threshold).mean() for s in digits])),
                "refused": float(np.mean([(s < threshold).mean() for s in non_digits])),
            }
        )
    return curve


def auroc(digits: np.ndarray, non_digits: np.ndarray) -> float:
    """The area under the ROC curve of two sets of scores, digits being the higher ones."""
    is_digit = np.repeat([1, 0], [len(digits), len(non_digits)])
    return float(roc_auc_score(is_digit, np.concatenate([digits, non_digits])))


def energies(logits_model: keras.Model, images: np.ndarray) -> np.ndarray:
    """The log-sum-exp of the ten logits for `(n, 28, 28) uint8`: `(n,)`, higher for digits.

    `logits_model` ends at the logits (see `calibration.end_at_logits`).
    """
    return log_sum_exp(_logits(logits_model, images))


def _logits(logits_model: keras.Model, images: np.ndarray) -> np.ndarray:
    return logits_model.predict(images[..., None], batch_size=500, verbose=0)
