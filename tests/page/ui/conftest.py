"""Chromium, and the page in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.support.browser import open_page, reset_page, start_chromium, wait_for_brush


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, shared by all tests of a worker."""
    yield from start_chromium()


@pytest.fixture(scope="module")
def shared_page(browser: Browser, app_url: str) -> Iterator[Page]:
    """One page for all tests of a file."""
    page = open_page(browser, app_url)
    yield page
    page.context.close()


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
def fresh_page(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page of its own, for tests that leave more behind than a drawing."""
    page = open_page(browser, app_url)
    yield page
    page.context.close()


@pytest.fixture
def every_frame_page(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page of its own that draws every frame, for tests of timing."""
    page = open_page(browser, app_url, every_frame=True)
    yield page
    page.context.close()
