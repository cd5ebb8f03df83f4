"""Marks of an image -> lines of text: uneven rows stay one line, lines below each other don't."""

import numpy as np

from sketchdigits.numbers.text_lines import find_text_lines


def lines_of(*boxes):
    """The marks of each line; a box is top, left, bottom, right."""
    return [line.marks for line in find_text_lines(np.array(boxes))]


def test_row_at_one_height_is_one_line():
    assert lines_of((0, 0, 60, 30), (5, 40, 62, 70), (2, 80, 58, 110)) == [(0, 1, 2)]


def test_digit_that_stands_much_lower_than_its_neighbour_is_in_its_line():
    assert lines_of((0, 0, 60, 30), (50, 40, 110, 70)) == [(0, 1)]
    assert lines_of((50, 0, 110, 30), (0, 40, 60, 70), (45, 80, 105, 110)) == [(0, 1, 2)]


def test_lines_below_each_other_stay_apart():
    upper = [(0, 0, 60, 30), (0, 40, 60, 70)]
    lower = [(80, 0, 140, 30), (80, 40, 140, 70)]
    assert lines_of(*upper, *lower) == [(0, 1), (2, 3)]


def test_lines_that_touch_from_above_stay_apart():
    assert lines_of((0, 0, 60, 30), (0, 40, 60, 70), (55, 0, 115, 30), (55, 45, 115, 75)) == [
        (0, 1),
        (2, 3),
    ]
