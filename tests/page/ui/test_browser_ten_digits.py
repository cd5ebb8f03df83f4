"""All ten digits drawn in Chromium, by mouse and by finger, on wide and narrow screens."""

import pytest

from tests.support.browser import clear, draw_by_touch, draw_strokes, expect_answer, open_page
from tests.support.polylines import DIGITS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("width", "context"),
    [
        (1280, {"color_scheme": "light"}),
        (390, {"color_scheme": "dark", "has_touch": True}),
        (390, {"color_scheme": "light"}),
        (1280, {"color_scheme": "dark", "has_touch": True}),
    ],
    ids=["mouse-1280-light", "touch-390-dark", "mouse-390-light", "touch-1280-dark"],
)
def test_ten_drawn_digits_are_read(browser, app_url, width, context):
    page = open_page(browser, app_url, width, **context)
    draw = draw_by_touch if "has_touch" in context else draw_strokes
    for digit, strokes in DIGITS.items():
        draw(page, strokes)
        expect_answer(page, digit)
        clear(page)
    page.context.close()
