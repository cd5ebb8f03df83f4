"""The canvas in Chromium: strokes, undo, clearing, tools and visitors at the same time."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FloatRect, expect

from tests.support.browser import (
    DRAW_A_DIGIT,
    PATIENCE,
    both_pads,
    clear,
    draw_by_touch,
    draw_strokes,
    expect_answer,
    tool,
)
from tests.support.polylines import DIGITS

pytestmark = [pytest.mark.browser, pytest.mark.slow, both_pads]


def test_answer_follows_the_drawing_from_stroke_to_stroke_and_back_by_undo(page):
    draw_strokes(page, [[(0.5, 0.1), (0.5, 0.9)]])
    expect_answer(page, 1)
    draw_strokes(page, [[(0.5, 0.1), (0.2, 0.6), (0.8, 0.6)]])
    expect_answer(page, 4)
    tool(page, "Undo").click()
    expect_answer(page, 1)
    tool(page, "Redo").click()
    expect_answer(page, 4)


def test_clearing_right_after_a_stroke_leaves_no_answer_behind(every_frame_page):
    page = every_frame_page
    draw_strokes(page, DIGITS[7])
    expect_answer(page, 7)
    for pause in (0, 20, 60, 120, 200):
        clear(page)
        draw_strokes(page, DIGITS[7])
        page.wait_for_timeout(pause)
        tool(page, "Clear canvas").click()
        page.wait_for_timeout(1500)  # time for answers that are still on their way
        expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT, timeout=PATIENCE)
        expect(page.locator("#prediction h2")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_clearing_can_be_undone_and_leaves_the_paper_as_large_as_it_was(open_page, app_url, width):
    page = open_page(app_url, width)
    before = paper_box(page)
    draw_strokes(page, DIGITS[7])
    expect_answer(page, 7)
    clear(page)
    page.wait_for_timeout(1000)
    assert paper_box(page) == before
    tool(page, "Undo").click()
    expect_answer(page, 7)
    tool(page, "Redo").click()
    expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT, timeout=PATIENCE)
    draw_strokes(page, DIGITS[1])
    expect_answer(page, 1)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_paper_and_what_is_around_it_can_be_told_apart(open_page, app_url, colours):
    page = open_page(app_url, color_scheme=colours)
    page.wait_for_timeout(1000)
    grey = screenshot(page)
    assert grey[grey.shape[0] // 2, grey.shape[1] // 2] == 255
    assert (grey[3, 3:-3] < 225).mean() > 0.9


@pytest.mark.parametrize(
    ("is_touch", "is_far"),
    [(False, False), (True, False), (False, True)],  # a finger beside the pad scrolls the page
    ids=["mouse", "touch", "mouse from beside the pad"],
)
def test_stroke_from_beside_the_paper_counts_from_where_it_enters(
    open_page, app_url, pad, is_touch, is_far
):
    page = open_page(app_url, has_touch=is_touch)
    draw = draw_by_touch if is_touch else draw_strokes
    # The paper ends at -0.21 on the plain pad, at about -0.2 on the Sketchpad.
    start = (-0.24, -0.32) if pad == "plain" else (-0.3, -0.38)
    # The point near the edge is bent, so that `thin` leaves it: a mouse tells of many on its way.
    draw(page, [[(start[is_far], 0.12), (-0.2, 0.0), (0.76, 0.05), (0.35, 1.1)]])
    expect_answer(page, 7)


def test_stroke_costs_two_requests(every_frame_page):
    page = every_frame_page
    draw_strokes(page, DIGITS[7])
    expect_answer(page, 7)
    clear(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    draw_strokes(page, DIGITS[7])
    expect_answer(page, 7)
    page.wait_for_timeout(1000)
    assert [url.split("/gradio_api/")[1].split("?")[0] for url in asked] == [
        "queue/join",
        "queue/data",
    ]


def test_canvas_still_works_after_a_visit_to_other_tabs(page):
    draw_strokes(page, DIGITS[7])
    expect_answer(page, 7)
    for name in ("Photo", "Draw", "The model", "Try it"):
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(500)
    clear(page)
    draw_strokes(page, DIGITS[3])
    expect_answer(page, 3)


def test_brush_has_sizes(fresh_page):
    page = fresh_page
    tool(page, "Brush Size").click()
    slider = page.locator("#sketchpad input[type=range]")
    expect(slider).to_be_in_viewport()
    slider.fill("4")
    tool(page, "Brush Size").click()
    draw_strokes(page, DIGITS[2])
    expect_answer(page, 2)


def screenshot(page) -> np.ndarray:
    """The paper and what is around it, `(h, w) uint8`, without the tools below."""
    part = page.locator("#sketchpad :is(.surround, .pixi-target)")
    return np.array(Image.open(io.BytesIO(part.screenshot())).convert("L"))


def paper_box(page) -> list[int]:
    """First and last row and column of the screenshot that are mostly white."""
    white = screenshot(page) == 255
    rows, columns = (np.flatnonzero(white.mean(axis=axis) > 0.5) for axis in (1, 0))
    return [int(end) for ends in (rows, columns) for end in (ends[0], ends[-1])]


def box_of(page, part: str) -> FloatRect:
    box = page.locator(f"#sketchpad {part}").bounding_box()
    assert box
    return box


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_tools_do_not_cover_the_canvas(open_page, app_url, pad, width):
    page = open_page(app_url, width)
    canvas = box_of(page, "canvas >> nth=0")
    # The Sketchpad leaves a margin of 29 pixels around the white square.
    margin = 29 if pad == "sketchpad" else 0
    half = min(canvas["width"], canvas["height"]) / 2 - margin
    middle = canvas["y"] + canvas["height"] / 2
    for panel in (".toolbar-wrap", ".top-panel") if pad == "sketchpad" else (".tools",):
        box = box_of(page, panel)
        assert box["y"] >= middle + half or box["y"] + box["height"] <= middle - half, panel
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_page_does_not_scroll_while_a_finger_draws(open_page, app_url):
    page = open_page(app_url, 390, 700, has_touch=True)
    # Bent, so that the finger moves twice: `thin` leaves out a point on a straight line.
    draw_by_touch(page, [[(0.5, 0.95), (0.53, 0.5), (0.5, 0.05)]])
    expect_answer(page, 1)
    assert page.evaluate("window.scrollY") == 0


def test_two_visitors_at_the_same_time_get_their_own_answers(open_page, app_url):
    pages = [open_page(app_url) for _ in range(2)]
    for page, digit in zip(pages, (3, 8), strict=True):
        draw_strokes(page, DIGITS[digit])
    for page, digit in zip(pages, (3, 8), strict=True):
        expect_answer(page, digit)
        page.locator("#why input").check()
        expect(page.locator("#seen img")).to_be_visible()
    images = [page.locator("#seen img").get_attribute("src") for page in pages]
    assert images[0] != images[1]
    expect_answer(pages[0], 3)
