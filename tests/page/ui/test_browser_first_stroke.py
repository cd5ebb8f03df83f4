"""The one browser test of the default run: draw, read the answer, clear, draw again."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import DRAW_A_DIGIT, both_pads, clear, draw_strokes, expect_answer
from tests.support.polylines import DIGITS

pytestmark = [pytest.mark.browser, both_pads]


def test_first_stroke_is_read_at_start_and_after_each_clearing(every_frame_page):
    page = every_frame_page
    expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT)
    for digit in (7, 1, 0):
        assert len(DIGITS[digit]) == 1
        draw_strokes(page, DIGITS[digit])
        expect_answer(page, digit)
        clear(page)
