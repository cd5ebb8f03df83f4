"""A real Chromium: how to start it, draw on the page's Sketchpad, and read the answer off it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A camera for every page, which shows a test picture.
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
DRAW_A_DIGIT = "Draw a digit"
# Milliseconds. Two cores are busy with the server, the browser and another test.
PATIENCE = 20_000
# No digit.
SCRAWL = [
    [(0.1, 0.5), (0.9, 0.5)],
    [(0.5, 0.1), (0.5, 0.9)],
    [(0.2, 0.2), (0.8, 0.8)],
    [(0.8, 0.2), (0.2, 0.8)],
]

Stroke = Sequence[tuple[float, float]]


def start_chromium() -> Iterator[Browser]:
    """Debian's Chromium, until the generator is closed; a skip, with its reason, without it."""
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


def open_page(browser: Browser, url: str, width: int = 1280, height: int = 900, **context) -> Page:
    """A visitor of their own, on the page, with the brush in hand."""
    page = browser.new_context(viewport={"width": width, "height": height}, **context).new_page()
    page.goto(url)
    page.wait_for_selector("#sketchpad canvas", timeout=60_000)
    page.wait_for_selector('#sketchpad button[aria-label="Brush"].highlight', timeout=60_000)
    return page


def canvas_square(page: Page) -> tuple[float, float, float]:
    """Left, top and side of the white square in the middle of the Sketchpad, somewhat inside it."""
    box = page.locator("#sketchpad canvas").first.bounding_box()
    assert box
    side = min(box["width"], box["height"]) * 0.6
    return box["x"] + (box["width"] - side) / 2, box["y"] + (box["height"] - side) / 2, side


def draw_strokes(page: Page, strokes: Sequence[Stroke]) -> None:
    """By mouse; coordinates are 0-1 in the square."""
    left, top, side = canvas_square(page)
    for stroke in strokes:
        points = [(left + x * side, top + y * side) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=2)
        page.mouse.up()


def draw_by_touch(page: Page, strokes: Sequence[Stroke]) -> None:
    """By a finger, as the browser's own input events."""
    left, top, side = canvas_square(page)
    session = page.context.new_cdp_session(page)

    def send(kind: str, points: list[dict[str, float]]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for stroke in strokes:
        points = [{"x": left + x * side, "y": top + y * side} for x, y in stroke]
        send("touchStart", points[:1])
        for start, end in pairwise(points):
            middle = {axis: (start[axis] + end[axis]) / 2 for axis in ("x", "y")}
            send("touchMove", [middle])
            send("touchMove", [end])
        send("touchEnd", [])


def expect_answer(page: Page, digit: int) -> None:
    """The page says this digit, and shows it large."""
    expect(page.locator("#message")).to_contain_text(f"This is a {digit}.", timeout=PATIENCE)
    expect(page.locator("#prediction h2")).to_have_text(str(digit))


def tool(page: Page, name: str):
    """A button of the Sketchpad: "Undo", "Redo", "Clear canvas", "Erase", "Brush Size"."""
    return page.locator(f'#sketchpad button[aria-label="{name}"]')


def clear(page: Page) -> None:
    """Empty the canvas, until the page asks for a drawing and has the brush in hand again."""
    tool(page, "Clear canvas").click()
    expect(page.locator("#message")).to_contain_text(DRAW_A_DIGIT, timeout=PATIENCE)
    page.wait_for_selector('#sketchpad button[aria-label="Brush"].highlight', timeout=PATIENCE)
