"""Printed lines in photographs: which lines are erased, and which are strokes of the digit.

The pictures are darkness maps, `(200, 200) float32, 0-1`, with even paper and hardly any noise.
"""

import numpy as np
import pytest

from sketchdigits.preprocessing.photo_ruled_lines import erase_ruled_lines

SIDE = 200
PAPER = np.full((SIDE, SIDE), 200, np.float32)
NOISE = np.full((SIDE, SIDE), 0.06, np.float32)


def erase(darkness: np.ndarray) -> np.ndarray:
    return erase_ruled_lines(darkness, PAPER, NOISE)[0]


def paper_with(*bars: tuple[slice, slice, float]) -> np.ndarray:
    """Paper with bars: rows, columns and darkness, 0-1."""
    darkness = np.zeros((SIDE, SIDE), np.float32)
    for rows, columns, level in bars:
        darkness[rows, columns] = level
    return darkness


EVERYWHERE = slice(None)
BAR = (slice(60, 66), EVERYWHERE, 0.8)
STEM = (slice(60, 170), slice(110, 116), 0.8)


@pytest.mark.parametrize("turned", [False, True])
def test_the_only_stroke_from_edge_to_edge_is_kept(turned):
    darkness = paper_with((slice(96, 102), EVERYWHERE, 0.8))
    darkness = darkness.T.copy() if turned else darkness
    assert np.array_equal(erase(darkness), darkness)


def test_bar_from_edge_to_edge_is_kept_if_it_is_as_thick_and_dark_as_the_stem():
    darkness = paper_with(BAR, STEM)
    assert np.array_equal(erase(darkness), darkness)


@pytest.mark.parametrize(
    "line",
    [(slice(120, 122), EVERYWHERE, 0.8), (slice(120, 126), EVERYWHERE, 0.4)],
    ids=["thin", "pale"],
)
def test_thin_or_pale_line_through_the_digit_is_erased(line):
    stem = (slice(40, 170), slice(106, 116), 0.8)
    erased = erase(paper_with(line, stem))
    assert not erased[line[0], :90].any()
    assert erased[stem[0], 110].min() > 0.3


def test_line_beside_the_digit_is_erased():
    darkness = paper_with((slice(8, 14), EVERYWHERE, 0.8), STEM)
    erased = erase(darkness)
    assert not erased[:20].any()
    assert erased[60:170, 110:116].all()


def test_repeated_lines_are_erased_without_a_digit():
    lines = [(slice(row, row + 5), EVERYWHERE, 0.8) for row in range(30, 180, 35)]
    assert not erase(paper_with(*lines)).any()


@pytest.mark.parametrize("turned", [False, True])
def test_dark_stem_between_two_paler_lines_of_a_cell_is_kept(turned):
    pale = [(EVERYWHERE, slice(column, column + 4), 0.27) for column in (8, 190)]
    stem = paper_with((EVERYWHERE, slice(95, 101), 0.46))
    darkness = np.maximum(stem, paper_with(*pale))
    erased, is_ruled = erase_ruled_lines(darkness.T if turned else darkness, PAPER, NOISE)
    assert not is_ruled
    assert np.array_equal(erased.T if turned else erased, stem)
