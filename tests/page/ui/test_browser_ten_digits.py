"""All ten digits drawn in Chromium by mouse and by finger; on wide and narrow screens."""

import pytest

from tests.support.browser import both_pads, clear, draw_by_touch, draw_strokes, expect_answer
from tests.support.polylines import DIGITS

pytestmark = [pytest.mark.browser, pytest.mark.slow, both_pads]


@pytest.mark.parametrize(
    ("width", "context", "digits"),
    # All are drawn both ways on a narrow screen, where a digit takes half the time.
    [
        (390, {"color_scheme": "light"}, range(10)),
        (390, {"color_scheme": "dark", "has_touch": True}, range(10)),
        (1280, {"color_scheme": "light"}, (0, 4)),
        (1280, {"color_scheme": "dark", "has_touch": True}, (5, 7)),
    ],
    ids=["mouse-390-light", "touch-390-dark", "mouse-1280-light", "touch-1280-dark"],
)
def test_drawn_digits_are_read(open_page, app_url, width, context, digits):
    page = open_page(app_url, width, **context)
    draw = draw_by_touch if "has_touch" in context else draw_strokes
    for digit in digits:
        draw(page, DIGITS[digit])
        expect_answer(page, digit)
        clear(page)
