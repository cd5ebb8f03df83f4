"""`GRADIO_ROOT_PATH`: with and without the prefix, a request is judged and routed the same."""

import threading
from typing import Any

import pytest
from fastapi import FastAPI

from page import limits
from page.server.rate_limit import open_rate_limit
from page.server.request_limits import RequestLimits
from page.server.root_path import PrefixRemoval, open_root_path
from page.translations import NO_SUCH_ENDPOINT, NOT_FOUND
from tests.page.server.test_open_requests import FULL, addresses, held, status_of
from tests.support.asgi_client import Sender, count_bytes, run, scope_of

PREFIXES = ["", "/digits"]
CLOSED = ["/gradio_api/deep_link", "/monitoring", "/gradio_api/file=http://10.0.0.1/"]


@pytest.mark.parametrize(
    ("value", "root_path"),
    [
        ("", ""),
        ("/", ""),
        ("/digits", "/digits"),
        ("/digits/", "/digits"),
        ("/my/digits", "/my/digits"),
        ("https://example.org", "https://example.org"),
        ("https://example.org/digits/", "https://example.org/digits"),
    ],
)
def test_path_and_address_are_accepted(value, root_path):
    assert open_root_path({"GRADIO_ROOT_PATH": value}) == root_path
    assert open_root_path({}) == ""


@pytest.mark.parametrize("value", ["digits", "//digits", "ftp://x/digits", "/a b", "/digits?x"])
def test_other_value_is_refused_with_an_example(value):
    with pytest.raises(ValueError, match="GRADIO_ROOT_PATH: expected a path such as /digits"):
        open_root_path({"GRADIO_ROOT_PATH": value})


def limited(root_path="/digits", rate_limit=None):
    """The middleware as `launch.py` orders it, in a FastAPI with this root path, as Gradio sets it.

    Its app answers with the number of bytes that it received.
    """
    inner = RequestLimits(count_bytes, threading.Event(), rate_limit)
    app: Any = FastAPI()
    app.root_path = root_path
    app.middleware_stack = PrefixRemoval(inner, root_path)
    return app, inner


def ask(app, method, path, size=0):
    sender = Sender(size)
    run(app({**scope_of(method, path), "client": ("10.0.0.1", 1)}, sender.receive, sender.send))
    return sender


@pytest.mark.parametrize("root_path", ["/digits", "https://example.org/digits"])
@pytest.mark.parametrize("prefix", PREFIXES)
def test_questions_pass_and_their_limits_hold(root_path, prefix):
    app, _ = limited(root_path)
    path = f"{prefix}/gradio_api/call/predict"
    most = limits.MAX_FORM_BYTES
    assert ask(app, "POST", path, most).answer == (200, str(most))
    assert ask(app, "POST", path, most + 1).answer[0] == 413
    assert ask(app, "POST", f"{prefix}/gradio_api/run/predict").answer == (404, NO_SUCH_ENDPOINT)


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_closed_paths_are_closed(prefix, path):
    app, _ = limited()
    assert ask(app, "GET", prefix + path).answer == (404, NOT_FOUND)
    assert ask(app, "GET", prefix + "/config").answer == (200, "0")


def test_prefix_is_taken_off_once():
    """Nothing behind the middleware takes it off again: no router sees `root_path`."""
    seen = {}

    async def note(scope, receive, send):
        seen.update(scope)
        await count_bytes(scope, receive, send)

    app, inner = limited()
    inner.app = note
    ask(app, "GET", "/digits/digits/gradio_api/deep_link")
    assert (seen["path"], seen["root_path"]) == ("/digits/gradio_api/deep_link", "")
    ask(app, "GET", "/digitsgradio_api/deep_link")
    assert seen["path"] == "/digitsgradio_api/deep_link"


def test_prefix_with_encoded_characters_is_taken_off():
    """The server gives the path to the middleware without percent-encoding."""
    app, _ = limited("/my%20digits")
    assert ask(app, "GET", "/my digits/monitoring").answer == (404, NOT_FOUND)


def test_prefix_without_a_slash_leads_to_the_page():
    app, _ = limited()
    first = ask(app, "GET", "/digits").response[0]
    assert first["status"] == 307
    assert dict(first["headers"])[b"location"] == b"/digits/"


def test_rate_limit_counts_questions_with_and_without_the_prefix_together():
    app, _ = limited(rate_limit=open_rate_limit({"RATE_LIMIT": "2/minute"}))
    paths = [f"{prefix}/gradio_api/call/predict" for prefix in (*PREFIXES, *PREFIXES)]
    assert [ask(app, "POST", path).answer[0] for path in paths] == [200, 200, 429, 429]


def test_health_is_told_under_the_prefix_while_no_other_request_has_room():
    async def crowd():
        app, inner = limited()
        async with held(inner, "/", addresses(FULL), app):
            return [await status_of(app, f"/digits{path}") for path in ("/readyz", "/config")]

    assert run(crowd()) == [200, 503]


def test_heartbeats_under_the_prefix_are_counted():
    async def crowd():
        app, inner = limited()
        beat = "/digits/gradio_api/heartbeat/0123"
        async with held(inner, beat, ["10.0.0.1"] * limits.MAX_HEARTBEATS_PER_ADDRESS, app):
            return await status_of(app, beat)

    assert run(crowd()) == 204
