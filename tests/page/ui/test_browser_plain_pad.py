"""The plain pad in Chromium: keyboard, stylus, eraser, brush, languages."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import (
    DRAW_A_DIGIT,
    PATIENCE,
    canvas_square,
    draw_strokes,
    expect_answer,
    tool,
)
from tests.support.polylines import DIGITS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def pad() -> str:
    return "plain"


def count_dark_pixels(page: Page) -> int:
    """Of the drawing as it is sent; 0 if there is none."""
    return page.evaluate(
        """async () => {
          const { composite } = await window.editor.get_blobs();
          if (!composite) return 0;
          const image = await createImageBitmap(composite);
          const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
          context.drawImage(image, 0, 0);
          const { data } = context.getImageData(0, 0, image.width, image.height);
          return data.filter((value, index) => index % 4 === 0 && value < 128).length;
        }"""
    )


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


# A downward stroke by keyboard, at the moment at which the pad is there.
DRAW_AT_ONCE = """
let editor;
Object.defineProperty(window, 'editor', {
  get: () => editor,
  set: (value) => {
    editor = value;
    const pad = document.querySelector('#sketchpad .surround');
    const press = (key) => pad.dispatchEvent(new KeyboardEvent('keydown', { key }));
    [' ', ...Array(15).fill('ArrowDown'), ' '].forEach(press);
  },
});
"""


def test_stroke_that_is_drawn_before_the_whole_page_is_there_is_read(browser, app_url):
    page = browser.new_page(viewport={"width": 500, "height": 900})
    page.add_init_script(f"(() => {{{DRAW_AT_ONCE}}})()")
    page.goto(app_url)
    expect_answer(page, 1)
    page.close()


def test_7_is_drawn_undone_and_cleared_by_keyboard_alone(fresh_page):
    page = fresh_page
    for _ in range(40):
        press(page, "Tab")
        if page.evaluate("document.activeElement.role") == "application":
            break
    surround = page.locator("#sketchpad [role=application]")
    expect(surround).to_be_focused()
    expect(page.get_by_text("Space lowers and lifts it")).to_be_visible()
    press(page, *["ArrowLeft"] * 9, *["ArrowUp"] * 14, "Space", *["ArrowRight"] * 18)
    expect(page.locator("#sketchpad [role=status]")).to_have_text(
        "Pen down: 73 % from the left, 15 % from the top."
    )
    for _ in range(14):
        press(page, "ArrowDown", "ArrowDown", "ArrowLeft")
    press(page, "Space")
    expect_answer(page, 7)
    press(page, "Delete")
    expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT, timeout=PATIENCE)
    press(page, "Control+z")
    expect_answer(page, 7)
    press(page, "Control+z")
    expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT, timeout=PATIENCE)
    press(page, "Control+Shift+z")
    expect_answer(page, 7)


def test_two_arrows_together_go_diagonally_and_shift_makes_small_steps(fresh_page):
    page = fresh_page
    page.locator("#sketchpad [role=application]").focus()
    status = page.locator("#sketchpad [role=status]")
    page.keyboard.down("ArrowLeft")
    page.keyboard.down("ArrowUp")  # one step to the left alone, then one of both
    page.keyboard.up("ArrowLeft")
    page.keyboard.up("ArrowUp")
    expect(status).to_have_text("Pen up: 45 % from the left, 48 % from the top.")
    press(page, *["Shift+ArrowDown"] * 5)
    expect(status).to_have_text("Pen up: 45 % from the left, 50 % from the top.")


def test_stylus_draws_wider_the_harder_it_presses(page):
    session = page.context.new_cdp_session(page)
    left, top, side = canvas_square(page)
    widths = []
    for force in (0.1, 0.5, 1):
        for kind, x in (("mousePressed", 0.1), ("mouseMoved", 0.9), ("mouseReleased", 0.9)):
            session.send(
                "Input.dispatchMouseEvent",
                {
                    "type": kind,
                    "x": left + x * side,
                    "y": top + side / 2,
                    "button": "left",
                    "buttons": int(kind != "mouseReleased"),
                    "force": force,
                    "pointerType": "pen",
                },
            )
        widths.append(count_dark_pixels(page))
        tool(page, "Undo").click()
    assert widths[0] * 1.4 < widths[1]
    assert widths[1] * 1.3 < widths[2]


def test_all_places_that_the_browser_tells_at_once_are_drawn(page):
    left, top, side = canvas_square(page)
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left, top + 1)
    before = count_dark_pixels(page)
    page.evaluate(
        """([x, y, side]) => {
          const at = (x, y) => ({ pointerId: 1, pointerType: "mouse", clientX: x, clientY: y });
          const coalescedEvents = [at(x + side, y), at(x + side, y + side)].map(
            (place) => new PointerEvent("pointermove", place));
          document.querySelector("#sketchpad [role=application]").dispatchEvent(
            new PointerEvent("pointermove", { ...at(x + side, y + side), coalescedEvents }));
        }""",
        [left, top, side],
    )
    page.mouse.up()
    # Two sides of the square are much longer than its diagonal.
    box = page.locator("#sketchpad canvas").bounding_box()
    assert box
    assert count_dark_pixels(page) - before > 1.8 * side * 28 * 400 / box["width"]


def test_eraser_takes_ink_away_and_brush_has_sizes(page):
    draw_strokes(page, DIGITS[7])
    expect_answer(page, 7)
    usual = count_dark_pixels(page)
    tool(page, "Erase").click()
    expect(tool(page, "Erase")).to_have_attribute("aria-pressed", "true")
    draw_strokes(page, DIGITS[7])
    expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT, timeout=PATIENCE)
    assert count_dark_pixels(page) == 0
    tool(page, "Brush").click()
    tool(page, "Brush Size").click()
    slider = page.locator("#sketchpad input[type=range]")
    slider.fill("28")
    tool(page, "Brush Size").click()
    expect(slider).to_be_hidden()
    draw_strokes(page, DIGITS[7])
    assert count_dark_pixels(page) > 1.5 * usual


def test_drawing_is_sharp_on_the_screen_and_small_where_it_is_sent(open_page, app_url):
    page = open_page(app_url, 390, device_scale_factor=2)
    shown, sent = page.evaluate(
        """async () => {
          const canvas = document.querySelector("#sketchpad canvas");
          window.editor.resize(400, 400);
          return [canvas.width / canvas.clientWidth, (await window.editor.get_blobs()).composite];
        }"""
    )
    assert (shown, sent) == (2, None)
    draw_strokes(page, DIGITS[3])
    expect_answer(page, 3)


def test_stroke_beside_the_paper_is_none(fresh_page):
    page = fresh_page
    tool(page, "Brush Size").click()
    page.locator("#sketchpad input[type=range]").fill("2")
    draw_strokes(page, [[(-0.25, 0.2), (-0.25, 0.8)]])
    expect(tool(page, "Undo")).to_be_disabled()


def test_tools_speak_chinese_in_a_chinese_browser(open_page, app_url):
    page = open_page(app_url, locale="zh-CN")
    for name in ("撤销", "重做", "画笔", "橡皮", "画笔大小", "清空画布"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    page.get_by_role("application", name="在这里写").focus()
    press(page, "ArrowUp")
    expect(page.locator("#sketchpad [role=status]")).to_have_text(
        "抬笔：距左边 50 %，距上边 48 %。"
    )
    expect(page.get_by_text("空格键落笔和抬笔")).to_be_visible()
