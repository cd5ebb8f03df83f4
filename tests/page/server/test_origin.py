"""Uploads that a browser sends for another website are refused."""

import threading

import pytest

from page.server.request_limits import RequestLimits
from page.translations import OTHER_ORIGIN
from tests.support.asgi_client import Sender, count_bytes, run, scope_of


def upload(headers, path="/gradio_api/upload"):
    """Upload a byte with these headers; returns status and detail."""
    sender, middleware = Sender(1), RequestLimits(count_bytes, threading.Event())
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = scope_of("POST", path)
    scope["headers"] = [*([] if "Host" in headers else scope["headers"]), *encoded]
    run(middleware(scope, sender.receive, sender.send))
    return sender.answer


@pytest.mark.parametrize(
    "headers",
    [
        {},  # a program
        {"Origin": "http://localhost"},
        {"Origin": "http://127.0.0.1:7860", "Host": "127.0.0.1:7860"},
        {"Origin": "https://example.org", "Host": "example.org"},
        {"Origin": "https://example.org", "Host": "Example.org:443"},
        {"Origin": "http://[::1]:7860", "Host": "[::1]:7860"},
        # The proxy changed the host. Over https the browser says it itself.
        {"Origin": "https://example.org", "Host": "app:7860", "X-Forwarded-Host": "example.org"},
        {"Origin": "https://example.org", "Host": "app:7860", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_upload_of_the_page_itself_or_of_a_program_passes(headers):
    assert upload(headers) == (200, "1")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:8000", "Host": "127.0.0.1:7860"},
        {"Origin": "https://example.org.evil.example", "Host": "example.org"},
        {"Origin": "https://example.org:x", "Host": "example.org"},
        {"Origin": "http://example.org", "Host": "example.org:443"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_upload_of_another_website_is_refused(headers):
    assert upload(headers) == (403, OTHER_ORIGIN)
    assert upload(headers, "/gradio_api/upload/") == (403, OTHER_ORIGIN)
