"""Scores of whole numbers: each part is there, and an easy hand gets high ones."""

import numpy as np
import pytest

from tests.support.drawn_hands import draw_hands
from tests.support.polylines import DIGITS
from train.datasets.pendigits import PenDigit
from train.evaluate import numbers
from train.evaluate.numbers import NON_NUMBERS, ROWS, score_numbers
from train.evaluate.reliability import calibration_error
from train.fit.number_confidence import collect_evidence, fit_confidence
from train.rendering.number_sets import PLAIN


def test_numbers_of_an_easy_hand_are_scored(classifier, monkeypatch):
    monkeypatch.setattr(numbers, "TIMED_ROWS", 4)
    writers = [
        PenDigit(tuple(np.array(stroke, np.float32) for stroke in strokes), label, writer=1)
        for label, strokes in DIGITS.items()
    ]
    scores = score_numbers(classifier, draw_hands(), writers, seed=3, share=0.005)
    assert scores["rows"].keys() == ROWS.keys()
    assert scores["non_numbers"].keys() == NON_NUMBERS.keys()
    plain = scores["rows"][PLAIN]
    assert plain["n"] == 5
    assert plain["right"] >= 3
    assert plain["right_and_accepted"] + plain["accepted_but_wrong"] == plain["accepted"]
    assert scores["one_digit"]["share"] == 1
    assert scores["time"]["ratio"] > 1


def test_calibration_error_is_the_mean_gap():
    right = np.array([True, False] * 50)
    assert calibration_error(np.full(100, 0.5), right, bins=1) == pytest.approx(0)
    assert calibration_error(np.full(100, 0.9), right, bins=1) == pytest.approx(0.4)


def test_confidence_is_fitted_on_rows(classifier):
    evidence, right = collect_evidence(classifier, draw_hands(), [PLAIN], 12)
    assert len(evidence) == len(right) >= 8
    weights, bias = fit_confidence(evidence, [index % 3 > 0 for index in range(len(right))])
    assert len(weights) == len(evidence[0].features)
    assert np.isfinite([*weights, bias]).all()
