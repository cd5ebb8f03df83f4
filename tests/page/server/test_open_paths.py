"""Which addresses the middleware lets through."""

import re
import threading
from typing import Any

import gradio as gr
import pytest
from gradio.routes import App

from page import limits
from page.server.open_paths import max_body_bytes
from page.server.request_limits import RequestLimits
from page.translations import BAD_ADDRESS, NO_HOST, NOT_FOUND
from tests.support.asgi_client import Sender, count_bytes, get, run, scope_of


@pytest.mark.parametrize(("surplus", "status"), [(0, 200), (1, 414)])
def test_address_of_exactly_the_limit_passes_and_a_character_more_is_refused(surplus, status):
    sender, middleware = Sender(0), RequestLimits(count_bytes, threading.Event())
    scope = scope_of("GET", "/" * 1_000, b"x" * (limits.MAX_ADDRESS_LENGTH - 1_000 + surplus))
    run(middleware(scope, sender.receive, sender.send))
    assert sender.answer[0] == status


@pytest.mark.parametrize("separator", ["=", "/"])
@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1/",
        "HTTPS://x",
        "hTTp:x",
        " http://x",
        "file:///etc/passwd",
        "//x/y",
        "\\\\x",
    ],
)
def test_address_in_place_of_a_file_is_not_found(separator, address):
    """The path is as the server gives it to the middleware: without percent-encoding."""
    assert get(f"/gradio_api/file{separator}{address}") == (404, NOT_FOUND)


@pytest.mark.parametrize("path", ["/tmp/a/seven.png", "C:/Temp/seven.png", "C:\\Temp\\seven.png"])
def test_path_of_a_file_passes(path):
    assert get(f"/gradio_api/file={path}") == (200, "0")


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/custom_component/a/client/b/c", "/custom_component/a/client/b/c", "/pwa_icon/1"],
)
def test_unused_paths_that_write_to_the_log_are_not_found(path):
    assert get(path) == (404, NOT_FOUND)


def test_icon_that_the_manifest_names_passes():
    assert get("/pwa_icon") == (200, "0")


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x1b", "\x7f", "\x85", "\u2028"])
def test_control_characters_in_a_path_are_refused(character):
    assert get(f"/assets/a{character}b") == (400, BAD_ADDRESS)


def test_space_from_a_chinese_keyboard_is_no_control_character():
    assert get("/gradio_api/file=/tmp/a/\u624b\u5199\u30007.png")[0] == 200


def test_request_without_a_host_is_refused():
    assert get("/", headers=[]) == (400, NO_HOST)
    assert get("/", headers=[(b"origin", b"http://x")]) == (400, NO_HOST)


def test_load_balancer_needs_no_host_to_ask_for_the_health():
    assert get("/healthz", headers=[]) == (200, "0")
    assert get("/healthz", headers=[(b"origin", b"http://x")]) == (400, NO_HOST)


def test_post_reaches_only_the_paths_that_are_named():
    """Of all that Gradio has, whatever a later version adds."""
    with gr.Blocks(analytics_enabled=False) as demo:
        gr.Markdown()
    routes: list[Any] = App.create_app(demo).routes
    routers = [route.original_router for route in routes if hasattr(route, "original_router")]
    routes += [route for router in routers for route in router.routes]
    posts = {route.path for route in routes if "POST" in (getattr(route, "methods", None) or ())}
    assert len(posts) > 10, posts
    open_posts = {path for path in posts if max_body_bytes(filled_in(path)) is not None}
    assert {path.removeprefix("/gradio_api").rstrip("/") for path in open_posts} == {
        "/call/{api_name}",
        "/call/v2/{api_name}",
        "/cancel",
        "/queue/join",
        "/reset",
        "/upload",
    }
    assert max_body_bytes("/gradio_api/call/another") is None


def filled_in(path):
    """A path of Gradio's with the name of our endpoint for each of its parameters."""
    return re.sub(r"{[^}]+}", "predict", path)
