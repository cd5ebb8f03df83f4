"""Start Chromium, draw on the page's canvas, and check the answer on the page.

All works with both pads, Gradio's Sketchpad and the plain pad. Tests with the fixture `app_url` use
the Sketchpad; those of a file with the mark `both_pads` run once with each.

Chromium draws the Sketchpad in software here, which takes most of these tests' time. So the picture
on the screen is plain (`CHROMIUM_OPTIONS`, `FEW_TEXTURE_UNITS`), it is seldom drawn
(`THREE_FRAMES_A_SECOND`), and strokes have few points (`thin`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, expect

_OPTIONS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A fake camera, which shows a test picture.
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
CHROMIUM_OPTIONS = [
    *_OPTIONS,
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    # Only for what the screen shows: the drawing that is sent has smooth edges all the same.
    "--webgl-antialiasing-mode=none",
]
# As on a machine whose graphics card the browser doesn't use.
WITHOUT_WEBGL = [*_OPTIONS, "--disable-gpu", "--disable-3d-apis"]
# Pixi, which draws the Sketchpad, reads up to 16 textures with one shader: a branch for each
# texture unit. Software runs all branches for every pixel. The Sketchpad needs few textures.
FEW_TEXTURE_UNITS = """
const getParameter = WebGL2RenderingContext.prototype.getParameter;
WebGL2RenderingContext.prototype.getParameter = function (name) {
  return name === this.MAX_TEXTURE_IMAGE_UNITS ? 2 : getParameter.call(this, name);
};
"""
# Pixi draws the canvas in every frame for half a second after each event: 30 times, in software.
# Native frames are requested, only later, so that callbacks keep their order and their time.
THREE_FRAMES_A_SECOND = """
const request = window.requestAnimationFrame.bind(window), waiting = new Set();
let number = 0;
window.requestAnimationFrame = (draw) => {
  const id = ++number;
  waiting.add(id);
  setTimeout(() => request((now) => { if (waiting.delete(id)) draw(now); }), 300);
  return id;
};
window.cancelAnimationFrame = (id) => { waiting.delete(id); };
"""
DRAW_A_DIGIT = "Draw a digit"
# Milliseconds. Long, because server, browser and another test share two cores.
PATIENCE = 20_000
# How far a thinned stroke may be from the given one, as a share of the square: a quarter of the
# brush's width.
TOLERANCE = 0.02
# Strokes that are not a digit.
SCRAWL = [
    [(0.1, 0.5), (0.9, 0.5)],
    [(0.5, 0.1), (0.5, 0.9)],
    [(0.2, 0.2), (0.8, 0.8)],
    [(0.8, 0.2), (0.2, 0.8)],
]

BRUSH_IS_SELECTED = (
    '#sketchpad :is([aria-label="Brush"].highlight, [data-tool="draw"][aria-pressed="true"])'
)
both_pads = pytest.mark.parametrize("pad", ["sketchpad", "plain"], indirect=True, scope="module")

Stroke = Sequence[tuple[float, float]]


def start_chromium(playwright: Playwright, options: Sequence[str] = CHROMIUM_OPTIONS) -> Browser:
    """Start Debian's Chromium. Without it, skip the test, or fail if REQUIRE_BROWSER is set."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        reason = "no Chromium here: install Debian's `chromium` to run the browser tests"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    return playwright.chromium.launch(executable_path=path, args=[*options])


class Pages:
    """The page in Chromium, each time in a context that an earlier test may have used.

    A new context has loaded nothing yet: it takes twice the CPU time until its page is ready. What
    a test leaves behind goes when the page is loaded again.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._idle: dict[tuple, list[Page]] = {}
        self._kinds: dict[Page, tuple] = {}

    def open(
        self,
        url: str,
        width: int = 800,
        height: int = 900,
        *,
        every_frame: bool = False,
        color_scheme: Literal["dark", "light"] = "light",
        reduced_motion: Literal["no-preference", "reduce"] = "no-preference",
        **context,
    ) -> Page:
        """Load the page, and wait until the brush is selected.

        The screen is narrow by default: on one of 1280 pixels the canvas takes twice the time to
        draw. Three frames a second are drawn. `every_frame` is for tests of timing, and of what
        moves. `context` are options of Playwright's `new_context`.
        """
        kind = (every_frame, *sorted(context.items()))
        if self._idle.get(kind):
            page = self._idle[kind].pop()
        else:
            page = self._browser.new_context(**context).new_page()
            self._kinds[page] = kind
            for script in (FEW_TEXTURE_UNITS, THREE_FRAMES_A_SECOND)[: 2 - every_frame]:
                page.add_init_script(f"(() => {{{script}}})()")  # names of its own
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        page.goto(url)
        wait_for_brush(page)
        return page

    def give_back(self, page: Page) -> None:
        """Let another test use the page's context, without anything that this one stored in it."""
        kind = self._kinds[page]
        try:
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
            page.context.clear_cookies()
            page.context.clear_permissions()
            page.goto("about:blank")
            page.mouse.move(0, 0)
        except Error:  # the test failed half-way
            page.context.close()
        else:
            self._idle.setdefault(kind, []).append(page)


def wait_for_brush(page: Page) -> None:
    """Wait until the canvas is there and its brush is selected."""
    page.wait_for_selector("#sketchpad canvas", timeout=3 * PATIENCE)
    page.wait_for_selector(BRUSH_IS_SELECTED, timeout=3 * PATIENCE)


def canvas_square(page: Page) -> tuple[float, float, float]:
    """Left, top and side of a square in the middle of the paper, with some margin."""
    canvas = page.locator("#sketchpad canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    # The Sketchpad's canvas is larger than its paper.
    share = 0.7 if page.evaluate("window.editor.isPlain") else 0.6
    side = min(box["width"], box["height"]) * share
    return box["x"] + (box["width"] - side) / 2, box["y"] + (box["height"] - side) / 2, side


def thin(stroke: Stroke, tolerance: float) -> list[tuple[float, float]]:
    """Leave out points that are closer than `tolerance` to the line that is drawn without them.

    Ramer-Douglas-Peucker: both ends stay, and so does every corner.
    """
    first, last = np.array(stroke[0]), np.array(stroke[-1])
    if len(stroke) < 3:
        return list(stroke)
    along, offsets = last - first, np.array(stroke[1:-1]) - first
    length = max(along @ along, 1e-9)  # 0 if the stroke is closed
    nearest = np.clip(offsets @ along / length, 0, 1)[:, None] * along
    distances = np.hypot(*(offsets - nearest).T)
    if distances.max() <= tolerance:
        return [stroke[0], stroke[-1]]
    corner = int(distances.argmax()) + 1
    return thin(stroke[: corner + 1], tolerance)[:-1] + thin(stroke[corner:], tolerance)


def points_to_draw(page: Page, strokes: Sequence[Stroke]) -> list[list[tuple[float, float]]]:
    """The strokes in pixels of the page, with as few points as their shape needs.

    The Sketchpad redraws the whole stroke at each event, so the time grows with the square of the
    number of points.
    """
    # The Sketchpad places its canvas in the next frame, and ignores a stroke before that.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    left, top, side = canvas_square(page)
    return [
        [(left + x * side, top + y * side) for x, y in thin(stroke, TOLERANCE)]
        for stroke in strokes
    ]


def draw_strokes(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draw by mouse, with one event per point; coordinates are 0-1 in the square."""
    for points in points_to_draw(page, strokes):
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def draw_by_touch(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draw by finger, through the browser's own touch events."""
    session = page.context.new_cdp_session(page)

    def send(kind: str, points: list[tuple[float, float]]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    for points in points_to_draw(page, strokes):
        send("touchStart", points[:1])
        for point in points[1:]:
            send("touchMove", [point])
        send("touchEnd", [])


def expect_answer(page: Page, digit: int) -> None:
    """Check that the page names this digit, and shows it large."""
    named = f"This is {'an' if digit == 8 else 'a'} {digit}."
    expect(page.locator("#message")).to_contain_text(named, timeout=PATIENCE)
    expect(page.locator("#prediction h2")).to_have_text(str(digit))


def tool(page: Page, name: str):
    """A button of the pad: "Undo", "Redo", "Clear canvas", "Erase", "Brush Size"."""
    return page.locator(f'#sketchpad button[aria-label="{name}"]')


def clear(page: Page) -> None:
    """Clear the canvas; wait until the page asks for a drawing and the brush is selected again."""
    tool(page, "Clear canvas").click()
    expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT, timeout=PATIENCE)
    page.wait_for_selector(BRUSH_IS_SELECTED, timeout=PATIENCE)


def reset_page(page: Page) -> None:
    """Go back to the first tab, clear the canvas, and undo the settings that a test can change."""
    page.get_by_role("tab", name="Try it").click()
    page.get_by_role("tab", name="Draw").click()
    page.locator("#why input").uncheck()
    if DRAW_A_DIGIT not in page.locator("#message").inner_text():
        clear(page)
