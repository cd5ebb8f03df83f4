"""Accessibility and screen sizes, in Chromium: axe, keyboard, widths, reduced motion."""

import os

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import violations
from tests.support.browser import (
    PATIENCE,
    SCRAWL,
    both_pads,
    clear,
    draw_by_touch,
    draw_strokes,
    expect_answer,
)
from tests.support.polylines import DIGITS

pytestmark = [pytest.mark.browser, pytest.mark.slow, both_pads]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_no_violation(open_page, app_url, colours):
    page = open_page(app_url, 1280, color_scheme=colours)
    draw_strokes(page, DIGITS[3])
    expect_answer(page, 3)
    page.locator("#correction button").first.click()
    for tab in (None, "Photo", "The model", "API"):
        if tab:
            page.get_by_role("tab", name=tab).click()
            page.wait_for_timeout(1500)
        assert violations(page) == []
    page.get_by_role("tab", name="Try it").click()
    page.get_by_role("tab", name="Draw").click()
    clear(page)
    draw_strokes(page, SCRAWL)
    expect(page.locator("#message")).to_contain_text("doesn't look like", timeout=PATIENCE)
    assert violations(page) == []


def test_axe_finds_no_violation_around_the_canvas_of_a_phone(open_page, app_url):
    page = open_page(app_url, 390)
    draw_strokes(page, DIGITS[3])
    expect_answer(page, 3)
    assert violations(page) == []


def test_keyboard_reaches_tools_and_tabs_with_a_visible_focus(page):
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => {
                  const e = document.activeElement, s = getComputedStyle(e);
                  const seen = s.outlineStyle !== "none" || s.boxShadow !== "none";
                  return (e.ariaLabel || e.innerText || e.type) + (seen ? "" : " unseen");
                }"""
            )
        )
    assert {"Photo", "The model", "Clear canvas", "Brush", "Erase"} <= reached, reached


def test_table_that_is_too_wide_for_the_screen_scrolls_by_keyboard(page):
    page.get_by_role("tab", name="The model").click()
    table = page.get_by_role("region", name="Accuracy on each digit")
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0", timeout=PATIENCE)
    assert violations(page) == []


def test_canvas_fits_a_phone_in_landscape(open_page, app_url):
    page = open_page(app_url, 844, 390, has_touch=True)
    box = page.locator("#sketchpad").bounding_box()
    assert box
    assert box["height"] <= 390
    page.locator("#sketchpad").scroll_into_view_if_needed()
    draw_by_touch(page, DIGITS[3])
    expect_answer(page, 3)


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_nothing_moves_when_the_answer_arrives_and_the_page_fits_the_screen(
    open_page, app_url, width
):
    colours = "dark" if width == 768 else "light"
    page = open_page(app_url, width, every_frame=True, color_scheme=colours)
    page.evaluate(
        """() => {
          window.shift = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
          }).observe({type: "layout-shift"});
        }"""
    )
    draw_strokes(page, DIGITS[3])
    expect_answer(page, 3)
    page.wait_for_timeout(500)
    assert page.evaluate("window.shift") < 0.01
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    screenshots = os.environ.get("SCREENSHOTS")
    if screenshots:
        # Without the gallery, because its images are not ours.
        gallery = page.locator("#gallery").bounding_box()
        assert gallery
        page.screenshot(
            path=f"{screenshots}/{width}.png",
            clip={"x": 0, "y": 0, "width": width, "height": gallery["y"] - 48},
            full_page=True,
        )
        if width == 1280:  # the size that social networks show
            page.screenshot(
                path=f"{screenshots}/preview.png",
                clip={"x": 20, "y": 0, "width": 1240, "height": 651},
            )


def test_reduced_motion_stops_animations(open_page, app_url):
    page = open_page(app_url, reduced_motion="reduce")
    slow = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((e) => {
          const s = getComputedStyle(e);
          return Math.max(parseFloat(s.transitionDuration), parseFloat(s.animationDuration)) > 0.01;
        }).length"""
    )
    assert slow == 0
