"""Letters, signs and scribbles are rejected as "no digit", and digits are accepted."""

import numpy as np
import pytest

from sketchdigits import preprocess_drawing
from tests.support.polylines import draw
from train.rendering.canvas import CanvasStyle, draw_on_canvas

CIRCLE = [(0.5 + 0.5 * np.cos(turn), 0.5 + 0.5 * np.sin(turn)) for turn in np.linspace(0, 6.3, 40)]
LETTERS_AND_SIGNS = {
    "A": [[(0, 1), (0.5, 0), (1, 1)], [(0.2, 0.65), (0.8, 0.65)]],
    "W": [[(0, 0), (0.25, 1), (0.5, 0.3), (0.75, 1), (1, 0)]],
    "H": [[(0, 0), (0, 1)], [(0.8, 0), (0.8, 1)], [(0, 0.5), (0.8, 0.5)]],
    "K": [[(0, 0), (0, 1)], [(0.7, 0), (0, 0.55), (0.75, 1)]],
    "plus": [[(0, 0.5), (1, 0.5)], [(0.5, 0), (0.5, 1)]],
    "times": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
    "house": [[(0, 0.45), (0.5, 0), (1, 0.45)], [(0.1, 0.45), (0.1, 1), (0.9, 1), (0.9, 0.45)]],
    "face": [
        CIRCLE,
        [(0.3, 0.35), (0.33, 0.36)],
        [(0.68, 0.35), (0.67, 0.38)],
        [(0.26, 0.64), (0.4, 0.78), (0.6, 0.78), (0.74, 0.64)],
    ],
    "horse": [
        [(0.1, 0.35), (0.2, 0.15), (0.3, 0.1), (0.32, 0.3), (0.4, 0.42), (0.8, 0.42), (0.95, 0.6)],
        [(0.1, 0.35), (0.25, 0.4), (0.35, 0.6), (0.75, 0.62), (0.85, 0.5)],
        [(0.38, 0.6), (0.36, 1)],
        [(0.46, 0.62), (0.48, 1)],
        [(0.7, 0.62), (0.68, 1)],
        [(0.78, 0.6), (0.82, 1)],
    ],
}


def draw_lines(strokes, **style) -> np.ndarray:
    return draw_on_canvas([np.array(stroke) for stroke in strokes], CanvasStyle(**style))


@pytest.mark.parametrize("name", LETTERS_AND_SIGNS)
@pytest.mark.parametrize("width", [0.02, 0.08, 0.14])
def test_letter_or_sign_is_rejected(classifier, name, width):
    prediction = classifier.predict(draw_lines(LETTERS_AND_SIGNS[name], width=width))
    assert not prediction.is_digit
    assert prediction.digit_score < 0.5


def test_scribbles_are_rejected(classifier):
    """At least 89 of 100. Some random walks do look like an 8 or a 3."""
    scribbles = []
    for seed in range(300):
        walk = np.random.default_rng(seed).normal(0, 1, (60, 2)).cumsum(axis=0)
        scribbles.append(draw_lines([(walk - walk.min(axis=0)) / np.ptp(walk, axis=0)]))
    predictions = classifier.predict_batch(scribbles)
    assert sum(not each.is_digit for each in predictions) >= 0.89 * len(predictions)


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("width", [0.02, 0.08, 0.16])
def test_drawn_digit_is_accepted_and_read_right(classifier, digit, width):
    prediction = classifier.predict(draw(digit, width=width))
    assert prediction.label == digit
    assert prediction.is_digit
    assert classifier.settings.digit_score.threshold <= prediction.digit_score <= 1


@pytest.mark.parametrize("size", [28, 100, 800])
def test_drawing_gets_the_same_answer_at_every_size(classifier, size):
    for digit in range(10):
        assert classifier.predict(draw(digit, size=size)).label == digit


@pytest.mark.parametrize("pair", ["42", "17", "90", "358"])
def test_several_digits_side_by_side_are_rejected(classifier, pair):
    row = np.concatenate([draw(int(digit), size=300) for digit in pair], axis=1)
    assert not classifier.predict(row).is_digit


def test_digit_score_depends_only_on_the_preprocessed_image(classifier, drawing):
    prediction = classifier.predict(drawing)
    again = classifier.predict(preprocess_drawing(drawing))
    assert again.digit_score == pytest.approx(prediction.digit_score, abs=0.02)
