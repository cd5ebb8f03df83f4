"""Segments of rows: whole digits with their labels, and wrong pieces as non-digits; seeded."""

import numpy as np
import pytest

from sketchdigits.numbers.segments import Segment
from tests.support.drawn_hands import draw_hands
from train.datasets.labelled_images import NON_DIGIT
from train.rendering.row_segments import _compare_ink, _label, render_row_segments

HANDS = draw_hands()


@pytest.fixture(scope="module")
def segments():
    return render_row_segments(HANDS, 12, seed=3, show_progress=False)


def test_segments_are_seeded(segments):
    again = render_row_segments(HANDS, 12, seed=3, show_progress=False)
    np.testing.assert_array_equal(segments.images, again.images)
    np.testing.assert_array_equal(segments.labels, again.labels)


def test_segments_show_digits_and_non_digits(segments, classifier):
    is_digit = segments.labels != NON_DIGIT
    assert is_digit.sum() > 20
    assert (~is_digit).sum() > 10
    found = np.array([p.label for p in classifier.predict_preprocessed(segments.images)])
    assert (found[is_digit] == segments.labels[is_digit]).mean() > 0.9


# Three pieces of four pixels each: a 4 of two pieces, and a 7 of one.
NUMBERS = np.repeat(np.arange(3, dtype=np.int32), 4).reshape(1, 12)
GLYPHS = np.zeros((2, 1, 12))
GLYPHS[0, 0, :8] = 1
GLYPHS[1, 0, 8:] = 1


@pytest.mark.parametrize(
    ("first", "end", "label"),
    [(0, 2, 4), (2, 3, 7), (0, 1, NON_DIGIT), (1, 3, NON_DIGIT), (0, 3, NON_DIGIT)],
)
def test_only_one_whole_digit_has_its_label(first, end, label):
    segment = Segment(first, end, (0, 0, 10, 10), ())
    [covered], [foreign] = _compare_ink(NUMBERS, [segment], GLYPHS)
    assert _label(segment, "47", covered, foreign) == label


def test_narrow_part_of_a_digit_is_not_taken_for_a_non_digit():
    segment = Segment(0, 1, (0, 0, 10, 2), ())
    [covered], [foreign] = _compare_ink(NUMBERS, [segment], GLYPHS)
    assert _label(segment, "47", covered, foreign) is None
