"""Splitting an image at its empty columns: what is found, and bounds on number and memory."""

import tracemalloc

import numpy as np
import pytest

from sketchdigits import preprocess_drawing
from sketchdigits.preprocessing.split import MAX_PARTS, split_side_by_side
from tests.support.polylines import draw
from train.rendering.canvas import CanvasStyle, draw_on_canvas
from train.rendering.digit_forms import draw_digit


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


TWO_AND_SIX = [draw_digit(label, np.random.default_rng(label)) for label in (2, 6)]


def test_split_finds_drawings_side_by_side():
    aside = np.array([1.5, 0])
    strokes = [*TWO_AND_SIX[0], *(stroke + aside for stroke in TWO_AND_SIX[1])]
    canvas = draw_on_canvas(strokes, CanvasStyle(extent=0.8))
    left, right = split_side_by_side(canvas)
    assert np.abs(preprocess_drawing(left).astype(int) - preprocess_drawing(right)).max() > 200
    [alone] = split_side_by_side(draw_on_canvas(TWO_AND_SIX[0], CanvasStyle()))
    assert alone.any()


def test_split_ignores_a_dash_beside_a_drawing():
    canvas = draw_on_canvas(TWO_AND_SIX[0], CanvasStyle(extent=0.5))
    canvas[300:320, 20:60] = 0
    assert len(split_side_by_side(canvas)) == 1
