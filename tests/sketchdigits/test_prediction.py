"""The frozen answer for one image."""

import base64
import copy
import dataclasses
import io
import pickle
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

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


def test_notebook_shows_the_image_and_a_bar_for_each_digit():
    image = np.arange(784, dtype=np.uint16).reshape(28, 28).astype(np.uint8)
    html = Prediction(PROBABILITIES, image, 0.25, "unusual")._repr_html_()
    tree = ElementTree.fromstring(re.sub(r"(<img [^>]*)>", r"\1/>", html))  # well-formed
    [shown] = tree.iter("img")
    _, _, encoded = shown.attrib["src"].partition("data:image/png;base64,")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
    np.testing.assert_array_equal(pixels, image)
    rows = [[cell.text for cell in row.iter("td")] for row in tree.iter("tr")]
    assert [row[0] for row in rows] == [str(digit) for digit in range(10)]
    assert rows[3][2] == "60.0%"
    widths = [float(width) for width in re.findall(r"width:([\d.]+)px\"></div>", html)]
    assert widths == pytest.approx(PROBABILITIES / PROBABILITIES.max() * widths[3], abs=0.1)
    [remark] = [caption.text for caption in tree.iter("figcaption")]
    assert remark == "digit score 0.250, looks unusual"


def test_notebook_says_nothing_below_an_ordinary_digit_without_a_score():
    assert "<figcaption></figcaption>" in make()._repr_html_()


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
