"""The page in Chromium under a prefix, over https: nginx takes the prefix off, or keeps it."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import PATIENCE, draw_strokes, expect_answer
from tests.support.nginx import documented_location, running_nginx
from tests.support.polylines import DIGITS
from tests.support.running_app import running_app

pytestmark = [pytest.mark.browser, pytest.mark.nginx, pytest.mark.slow]


@pytest.fixture(scope="module")
def prefixed_app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    with running_app(folder, GRADIO_ROOT_PATH="/digits", FEEDBACK="off") as url:
        yield url


@pytest.mark.parametrize("keeps_prefix", [False, True])
def test_drawing_behind_a_proxy_is_answered(open_page, prefixed_app, tmp_path, keeps_prefix):
    location = documented_location(prefixed_app, keeps_prefix=keeps_prefix)
    with running_nginx(tmp_path, location) as address:
        page = open_page(f"{address}/digits", ignore_https_errors=True)
        draw_strokes(page, DIGITS[7])
        expect_answer(page, 7)
        page.get_by_role("tab", name="API").click()
        snippets = page.locator("#snippets")
        expect(snippets).to_contain_text(f'Client("{address}/digits")', timeout=PATIENCE)
