"""Rows of digits: seeded, with boxes around their digits; touching ones touch."""

import numpy as np
import pytest

from sketchdigits.preprocessing.connected_components import find_components
from tests.support.drawn_hands import draw_hands
from train.datasets.labelled_images import LabelledImages
from train.datasets.pendigits import PenDigit
from train.rendering.number_sets import (
    LETTERS,
    PHOTOGRAPHED,
    PLAIN,
    SCRIBBLES,
    UNSEEN,
    WORDS,
    draw_non_numbers,
    draw_numbers,
)
from train.rendering.row_pictures import FORMS
from train.rendering.rows import (
    COMPOSING_STYLES,
    compose_row,
    hand_of_images,
    hands_of_pen_digits,
)

HANDS = draw_hands()
[HAND] = HANDS.sources[1]
# 0, 2, 3 and 6 in one stroke each.
ROUND = [HAND.digits[label] for label in (0, 2, 3, 6)]


def compose(seed: int, **options):
    rng = np.random.default_rng(seed)
    return compose_row(ROUND, COMPOSING_STYLES["natural"], rng, height=60, **options)


def count_marks(row) -> int:
    return len(find_components((row.coverage > 0.3)[None]).masks)


@pytest.mark.parametrize("name", [PLAIN, PHOTOGRAPHED, UNSEEN, *FORMS])
def test_pictures_of_numbers_are_seeded(name):
    first, again = (list(draw_numbers(HANDS, name, 2, seed=5)) for _ in range(2))
    for (picture, text), (other, same) in zip(first, again, strict=True):
        assert text == same
        assert 2 <= len(text) <= 7
        assert picture.dtype == np.uint8
        assert picture.shape[2] == 3
        np.testing.assert_array_equal(picture, other)


def test_digits_touch_as_often_as_asked():
    assert [count_marks(compose(seed, touching=0.0)) for seed in range(5)] == [4] * 5
    touching = [count_marks(compose(seed, touching=1.0, pen=0.1)) for seed in range(5)]
    assert max(touching) < 4


def test_boxes_hold_the_ink_of_their_digits():
    row = compose(3, touching=0.0)
    outside = row.coverage.copy()
    for x, y, width, height in row.boxes:
        top, left = max(0, int(y) - 1), max(0, int(x) - 1)
        part = outside[top : int(y + height) + 2, left : int(x + width) + 2]
        assert part.max() > 0.9
        part[:] = 0
    assert outside.max() < 0.1
    assert row.text == "0236"


def test_non_numbers_have_letters_or_none():
    for name in (LETTERS, WORDS, SCRIBBLES):
        assert len(list(draw_non_numbers(HANDS, name, 2, seed=1))) == 2


def test_images_and_pen_digits_become_hands():
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 10:18] = 255
    hand = hand_of_images(LabelledImages(np.stack([image] * 3), np.array([1, 7, 1])))
    rng = np.random.default_rng(0)
    row = compose_row(hand.digits, COMPOSING_STYLES["wide"], rng, touching=0.0, height=40)
    assert (row.text, count_marks(row)) == ("171", 3)
    stroke = np.array([(0, 0), (30, 90)], np.float32)
    few = [PenDigit((stroke,), 1, writer=1)] * 2
    many = [PenDigit((stroke,), 1, writer=2)] * 8
    [pen] = hands_of_pen_digits([*few, *many])
    assert len(pen.digits) == 8
