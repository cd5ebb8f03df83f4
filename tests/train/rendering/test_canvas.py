"""Drawing strokes on canvases of every style, and datasets of such drawings."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from sketchdigits import preprocess_drawing
from tests.support.polylines import DIGITS
from train.datasets.pendigits import PenDigit
from train.rendering.canvas import CanvasStyle, draw_on_canvas, random_style
from train.rendering.digits import EVALUATION_STYLES, render_training_drawings

SEVEN = [np.array(stroke, np.float32) for stroke in DIGITS[7]]


def ink_box(canvas):
    rows, columns = np.nonzero(canvas < 128)
    return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1


@pytest.mark.parametrize("position", [(0, 0), (1, 1), (0.5, 0.2)])
@pytest.mark.parametrize("width", [0.004, 0.08, 0.25])
def test_digit_has_the_size_of_its_style_and_is_on_the_canvas(position, width):
    style = CanvasStyle(size=200, extent=0.5, position=position, width=width)
    top, left, bottom, right = ink_box(draw_on_canvas(SEVEN, style))
    assert min(top, left) >= 0
    assert max(bottom, right) <= 200
    assert max(bottom - top, right - left) == pytest.approx(100, abs=3)


def test_edges_are_antialiased_unless_oversampling_is_off():
    smooth = np.unique(draw_on_canvas(SEVEN, CanvasStyle()))
    rough = np.unique(draw_on_canvas(SEVEN, CanvasStyle(oversampling=1)))
    assert len(smooth) > 5
    assert set(rough) == {0, 255}


def test_single_dot_is_drawn():
    canvas = draw_on_canvas([np.array([[3.0, 4.0]])], CanvasStyle(size=100, width=0.2))
    assert (canvas < 128).sum() > 20


def test_canvas_has_the_colours_and_transparency_of_its_style():
    yellow = draw_on_canvas(SEVEN, CanvasStyle(ink=(0, 0, 255), background=(255, 255, 0)))
    assert tuple(yellow[0, 0]) == (255, 255, 0)
    assert (yellow == (0, 0, 255)).all(axis=-1).any()
    clear = draw_on_canvas(SEVEN, EVALUATION_STYLES["black on transparent"])
    assert clear.shape == (400, 400, 4)
    assert clear[0, 0, 3] == 0
    assert clear[..., 3].max() == 255


def test_random_styles_cover_their_range_and_can_be_preprocessed():
    rng = np.random.default_rng(0)
    styles = [random_style(rng) for _ in range(500)]
    assert {style.size for style in styles} >= {28, 100, 560}
    assert min(style.width for style in styles) < 0.015
    assert max(style.width for style in styles) > 0.2
    for style in styles[:60]:
        canvas = draw_on_canvas(SEVEN, replace(style, extent=min(style.extent, 0.95)))
        assert canvas.shape == (style.size, style.size)
        assert preprocess_drawing(canvas).max() == 255


def test_rendered_dataset_is_labelled_preprocessed_and_the_same_in_every_process(monkeypatch):
    digits = [
        PenDigit(tuple(np.array(s, np.float32) for s in strokes), label, 1)
        for label, strokes in DIGITS.items()
    ]
    drawings = render_training_drawings(digits, copies=2, seed=0, show_progress=False)
    # Again in threads of this process: starting worker processes takes seconds.
    monkeypatch.setattr(
        "train.rendering.digits.ProcessPoolExecutor", lambda count, _: ThreadPoolExecutor(count)
    )
    again = render_training_drawings(digits, copies=2, seed=0, show_progress=False)
    assert drawings.images.shape == (20, 28, 28)
    assert (drawings.images.max(axis=(1, 2)) == 255).all()
    np.testing.assert_array_equal(drawings.labels, list(DIGITS) * 2)
    np.testing.assert_array_equal(drawings.images, again.images)
    assert not np.array_equal(drawings.images[0], drawings.images[10])
