"""The page in Chromium without WebGL: the plain pad takes the Sketchpad's place by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.support.accessibility import violations
from tests.support.browser import (
    DRAW_A_DIGIT,
    PATIENCE,
    WITHOUT_WEBGL,
    Pages,
    clear,
    draw_by_touch,
    draw_strokes,
    expect_answer,
    start_chromium,
    tool,
)
from tests.support.number_drawings import strokes_of_number
from tests.support.polylines import DIGITS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with start_chromium(playwright, WITHOUT_WEBGL) as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(browser: Browser) -> Pages:
    return Pages(browser)


@pytest.fixture(scope="module")
def pad() -> str:
    return "auto"


def test_first_stroke_is_read_at_start_and_after_each_clearing(every_frame_page):
    page = every_frame_page
    assert page.evaluate("document.createElement('canvas').getContext('webgl')") is None
    assert page.evaluate("window.editor.isPlain")
    expect(page.locator("#sketchpad")).to_have_count(1)
    for digit in (7, 1, 0):
        draw_strokes(page, DIGITS[digit])
        expect_answer(page, digit)
        clear(page)


def test_new_stroke_ends_redoing(page):
    draw_strokes(page, [[(0.5, 0.1), (0.5, 0.9)]])
    expect_answer(page, 1)
    tool(page, "Undo").click()
    expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT, timeout=PATIENCE)
    expect(tool(page, "Redo")).to_be_enabled()
    draw_strokes(page, DIGITS[7])
    expect_answer(page, 7)
    expect(tool(page, "Redo")).to_be_disabled()


def test_finger_on_a_phone_draws_and_scrolls_nothing(open_page, app_url):
    page = open_page(app_url, 390, 700, has_touch=True)
    for digit in (3, 8):
        draw_by_touch(page, DIGITS[digit])
        expect_answer(page, digit)
        assert violations(page) == []
        clear(page)
    assert page.evaluate("window.scrollY") == 0


@pytest.mark.parametrize(("width", "colours"), [(1280, "light"), (390, "dark")])
def test_wide_canvas_takes_a_number_and_axe_finds_no_violation(open_page, app_url, width, colours):
    page = open_page(app_url, width, color_scheme=colours)
    page.locator("#widen-canvas").click()
    draw_strokes(page, strokes_of_number("2026", -0.8, 1.8))
    expect(page.locator("#number .text")).to_have_text("2026", timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    tool(page, "Brush Size").click()
    page.locator("#sketchpad [role=application]").focus()
    page.keyboard.press("ArrowUp")
    assert violations(page) == []
    page.locator("#widen-canvas").click()
    expect(page.locator("#number .number")).to_have_count(0, timeout=PATIENCE)
    draw_strokes(page, DIGITS[7])
    expect_answer(page, 7)
