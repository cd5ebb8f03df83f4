"""The middleware `RequestLimits`, to the byte and the second."""

import json
import threading

import pytest

from page import limits
from page.server.rate_limit import open_rate_limit
from page.server.request_limits import RequestLimits
from page.translations import JSON_TOO_LONG, SERVER_CLOSING
from tests.support.asgi_client import CHUNK, Sender, count_bytes, post, run, scope_of

FORM = 100_000
MAX_BODY_BYTES = {
    "/gradio_api/queue/join": 1_000_000 + FORM,
    "/gradio_api/upload": 20_000_000 + FORM,
    "/api/predict": 20_000_000 + FORM,
    "/api/read_number": 20_000_000 + FORM,
    "/gradio_api/call/predict": FORM,
    "/gradio_api/call/read_number": FORM,
    "/gradio_api/call/v2/predict": FORM,
    "/gradio_api/cancel": FORM,
    "/gradio_api/mcp/": FORM,
}
NOT_JSON = ("/gradio_api/upload", "/api/predict", "/api/read_number")


@pytest.mark.parametrize("is_claimed", [True, False])
@pytest.mark.parametrize(("path", "limit"), MAX_BODY_BYTES.items())
def test_body_of_exactly_the_limit_passes_and_a_byte_more_is_refused(path, limit, is_claimed):
    claimed = limit if is_claimed else None
    assert post(Sender(limit), path, claimed) == (200, str(limit))
    claimed = limit + 1 if is_claimed else None
    status, detail = post(Sender(limit + 1), path, claimed)
    assert status == 413
    assert f"at most {limit / 1e6:.1f} MB. Send a smaller image" in detail


@pytest.mark.parametrize("claimed", ["-1", "1e9", "0x10", "", "²", "9" * 5_000])
def test_content_length_that_is_not_a_number_is_refused(claimed):
    assert post(Sender(10), "/gradio_api/cancel", claimed)[0] == 413


def test_server_stops_reading_at_the_limit(monkeypatch):
    """At the body's limit, although it claimed less; or at the limit for refused bodies."""
    sender = Sender(100 * FORM)
    assert post(sender, "/gradio_api/call/predict", 10)[0] == 413
    assert sender.sent <= FORM + CHUNK
    monkeypatch.setattr("page.limits.MAX_DISCARDED_BYTES", 3 * FORM)
    sender = Sender(100 * FORM)
    assert post(sender, "/nothing")[0] == 404
    assert sender.sent <= 3 * FORM + CHUNK


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [("/gradio_api/upload", 408, "came too slowly"), ("/nothing", 404, "There is nothing here")],
)
def test_body_that_does_not_arrive_times_out(monkeypatch, path, status, message):
    monkeypatch.setattr("page.limits.BODY_TIMEOUT", 0.1)
    received, detail = post(Sender(1_000, ends=False), path)
    assert received == status
    assert message in detail


def test_web_sockets_are_closed():
    sender = Sender(0)
    middleware = RequestLimits(count_bytes, threading.Event())
    run(middleware({"type": "websocket", "path": "/"}, sender.receive, sender.send))
    assert sender.response == [{"type": "websocket.close"}]


def test_closing_server_refuses_new_questions():
    closing = threading.Event()
    closing.set()
    assert post(Sender(10), "/gradio_api/call/predict", closing=closing) == (503, SERVER_CLOSING)


def test_each_client_has_its_own_rate_limit():
    limit = open_rate_limit({"RATE_LIMIT": "3/minute"})
    middleware = RequestLimits(count_bytes, threading.Event(), limit)

    def ask(host: str, method: str = "POST") -> tuple[int, str]:
        sender, scope = Sender(0), scope_of(method, "/gradio_api/call/predict")
        run(middleware({**scope, "client": (host, 1)}, sender.receive, sender.send))
        return sender.answer

    assert [ask("10.0.0.1")[0] for _ in range(3)] == [200] * 3
    assert ask("10.0.0.1") == (429, "At most 3/minute from one address. Try again later.")
    assert ask("10.0.0.1", "GET")[0] == 200
    assert ask("10.0.0.2")[0] == 200


@pytest.mark.parametrize(
    ("is_closing", "status", "most"), [(False, 429, 60), (True, 503, limits.CLOSING_RETRY_AFTER)]
)
def test_refused_client_is_told_when_to_send_again(is_closing, status, most):
    closing = threading.Event()
    middleware = RequestLimits(count_bytes, closing, open_rate_limit({"RATE_LIMIT": "1/minute"}))

    def ask() -> Sender:
        sender, scope = Sender(0), scope_of("POST", "/gradio_api/call/predict")
        run(middleware({**scope, "client": ("10.0.0.1", 1)}, sender.receive, sender.send))
        return sender

    assert ask().answer[0] == 200
    if is_closing:
        closing.set()
    refused = ask()
    assert refused.answer[0] == status
    seconds = int(dict(refused.response[0]["headers"])[b"retry-after"])
    assert 1 <= seconds <= most


def test_invalid_rate_limit_is_refused_with_an_example():
    assert open_rate_limit({}) is None
    with pytest.raises(ValueError, match=r"expected a limit such as 600/minute.*'many'"):
        open_rate_limit({"RATE_LIMIT": "many"})


@pytest.mark.parametrize("character", [b"[", b"{", b","])
@pytest.mark.parametrize("path", [path for path in MAX_BODY_BYTES if path not in NOT_JSON])
def test_json_of_exactly_the_most_parts_passes_and_one_more_is_refused(path, character):
    size = limits.MAX_JSON_PARTS
    assert post(Sender(size, fill=character), path) == (200, str(size))
    expected = 400, JSON_TOO_LONG.format(limit=size)
    assert post(Sender(size + 1, fill=character), path) == expected


def test_parts_of_a_body_in_several_chunks_are_added():
    sender = Sender(10 * CHUNK, fill=b"[")
    assert post(sender, "/gradio_api/queue/join")[0] == 400
    assert sender.sent == CHUNK


def test_brackets_in_an_uploaded_file_are_not_counted():
    assert post(Sender(CHUNK, fill=b"["), "/gradio_api/upload") == (200, str(CHUNK))


@pytest.mark.parametrize("path", ["/api/predict", "/api/read_number"])
@pytest.mark.parametrize(("kind", "status"), [(b"image/png", 200), (b"Application/JSON", 400)])
def test_brackets_in_a_body_for_the_api_are_counted_if_it_is_json(kind, status, path):
    sender, middleware = Sender(CHUNK, fill=b"["), RequestLimits(count_bytes, threading.Event())
    scope = scope_of("POST", path, headers=[(b"content-type", kind)])
    run(middleware(scope, sender.receive, sender.send))
    assert sender.answer[0] == status


def test_longest_file_name_of_brackets_and_commas_fits():
    """A photo's question as the page sends it: the name is in it three times."""
    name = ",[{" * 85  # most systems allow 255 characters
    folder = "/tmp/sketchdigits/4acbf33992d5c159"
    file = {
        "path": f"{folder}/{name}",
        "url": f"http://127.0.0.1:7860/gradio_api/file={folder}/{name}",
        "orig_name": name,
        "size": 9999,
        "mime_type": "image/png",
        "meta": {"_type": "gradio.FileData"},
    }
    body = {"data": [file, False], "event_data": None, "fn_index": 9, "session_hash": "abc"}
    text = json.dumps({**body, "trigger_id": 9})
    assert sum(map(text.count, "[{,")) < limits.MAX_JSON_PARTS
