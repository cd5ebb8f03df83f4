"""Numbers in the fields of forms: printed lines are no digits, also where they are broken."""

import numpy as np
import pytest

from sketchdigits.numbers.form_uprights import _add_expected
from tests.support.polylines import draw

# Pixels: the side of a box, and the gap between separate boxes.
SIDE, GAP, TOP = 100, 24, 20
BOTTOM = TOP + SIDE


def draw_form(text: str, *, gap: int = 0, comb: bool = False) -> np.ndarray:
    """Boxes, or a comb, with a digit each, `(160, w) uint8`; one box stays empty."""
    count = len(text) + 1
    form = np.full((160, count * (SIDE + gap) + 60), 255, np.uint8)
    for index, digit in enumerate([*text, ""]):
        left = 20 + index * (SIDE + gap)
        if digit:
            drawn = draw(int(digit), size=SIDE - 16, extent=0.75, width=0.09)
            form[TOP + 8 : BOTTOM - 8, left + 8 : left + SIDE - 8] = drawn
        form[BOTTOM : BOTTOM + 2, left : left + SIDE + 2] = 0
        if not comb:
            form[TOP : TOP + 2, left : left + SIDE + 2] = 0
        for upright in (left, left + SIDE):
            form[BOTTOM - 30 if comb else TOP : BOTTOM, upright : upright + 2] = 0
    return form


def break_upright(form: np.ndarray, column: int) -> None:
    """Erase the ends of an upright line, so that it looks like a 1; in place."""
    form[TOP + 3 : TOP + 24, column : column + 2] = 255
    form[BOTTOM - 24 : BOTTOM - 1, column : column + 2] = 255


@pytest.mark.parametrize("options", [{}, {"gap": GAP}, {"comb": True}], ids=str)
def test_digits_in_a_form_are_read_without_its_lines(classifier, options):
    reading = classifier.read_number(draw_form("2075", **options))
    assert (reading.text, reading.is_number) == ("2075", True)


@pytest.mark.parametrize("gap", [0, GAP])
@pytest.mark.parametrize("number", [1, 3])
def test_broken_side_of_a_box_is_no_1(classifier, gap, number):
    form = draw_form("2075", gap=gap)
    break_upright(form, 20 + number * (SIDE + gap))
    assert classifier.read_number(form).text == "2075"


def test_upright_is_expected_where_equal_distances_say_so():
    columns, covers = np.array([10, 50, 130]), np.zeros(200)
    covers[89] = 0.5
    assert list(_add_expected(columns, covers, 20, (10, 170))) == [10, 50, 89, 130]
    covers[89] = 0.2
    assert list(_add_expected(columns, covers, 20, (10, 170))) == [10, 50, 130]


def test_uprights_of_separate_boxes_are_two_series():
    columns, covers = np.array([10, 50, 60, 100, 110, 210]), np.zeros(300)
    covers[[150, 160, 200]] = 0.5
    assert list(_add_expected(columns, covers, 30, (10, 212))) == [
        *(10, 50, 60, 100, 110),
        *(150, 160, 200, 210),
    ]


def test_two_strokes_in_one_box_are_one_digit(classifier):
    """A 4 like a U and a 1, with a gap that would part two digits elsewhere."""
    form = draw_form("275")
    box = form[TOP + 8 : BOTTOM - 8, 20 + SIDE + 8 : 20 + 2 * SIDE - 8]
    box[:] = 255
    box[10:45, 14:20] = box[40:46, 14:46] = box[10:76, 74:80] = 0
    assert classifier.read_number(form).text == "245"
