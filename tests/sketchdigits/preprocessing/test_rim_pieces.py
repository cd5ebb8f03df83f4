"""Pieces of printed lines that stand apart from the digit are removed; the digit's strokes stay."""

import numpy as np
import pytest

from sketchdigits import preprocess_drawing
from sketchdigits.preprocessing.rim_pieces import clear_rim_pieces
from tests.sketchdigits.preprocessing.test_pipeline import difference
from tests.support.polylines import draw

SIDE = 120
# Top, left, bottom, right of rectangles.
PIECES = {
    "ticks of a comb": [(80, 8, 112, 11), (80, 109, 112, 112)],
    "corner marks": [
        *[(8, 8, 11, 34), (8, 8, 34, 11), (8, 86, 11, 112), (8, 109, 34, 112)],
        *[(109, 8, 112, 34), (86, 8, 112, 11), (109, 86, 112, 112), (86, 109, 112, 112)],
    ],
    "one right angle": [(8, 8, 11, 80), (8, 8, 60, 11)],
    "parts of two sides": [(108, 20, 112, 70), (30, 8, 85, 12)],
}


def with_pieces(drawing: np.ndarray, pieces: list[tuple[int, int, int, int]]) -> np.ndarray:
    lined = drawing.copy()
    for top, left, bottom, right in pieces:
        lined[top:bottom, left:right] = 0
    return lined


@pytest.mark.parametrize("digit", [0, 2, 4, 6, 7, 9])
@pytest.mark.parametrize("pieces", PIECES)
def test_digit_looks_like_the_one_without_the_pieces(pieces, digit):
    drawing = draw(digit, size=SIDE, width=0.05, extent=0.5)
    lined = with_pieces(drawing, PIECES[pieces])
    assert difference(preprocess_drawing(lined), preprocess_drawing(drawing)) < 0.05


@pytest.mark.parametrize(
    "strokes",
    [
        pytest.param(
            [(20, 20, 100, 25), (20, 58, 100, 63), (20, 95, 100, 100)], id="three strokes"
        ),
        pytest.param([(20, 40, 25, 80), (45, 40, 100, 80)], id="bar of a 5"),
        pytest.param([(20, 20, 100, 25), (20, 95, 100, 100)], id="11"),
    ],
)
def test_strokes_that_may_be_the_digits_own_stay(strokes):
    mask = np.zeros((SIDE, SIDE), bool)
    for top, left, bottom, right in strokes:
        mask[top:bottom, left:right] = True
    assert clear_rim_pieces(mask) is mask


def test_slanted_tail_at_the_rim_stays():
    mask = np.zeros((SIDE, SIDE), bool)
    mask[40:60, 70:100] = True
    for step in range(20):
        mask[70 + step, 108 - step : 112 - step] = True
    assert clear_rim_pieces(mask) is mask


def test_turned_bar_of_a_5_stays():
    mask = np.zeros((SIDE, SIDE), bool)
    mask[30:112, 20:26] = True
    for step in range(40):
        row = 26 - step // 4
        mask[row : row + 5, 58 + step] = True
    assert clear_rim_pieces(mask) is mask
