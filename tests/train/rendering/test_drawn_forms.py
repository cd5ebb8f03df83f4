"""Digits and non-digits that the program draws."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sketchdigits import preprocess_drawing
from train.datasets.labelled_images import NON_DIGIT
from train.datasets.omniglot import Characters
from train.rendering.canvas import CanvasStyle, draw_on_canvas
from train.rendering.digit_forms import DIGIT_FORMS, draw_digit
from train.rendering.digits import render_digit_forms
from train.rendering.non_digit_strokes import draw_non_digit, draw_side_by_side
from train.rendering.outliers import render_characters, render_non_digits
from train.rendering.strokes import draw_form, vary_hand
from train.rendering.unseen_non_digits import (
    CANVAS_SIDE,
    PRINTED_CHARACTERS,
    _disc,
    draw_unseen_non_digits,
)

TWO_AND_SIX = [draw_digit(label, np.random.default_rng(label)) for label in (2, 6)]


@pytest.mark.parametrize("label", range(10))
def test_every_form_of_a_digit_can_be_drawn_and_preprocessed(label):
    rng = np.random.default_rng(label)
    assert len(DIGIT_FORMS[label]) >= 5
    for form in DIGIT_FORMS[label].values():
        canvas = draw_on_canvas(vary_hand(draw_form(form, rng), rng), CanvasStyle(size=120))
        assert preprocess_drawing(canvas).max() == 255


def test_drawings_depend_on_the_seed_only():
    one, again, other = (render_digit_forms(30, seed, show_progress=False) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.images, again.images)
    np.testing.assert_array_equal(one.labels, again.labels)
    assert not np.array_equal(one.images, other.images)
    assert len(np.unique(one.labels)) > 5
    first, second = (
        render_non_digits(30, TWO_AND_SIX, seed=3, show_progress=False) for _ in range(2)
    )
    np.testing.assert_array_equal(first.images, second.images)
    assert (first.labels == NON_DIGIT).all()


def test_non_digits_of_every_kind_can_be_drawn():
    rng = np.random.default_rng(0)
    for _ in range(300):
        strokes = draw_non_digit(rng, TWO_AND_SIX)
        assert strokes
        assert all(stroke.shape[1] == 2 and np.isfinite(stroke).all() for stroke in strokes)


def test_digits_side_by_side_are_in_a_row():
    rng = np.random.default_rng(0)
    for _ in range(10):
        strokes = draw_side_by_side(rng, TWO_AND_SIX)
        canvas = draw_on_canvas(strokes, CanvasStyle(width=0.02))
        rows, columns = np.nonzero(canvas < 128)
        assert np.ptp(columns) > 0.8 * np.ptp(rows)


def test_unseen_non_digits_depend_on_the_seed_only_and_have_ink():
    one, again = draw_unseen_non_digits(24, 0), draw_unseen_non_digits(24, 0)
    for canvas, same in zip(one, again, strict=True):
        np.testing.assert_array_equal(canvas, same)
        assert preprocess_drawing(canvas).any()


def test_unseen_discs_do_not_look_like_a_bold_1_or_0():
    for seed in range(100):
        sheet = Image.new("L", (CANVAS_SIDE, CANVAS_SIDE))
        _disc(ImageDraw.Draw(sheet), np.random.default_rng(seed))
        box = sheet.getbbox()
        assert box
        left, top, right, bottom = box
        assert bottom - top <= 1.35 * (right - left)


def test_characters_are_redrawn_with_pens_of_several_widths():
    sheet = np.full((105, 105), 255, np.uint8)
    sheet[20:80, 50:53] = sheet[20:23, 20:80] = 0
    images = np.repeat(sheet[None], 40, axis=0)
    redrawn = render_characters(Characters(images, ("A/character01",) * 40), 1, seed=0)
    ink = redrawn.images.reshape(40, -1).mean(axis=1)
    assert ink.max() > 2 * ink.min()
    assert (redrawn.labels == NON_DIGIT).all()


def test_every_unseen_letter_is_in_the_font():
    font = ImageFont.load_default(size=60)
    missing = bytes(font.getmask("\uffff"))
    drawn = [bytes(font.getmask(letter)) for letter in PRINTED_CHARACTERS]
    assert missing not in drawn
    assert len(set(drawn)) == len(PRINTED_CHARACTERS)
