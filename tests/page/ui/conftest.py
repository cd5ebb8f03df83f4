"""Chromium, and the page in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright

from tests.support.browser import Pages, reset_page, start_chromium, wait_for_brush
from tests.support.running_app import running_app


@pytest.fixture(scope="session")
def apps(tmp_path_factory) -> Iterator[Callable[[str], str]]:
    """A function that starts the page with a value of `PAD`, once; returns its address."""
    started: dict[str, str] = {}
    with ExitStack() as running:

        def run(pad: str) -> str:
            if pad not in started:
                app = running_app(tmp_path_factory.mktemp("app"), PAD=pad)
                started[pad] = running.enter_context(app)
            return started[pad]

        yield run


@pytest.fixture(scope="module")
def pad(request: pytest.FixtureRequest) -> str:
    """The pad that the test draws on: "sketchpad", or with the mark `both_pads` also "plain"."""
    return getattr(request, "param", "sketchpad")


@pytest.fixture(scope="module")
def app_url(pad: str, apps: Callable[[str], str]) -> str:
    """The address of the page with one of the two pads."""
    return apps(pad)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, which can run only once at a time."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, shared by all tests of a worker."""
    with start_chromium(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Pages:
    """The page in contexts that all tests of a worker share."""
    return Pages(browser)


@pytest.fixture(scope="module")
def shared_page(pages: Pages, app_url: str) -> Iterator[Page]:
    """One page for all tests of a file."""
    page = pages.open(app_url)
    yield page
    pages.give_back(page)


@pytest.fixture
def page(shared_page: Page) -> Iterator[Page]:
    """The file's page, on its first tab with an empty canvas. For tests that only draw or look."""
    yield shared_page
    try:
        reset_page(shared_page)
    except (AssertionError, Error):  # the test failed half-way
        shared_page.reload()
        wait_for_brush(shared_page)


@pytest.fixture
def open_page(pages: Pages) -> Iterator[Callable[..., Page]]:
    """A function that loads the page as `Pages.open` does, until the test ends."""
    opened = []

    def run(*arguments: Any, **options: Any) -> Page:
        page = pages.open(*arguments, **options)
        opened.append(page)
        return page

    yield run
    for page in opened:
        pages.give_back(page)


@pytest.fixture
def fresh_page(open_page: Callable[..., Page], app_url: str) -> Page:
    """The page just loaded, for tests that leave more behind than a drawing."""
    return open_page(app_url)


@pytest.fixture
def every_frame_page(open_page: Callable[..., Page], app_url: str) -> Page:
    """The page just loaded, which draws every frame: for tests of timing."""
    return open_page(app_url, every_frame=True)
