"""The frozen answer for one image."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

from sketchdigits import Prediction
from sketchdigits.prediction import DigitScore, softmax

PROBABILITIES = np.array([0.01, 0.02, 0.0, 0.6, 0.0, 0.3, 0.0, 0.07, 0.0, 0.0], np.float32)


def make() -> Prediction:
    return Prediction(PROBABILITIES, np.zeros((28, 28), np.uint8))


def test_top_is_sorted_by_probability():
    prediction = make()
    assert prediction.label == 3
    assert [digit for digit, _ in prediction.top()] == [3, 5, 7]
    assert prediction.top(1) == [(3, pytest.approx(0.6))]
    assert len(prediction.top(10)) == 10


def test_label_and_top_hold_plain_python_numbers():
    digit, probability = make().top()[0]
    assert type(make().label) is type(digit) is int
    assert type(probability) is float


@pytest.mark.parametrize("k", [0, 11, -1])
def test_k_outside_1_to_10_is_refused(k):
    with pytest.raises(ValueError, match="from 1 to 10"):
        make().top(k)


def test_prediction_and_its_arrays_are_frozen():
    prediction = make()
    with pytest.raises(dataclasses.FrozenInstanceError):
        prediction.label = 4  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        prediction.probabilities[0] = 1


@pytest.mark.parametrize("clone", [lambda made: pickle.loads(pickle.dumps(made)), copy.deepcopy])
def test_pickled_or_copied_prediction_is_equal_and_read_only(clone):
    made = Prediction(PROBABILITIES, np.ones((28, 28), np.uint8), 0.25, "unusual")
    again = clone(made)
    for name in ("probabilities", "image"):
        np.testing.assert_array_equal(getattr(again, name), getattr(made, name))
        with pytest.raises(ValueError, match="read-only"):
            getattr(again, name)[0] = 1
    assert (again.digit_score, again.verdict) == (0.25, "unusual")


def test_repr_shows_label_and_probabilities():
    shown = "Prediction(label=3, top=[3: 0.600, 5: 0.300, 7: 0.070], verdict='digit')"
    assert repr(make()) == shown


@pytest.mark.parametrize(
    ("highest", "lowest", "expected"), [(3e38, -3e38, 1.0), (np.inf, 0, np.nan), (0, -np.inf, 1.0)]
)
def test_extreme_logits_cause_no_warning(highest, lowest, expected):
    """In these tests, a warning is an error."""
    logits = np.full((1, 10), lowest, np.float32)
    logits[0, 4] = highest
    np.testing.assert_array_equal(softmax(logits)[0, 4], expected)


@pytest.mark.parametrize(("scale", "expected"), [(1e308, 1.0), (-1e308, 0.0)])
def test_extreme_scale_of_the_digit_score_causes_no_warning(scale, expected):
    score = DigitScore(scale, 0.0, 0.5, 0.5).score(np.full((1, 10), 100.0, np.float32))
    assert score == pytest.approx(expected)
