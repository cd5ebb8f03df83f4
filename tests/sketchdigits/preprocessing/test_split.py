"""Splitting side by side: the number of drawings and the memory for them are bounded."""

import tracemalloc

import numpy as np
import pytest

from sketchdigits import preprocess_drawing
from sketchdigits.preprocessing.split import MAX_PARTS, split_side_by_side
from tests.support.polylines import draw


def draw_stripes(count: int, size: int) -> np.ndarray:
    canvas = np.full((size, size), 255, np.uint8)
    for column in np.linspace(0.15 * size, 0.85 * size, count).astype(int):
        canvas[size // 50 : -size // 50, column : column + max(1, size // 400)] = 0
    return canvas


def peak_bytes_of_splitting(canvas: np.ndarray) -> tuple[int, int]:
    """The number of drawings, and the most memory that splitting takes."""
    tracemalloc.start()
    try:
        return len(split_side_by_side(canvas)), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_120_stripes_take_little_memory_and_are_not_drawings():
    count, peak = peak_bytes_of_splitting(draw_stripes(120, 1_000))
    assert count == 0
    assert peak < 40_000_000  # for each stripe of its own height in margins: 720,000,000


def test_largest_drawing_of_six_stripes_takes_less_than_100_megabytes():
    count, peak = peak_bytes_of_splitting(draw_stripes(6, 2_048))
    assert count == MAX_PARTS
    assert peak < 100_000_000


def test_seven_drawings_are_too_many_but_a_dot_does_not_count():
    assert len(split_side_by_side(draw_stripes(6, 280))) == 6
    assert split_side_by_side(draw_stripes(7, 280)) == []
    dotted = draw_stripes(7, 280)
    dotted[:200, 220:] = 255  # only the last stripe's lower end remains
    assert len(split_side_by_side(dotted)) == 6


@pytest.mark.parametrize("size", [280, 2_000])
def test_every_part_is_a_canvas_that_can_be_read(size):
    pair = np.concatenate([draw(2, size=size, extent=0.9), draw(6, size=size, extent=0.9)], axis=1)
    parts = split_side_by_side(pair)
    assert [preprocess_drawing(part).shape for part in parts] == [(28, 28)] * 2
