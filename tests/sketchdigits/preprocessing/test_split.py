"""Splitting an image at its empty columns: one drawing for each digit side by side."""

import numpy as np

from sketchdigits import preprocess_drawing
from sketchdigits.preprocessing.split import split_side_by_side
from train.rendering.canvas import CanvasStyle, draw_on_canvas
from train.rendering.digit_forms import draw_digit

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
