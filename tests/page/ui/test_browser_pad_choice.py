"""Which pad is on the page, in Chromium with WebGL: `PAD`, or how fast WebGL is."""

import json
import urllib.request

import pytest
from playwright.sync_api import Browser, Page, expect

from page.pad_setting import open_pad_choice
from tests.support.browser import draw_strokes, expect_answer, wait_for_brush
from tests.support.polylines import DIGITS

# Chromium in the tests draws WebGL in software. Here it says that it has a graphics card.
WITH_GRAPHICS_CARD = """
const RENDERER = 0x9246;
for (const kind of [WebGLRenderingContext, WebGL2RenderingContext]) {
  const getParameter = kind.prototype.getParameter;
  kind.prototype.getParameter = function (name) {
    return name === RENDERER ? 'ANGLE (a graphics card)' : getParameter.call(this, name);
  };
}
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, options) {
  return getContext.call(this, kind, { ...options, failIfMajorPerformanceCaveat: false });
};
"""


def open_with_graphics_card(browser: Browser, url: str) -> Page:
    page = browser.new_page(viewport={"width": 500, "height": 900})
    page.add_init_script(f"(() => {{{WITH_GRAPHICS_CARD}}})()")
    page.goto(url)
    wait_for_brush(page)
    return page


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("choice", ["auto", "plain"])
def test_plain_pad_is_there_with_slow_webgl(open_page, apps, choice):
    page = open_page(apps(choice))
    assert page.evaluate("window.editor.isPlain")
    expect(page.locator("#sketchpad")).to_have_count(1)
    draw_strokes(page, DIGITS[7])
    expect_answer(page, 7)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("choice", "is_plain"), [("auto", None), ("plain", True)])
def test_sketchpad_stays_with_fast_webgl_unless_the_plain_pad_is_asked_for(
    browser, apps, choice, is_plain
):
    page = open_with_graphics_card(browser, apps(choice))
    assert page.evaluate("window.editor.isPlain") == is_plain
    expect(page.locator("#sketchpad")).to_have_count(1)
    draw_strokes(page, DIGITS[7])
    expect_answer(page, 7)
    page.close()


@pytest.mark.parametrize("text", ["", " ", "auto", "AUTO "])
def test_browser_decides_by_default(text):
    assert open_pad_choice({"PAD": text}) == "auto"
    assert open_pad_choice({}) == "auto"


@pytest.mark.parametrize("text", ["plain", "sketchpad"])
def test_operator_may_decide(text):
    assert open_pad_choice({"PAD": text.title()}) == text


def test_unknown_pad_is_refused():
    with pytest.raises(ValueError, match=r"PAD .* auto, sketchpad or plain.*'webgl'"):
        open_pad_choice({"PAD": "webgl"})


def test_server_reads_the_value_of_no_pad(apps):
    """A drawing arrives as one flat PNG, as text."""
    with urllib.request.urlopen(f"{apps('auto')}/config", timeout=30) as response:
        config = json.load(response)
    pads = [
        component["id"]
        for component in config["components"]
        if component["props"].get("elem_id") == "sketchpad"
    ]
    assert len(pads) == 2
    for dependency in config["dependencies"]:
        assert not {*pads} & {*dependency["inputs"]}
        if {*pads} & {*dependency["outputs"]}:
            assert not dependency["backend_fn"]
