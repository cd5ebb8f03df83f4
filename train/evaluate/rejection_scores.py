"""How well a network tells digits from other drawings: the scores of `is_digit`.

Takes the digit scores of digits and of non-digits, by dataset. Returns `metrics["rejection"]` and
`metrics["acceptance"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sketchdigits.prediction import DigitScore
from train.fit.intervals import wilson_interval
from train.fit.rejection import auroc, quantile_of_all

# Shares of digits accepted: the points of the curve in figures/rejection.png.
CURVE_POINTS = (1.0, 0.9995, 0.999, 0.998, 0.995, 0.99, 0.985, 0.98, 0.97, 0.96, 0.95, 0.9)


def score_acceptance(
    digit_score: DigitScore,
    digits: Mapping[str, np.ndarray],
    labels: Mapping[str, np.ndarray],
    is_unseen: Callable[[str], bool],
) -> dict[str, dict[str, Any]]:
    """Count the digits that are accepted, and the unusual ones, by dataset and by digit.

    Args:
        digit_score: the package's thresholds.
        digits: the digit scores of the digits by dataset, `(n,)`, 0-1.
        labels: their labels, `(n,)`, 0-9.
        is_unseen: whether no training saw a dataset's source.
    """
    found = {}
    for name, scores in digits.items():
        accepted = scores >= digit_score.threshold
        found[name] = {
            "unseen": is_unseen(name),
            **_count(accepted, "accepted"),
            "unusual": _count_unusual(scores, digit_score),
            "per_digit": [
                {"n": int(of_digit.sum()), "accepted": int(accepted[of_digit].sum())}
                for of_digit in (labels[name] == digit for digit in range(10))
            ],
        }
    return found


def score_rejection(
    digit_score: DigitScore,
    digits: Mapping[str, np.ndarray],
    non_digits: Mapping[str, np.ndarray],
    look_alikes: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Count accepted digits and refused non-digits, at the package's threshold and along a curve.

    `unusual` counts the images between the package's two thresholds: they are refused digits or
    refused non-digits that don't get the verdict "no digit".

    In `auroc` and `accepted_at_90_refused` (the share of digits accepted at the threshold that
    refuses 90 % of the non-digits) every dataset has the same weight, whatever its size.

    Args:
        digit_score: the package's thresholds.
        digits: digit scores of digits by dataset, `(n,)`, 0-1.
        non_digits: digit scores of images of no digit.
        look_alikes: digit scores of letters and signs that look just like a digit; they count for
            nothing else.
    """
    inside, outside = list(digits.values()), list(non_digits.values())
    at_90 = quantile_of_all(0.9, outside)
    return {
        "threshold": digit_score.threshold,
        "refusal_threshold": digit_score.refusal_threshold,
        "auroc": float(np.mean([auroc(i, o) for i in inside for o in outside])),
        "accepted_at_90_refused": float(np.mean([(s > at_90).mean() for s in inside])),
        "digits": {
            name: {
                **_count(scores >= digit_score.threshold, "accepted"),
                "unusual": _count_unusual(scores, digit_score),
            }
            for name, scores in digits.items()
        },
        "non_digits": {
            name: {
                **_count(scores < digit_score.threshold, "refused"),
                "unusual": _count_unusual(scores, digit_score),
                "auroc": float(np.mean([auroc(i, scores) for i in inside])),
            }
            for name, scores in non_digits.items()
        },
        "look_alikes": {
            name: _count(scores < digit_score.threshold, "refused")
            for name, scores in look_alikes.items()
        },
        "curve": _curve(inside, outside),
    }


def _count(hits: np.ndarray, name: str) -> dict[str, Any]:
    count = int(hits.sum())
    return {
        "n": len(hits),
        name: count,
        "share": count / len(hits),
        "interval_95": wilson_interval(count, len(hits)),
    }


def _count_unusual(scores: np.ndarray, digit_score: DigitScore) -> int:
    low, high = digit_score.refusal_threshold, digit_score.threshold
    return int(((scores >= low) & (scores < high)).sum())


def _curve(digits: list[np.ndarray], non_digits: list[np.ndarray]) -> list[dict[str, float]]:
    """Return the share of non-digits refused at each share of digits accepted."""
    curve = []
    for accepted in CURVE_POINTS:
        threshold = quantile_of_all(1 - accepted, digits)
        curve.append(
            {
                "accepted": float(np.mean([(s >= threshold).mean() for s in digits])),
                "refused": float(np.mean([(s < threshold).mean() for s in non_digits])),
            }
        )
    return curve
