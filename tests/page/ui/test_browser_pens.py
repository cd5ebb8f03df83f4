"""Pen strokes of people who did not write training data, drawn on the page in Chromium."""

import numpy as np
import pytest

from tests.conftest import dataset_file
from tests.support.browser import (
    Stroke,
    clear,
    draw_by_touch,
    draw_strokes,
    expect_answer,
)
from train.datasets import PENDIGITS
from train.datasets.pendigits import load_pendigits

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]


def pen_strokes() -> dict[int, list[Stroke]]:
    """The first pen digit of each class by a validation writer, scaled to 0-1."""
    drawn: dict[int, list[Stroke]] = {}
    for pen_digit in load_pendigits(dataset_file(PENDIGITS)).validation:
        points = np.concatenate(pen_digit.strokes)
        low, extent = points.min(axis=0), np.ptp(points, axis=0).max()
        strokes = [((stroke - low) / extent).tolist() for stroke in pen_digit.strokes]
        drawn.setdefault(pen_digit.label, strokes)
    return drawn


@pytest.mark.parametrize(
    ("width", "context", "digits"),
    [
        (390, {"color_scheme": "dark"}, (0, 2, 4, 6, 8)),
        (390, {"color_scheme": "light", "has_touch": True}, (1, 3, 5, 7, 9)),
    ],
    ids=["mouse-390-dark", "touch-390-light"],
)
def test_pen_strokes_of_people_are_read(open_page, app_url, width, context, digits):
    page = open_page(app_url, width, **context)
    draw = draw_by_touch if "has_touch" in context else draw_strokes
    drawn = pen_strokes()
    assert sorted(drawn) == list(range(10))
    for digit in digits:
        draw(page, drawn[digit])
        expect_answer(page, digit)
        clear(page)
