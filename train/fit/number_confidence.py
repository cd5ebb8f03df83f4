"""Fit the confidence of whole numbers: the constants of `sketchdigits/numbers/confidence.py`.

Takes a classifier and pictures of numbers by the validation's writers. Returns the weights and the
bias of the logistic curve. They are constants of the code: they belong to how rows are divided, and
hardly depend on the network.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from sklearn.linear_model import LogisticRegression

from sketchdigits import BlankDrawingError, DigitClassifier
from sketchdigits.numbers.confidence import Evidence
from sketchdigits.numbers.reader import read_with_evidence
from train.fit.training_data import VALIDATION_SEED
from train.rendering.number_sets import Hands, draw_numbers


def collect_evidence(
    classifier: DigitClassifier, hands: Hands, styles: Iterable[str], count: int
) -> tuple[list[Evidence], list[bool]]:
    """Read `count` pictures of each style; return the evidence of each, and whether it is right.

    Pictures that are given up, or read as one digit, have none: they are left out. So are those
    that a classifier with a row network reads without it.
    """
    rows = classifier.row_runtime
    read_line = rows.logits if rows else None
    found: list[Evidence] = []
    right: list[bool] = []
    for style in styles:
        for picture, text in draw_numbers(hands, style, count, VALIDATION_SEED):
            try:
                reading, evidence = read_with_evidence(
                    picture, classifier.predict_preprocessed, read_line
                )
            except BlankDrawingError:
                continue
            if evidence is None or not reading.digits:
                continue
            if read_line is None or evidence.network is not None:
                found.append(evidence)
                right.append(reading.text == text)
    return found, right


def fit_confidence(evidence: list[Evidence], right: list[bool]) -> tuple[tuple[float, ...], float]:
    """Fit the weights and the bias of the logistic curve, by its likelihood."""
    features = np.array([each.features for each in evidence])
    curve = LogisticRegression(C=100.0, max_iter=1_000).fit(features, right)
    weights = tuple(float(weight) for weight in curve.coef_[0])
    return weights, float(curve.intercept_[0])
