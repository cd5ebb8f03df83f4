"""Digits in frames and cells: every style has its lines, and a seed gives the same images."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from tests.support.polylines import DIGITS
from train.datasets.pendigits import PenDigit
from train.rendering.digits import render_lined_digits, render_lined_evaluation
from train.rendering.lined_pictures import MAX_SIDE, MIN_SIDE, draw_lined_picture
from train.rendering.printed_lines import LINED_STYLES, UNSEEN_LINED_STYLES

PEN_DIGITS = [
    PenDigit(tuple(np.array(stroke, np.float32) for stroke in strokes), label, 1)
    for label, strokes in DIGITS.items()
]
SEVEN = PEN_DIGITS[7].strokes
ALL_STYLES = LINED_STYLES | UNSEEN_LINED_STYLES


@pytest.mark.parametrize("name", ALL_STYLES)
def test_style_adds_lines_and_keeps_the_digit(name):
    style = replace(ALL_STYLES[name], clean=1.0)
    for seed in range(5):
        plain, lined = (
            draw_lined_picture(SEVEN, style, np.random.default_rng(seed), with_lines=with_lines)
            for with_lines in (False, True)
        )
        assert plain.shape == lined.shape
        assert min(plain.shape) >= MIN_SIDE
        assert max(plain.shape) <= MAX_SIDE
        changed = np.abs(plain.astype(int) - lined) > 25
        assert changed.sum() > max(plain.shape) / 4


def test_rendered_digits_are_labelled_preprocessed_and_the_same_in_every_process(monkeypatch):
    monkeypatch.setattr(
        "train.rendering.digits.ProcessPoolExecutor", lambda count, _: ThreadPoolExecutor(count)
    )
    drawings = render_lined_digits(PEN_DIGITS, copies=2, seed=0, show_progress=False)
    again = render_lined_digits(PEN_DIGITS, copies=2, seed=0, show_progress=False)
    assert drawings.images.shape == (20, 28, 28)
    np.testing.assert_array_equal(drawings.labels, list(DIGITS) * 2)
    np.testing.assert_array_equal(drawings.images, again.images)
    assert not np.array_equal(drawings.images[:10], drawings.images[10:])


def test_evaluation_draws_the_same_digits_with_and_without_lines():
    style = UNSEEN_LINED_STYLES["comb of a form"]
    lined, plain, again = (
        render_lined_evaluation(PEN_DIGITS, style, 0, with_lines=with_lines, show_progress=False)
        for with_lines in (True, False, False)
    )
    assert lined.images.shape == (10, 28, 28)
    np.testing.assert_array_equal(lined.labels, list(DIGITS))
    np.testing.assert_array_equal(plain.images, again.images)
