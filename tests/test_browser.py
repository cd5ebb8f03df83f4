"""The page in a real Chromium: strokes on the Sketchpad, the answer read off the page."""

import os
import shutil

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.polylines import DIGITS

pytestmark = pytest.mark.browser

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DRAW_A_DIGIT = "Draw a digit"


@pytest.fixture(scope="module")
def browser():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        reason = "no Chromium here: install Debian's `chromium` to run the browser tests"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, app_url):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(app_url)
    page.wait_for_selector("#sketchpad canvas", timeout=60_000)
    page.wait_for_selector('#sketchpad button[aria-label="Brush"]', timeout=60_000)
    page.wait_for_timeout(1500)  # the brush is selected by the page itself
    yield page
    page.close()


def draw_strokes(page: Page, strokes) -> None:
    """Draw on the white square in the middle of the Sketchpad, by mouse."""
    box = page.locator("#sketchpad canvas").first.bounding_box()
    assert box
    side = min(box["width"], box["height"]) * 0.6
    left = box["x"] + (box["width"] - side) / 2
    top = box["y"] + (box["height"] - side) / 2
    for stroke in strokes:
        points = [(left + x * side, top + y * side) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=2)
        page.mouse.up()


def expect_answer(page: Page, digit: int) -> None:
    expect(page.locator("#message")).to_contain_text(f"This is a {digit}.", timeout=15_000)
    expect(page.locator("#prediction h2")).to_have_text(str(digit))


def clear(page: Page) -> None:
    page.wait_for_timeout(500)  # a person needs as long to reach the button
    page.locator('#sketchpad button[aria-label="Clear canvas"]').click()
    expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT, timeout=15_000)
    page.wait_for_timeout(700)  # a person needs longer to move back to the canvas


def test_first_stroke_is_read_at_start_and_after_each_clearing(page):
    expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT)
    for digit in (7, 1, 0):
        assert len(DIGITS[digit]) == 1
        draw_strokes(page, DIGITS[digit])
        expect_answer(page, digit)
        clear(page)


def test_ten_drawn_digits_are_read(page):
    for digit, strokes in DIGITS.items():
        draw_strokes(page, strokes)
        expect_answer(page, digit)
        clear(page)


def test_answer_follows_the_drawing_from_stroke_to_stroke(page):
    draw_strokes(page, [[(0.5, 0.1), (0.5, 0.9)]])
    expect_answer(page, 1)
    draw_strokes(page, [[(0.5, 0.1), (0.2, 0.6), (0.8, 0.6)]])
    expect_answer(page, 4)


def test_seen_image_and_top_three_appear_and_go_with_the_drawing(page):
    draw_strokes(page, DIGITS[3])
    expect_answer(page, 3)
    expect(page.locator("#seen img")).to_be_visible()
    assert page.locator("#prediction").inner_text().count("%") == 3
    screenshot = os.environ.get("SCREENSHOT")
    if screenshot:
        # Without the gallery, whose images are not ours.
        gallery = page.locator("#gallery").bounding_box()
        assert gallery
        clip = {"x": 0.0, "y": 0.0, "width": 1280.0, "height": gallery["y"] - 48}
        page.screenshot(path=screenshot, clip=clip)
    clear(page)
    expect(page.locator("#seen img")).to_have_count(0)
    expect(page.locator("#prediction h2")).to_have_count(0)


def test_scrawl_is_answered_with_a_greyed_guess_and_the_next_digit_with_a_plain_one(page):
    prediction = page.locator("#prediction")
    draw_strokes(page, [[(0.1, 0.5), (0.9, 0.5)], [(0.5, 0.1), (0.5, 0.9)]])
    draw_strokes(page, [[(0.2, 0.2), (0.8, 0.8)], [(0.8, 0.2), (0.2, 0.8)]])
    expect(page.locator("#message")).to_contain_text("doesn't look like a digit", timeout=15_000)
    expect(prediction).to_have_css("opacity", "0.35")
    clear(page)
    draw_strokes(page, DIGITS[3])
    expect_answer(page, 3)
    expect(prediction).to_have_css("opacity", "1")


def test_two_digits_are_read_one_at_a_time(page):
    for digit, left in ((4, -0.25), (1, 0.45)):
        beside = [[(left + x * 0.6, 0.2 + y * 0.6) for x, y in stroke] for stroke in DIGITS[digit]]
        draw_strokes(page, beside)
    expect(page.locator("#message")).to_contain_text("4 and 1 side by side", timeout=15_000)


def test_gallery_digit_is_read_beside_its_true_label(page):
    page.locator("#gallery button.thumbnail-item, #gallery button").nth(4).click()
    expect(page.locator("#message")).to_contain_text("True label: ", timeout=15_000)
    expect(page.locator("#message")).to_contain_text("Read as ")
    expect(page.locator("#seen img")).to_be_visible()


def test_page_loads_nothing_from_other_hosts(browser, app_url):
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(app_url)
    page.wait_for_selector("#sketchpad canvas", timeout=60_000)
    page.wait_for_timeout(1000)
    page.close()
    others = [url for url in asked if not url.startswith((app_url, "data:", "blob:"))]
    assert others == []
