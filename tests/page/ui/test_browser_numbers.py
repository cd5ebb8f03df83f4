"""Numbers in Chromium: draw 2026, read it, look at its boxes; a number of the gallery."""

import os
from contextlib import suppress

import pytest
from playwright.sync_api import Locator, Page, expect

from page.ui.sketchpad import WIDE_CANVAS_SIZE
from tests.support.accessibility import violations
from tests.support.browser import (
    BRUSH_IS_SELECTED,
    PATIENCE,
    both_pads,
    clear,
    draw_by_touch,
    draw_strokes,
    expect_answer,
)
from tests.support.number_drawings import strokes_of_number
from tests.support.polylines import DIGITS

pytestmark = [pytest.mark.browser, pytest.mark.slow, both_pads]


def expect_number(page: Page, text: str) -> None:
    """Check that the page names this number, shows it large, and has a box for each digit."""
    expect(page.locator("#number .text")).to_have_text(text, timeout=PATIENCE)
    expect(page.locator("#message")).to_contain_text(text)
    expect(page.locator("#number button.read")).to_have_count(len(text))


def tap_until_visible(box: Locator, told: Locator) -> None:
    """Tap again if another answer was under way: then the boxes are drawn anew."""
    for _ in range(20):
        box.tap()
        with suppress(AssertionError):
            expect(told).to_be_visible(timeout=500)
            break


@pytest.mark.parametrize(
    ("width", "context"),
    [
        (1280, {"color_scheme": "light"}),
        (390, {"color_scheme": "dark", "has_touch": True}),
    ],
    ids=["mouse-1280-light", "touch-390-dark"],
)
def test_2026_is_read_and_each_box_shows_its_three_likeliest_digits(
    open_page, app_url, width, context
):
    page = open_page(app_url, width, **context)
    is_touched = "has_touch" in context
    draw = draw_by_touch if is_touched else draw_strokes
    draw(page, strokes_of_number("2026"))
    expect_number(page, "2026")
    for part in ("#prediction", "#seen-row", "#all-ten", "#correction"):
        expect(page.locator(part)).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    boxes, told = page.locator("#number button"), page.locator("#number .told")
    expect(told.first).to_be_hidden()
    for index, digit in enumerate("2026"):
        box = boxes.nth(index)
        if is_touched:
            tap_until_visible(box, told.nth(index))
        elif index:
            page.keyboard.press("Tab")
        else:
            box.hover()
        expect(told.nth(index)).to_be_visible()
        expect(told.nth(index)).to_contain_text(f"{digit}: ")
        assert told.nth(index).inner_text().count("%") == 3
        if not index and not is_touched:
            page.mouse.move(0, 0)
            expect(told.first).to_be_hidden()
            box.focus()
        if index:
            expect(told.nth(index - 1)).to_be_hidden()
    assert violations(page) == []
    if os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{os.environ['SCREENSHOTS']}/number-{width}.png", full_page=True)

    clear(page)
    expect(page.locator("#number .number")).to_have_count(0)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    expect(page.locator("#prediction")).to_be_visible()


def test_number_grows_from_a_digit(page):
    """After the first digit the page shows one digit, after the second a number."""
    draw_strokes(page, strokes_of_number("7", -0.12, 0.5))
    expect_answer(page, 7)
    draw_strokes(page, strokes_of_number("1", 0.5, 1.12))
    expect_number(page, "71")


@pytest.mark.parametrize(
    ("width", "height", "context"),
    [(1280, 900, {}), (844, 390, {"has_touch": True})],
    ids=["desktop", "phone in landscape"],
)
def test_wide_canvas_takes_a_long_number(open_page, app_url, width, height, context):
    page = open_page(app_url, width, height, **context)
    page.locator("#widen-canvas").click()
    expect(page.locator("#widen-canvas")).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(
        """() => {
          const canvas = document.querySelector("#sketchpad canvas");
          return canvas.clientWidth > 1.5 * canvas.clientHeight;
        }"""
    )
    page.wait_for_selector(BRUSH_IS_SELECTED)
    page.locator("#sketchpad").scroll_into_view_if_needed()
    canvas = page.locator("#sketchpad").bounding_box()
    assert canvas
    assert canvas["height"] <= height
    draw = draw_by_touch if context else draw_strokes
    draw(page, strokes_of_number("202613", -0.8, 1.8))
    expect_number(page, "202613")
    size = page.evaluate(
        """async () => {
          const image = await createImageBitmap((await window.editor.get_blobs()).composite);
          return [image.width, image.height];
        }"""
    )
    assert size == [*WIDE_CANVAS_SIZE]
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.locator("#widen-canvas").click()
    expect(page.locator("#number .number")).to_have_count(0, timeout=PATIENCE)
    page.wait_for_selector(BRUSH_IS_SELECTED)
    draw(page, DIGITS[7])
    expect_answer(page, 7)


def test_boxes_are_on_the_digits_of_the_picture(page):
    draw_strokes(page, strokes_of_number("71"))
    expect_number(page, "71")
    picture = page.locator("#number img").bounding_box()
    boxes = [box.bounding_box() for box in page.locator("#number button").all()]
    assert picture
    assert all(boxes)
    for box in boxes:
        assert picture["x"] - 1 <= box["x"]
        assert box["x"] + box["width"] <= picture["x"] + picture["width"] + 1
        assert picture["y"] - 1 <= box["y"]
        assert box["y"] + box["height"] <= picture["y"] + picture["height"] + 1
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]


def test_number_of_the_gallery_is_shown_with_its_true_digits(fresh_page):
    page = fresh_page
    thumbnail = page.locator("#number-gallery button.thumbnail-item").first
    caption = thumbnail.inner_text()
    thumbnail.click()
    message = page.locator("#message")
    expect(message).to_contain_text(f"True label: {caption.split()[0]}.", timeout=PATIENCE)
    expect(message).to_contain_text("Right." if "✓" in caption else "Wrong.")
    expect(page.locator("#number img")).to_be_visible()
    expect(page.locator("#prediction")).to_be_hidden()
    page.locator("#gallery button.thumbnail-item").first.click()
    expect(page.locator("#prediction h2")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#number .number")).to_have_count(0)
