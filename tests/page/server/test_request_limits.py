"""The middleware `RequestLimits`, to the byte and the second."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.types import Message

from page import limits
from page.server.rate_limit import open_rate_limit
from page.server.request_limits import RequestLimits
from page.translations import SERVER_BUSY, SERVER_CLOSING

FORM = 100_000
MAX_BODY_BYTES = {
    "/gradio_api/queue/join": 1_000_000 + FORM,
    "/gradio_api/upload": 20_000_000 + FORM,
    "/gradio_api/call/predict": FORM,
    "/gradio_api/call/v2/predict": FORM,
    "/gradio_api/cancel": FORM,
    "/gradio_api/mcp/": FORM,
}
CHUNK = 65_536


class Sender:
    """A client that sends `size` bytes. With `ends=False` it then stays silent, without an end.

    Attributes:
        sent: bytes that the server has read.
        response: the ASGI messages that it got.
    """

    def __init__(self, size: int, *, ends: bool = True) -> None:
        self.left, self.ends, self.sent = size, ends, 0
        self.response: list[Message] = []

    async def receive(self) -> Message:
        chunk = min(self.left, CHUNK)
        if not chunk and not self.ends:
            await asyncio.Event().wait()
        self.left -= chunk
        self.sent += chunk
        return {
            "type": "http.request",
            "body": bytes(chunk),
            "more_body": self.left > 0 or not self.ends,
        }

    async def send(self, message: Message) -> None:
        self.response.append(message)

    @property
    def answer(self) -> tuple[int, str]:
        body = b"".join(message.get("body", b"") for message in self.response)
        return self.response[0]["status"], json.loads(body)["detail"]


async def count_bytes(scope, receive, send):
    """An ASGI app that reads the whole body, and answers with its length."""
    received, more = 0, True
    while more:
        message = await receive()
        received += len(message["body"])
        more = message["more_body"]
    body = json.dumps({"detail": str(received)}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def run(coroutine):
    """Run it in another thread: in this one the browser's event loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def scope_of(method, path, query=b"", headers=()):
    request = {"method": method, "path": path, "query_string": query, "headers": list(headers)}
    return {"type": "http", **request}


def post(sender, path, claimed=None, closing=None):
    """POST to the middleware; return status and detail. `claimed` is the Content-Length."""
    headers = [] if claimed is None else [(b"content-length", str(claimed).encode())]
    scope = scope_of("POST", path, headers=headers)
    middleware = RequestLimits(count_bytes, closing or threading.Event())
    run(middleware(scope, sender.receive, sender.send))
    return sender.answer


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


def test_one_request_beyond_the_most_open_ones_gets_busy():
    """Once the open ones have gone, new requests pass again."""

    async def hang(scope, receive, send):
        await asyncio.Event().wait()

    async def crowd() -> list[tuple[int, str]]:
        middleware, last = RequestLimits(hang, threading.Event()), Sender(0)
        scope = scope_of("GET", "/")
        listeners = [
            asyncio.create_task(middleware(scope, last.receive, last.send))
            for _ in range(limits.MAX_OPEN_REQUESTS)
        ]
        await asyncio.sleep(0)
        await asyncio.wait_for(middleware(scope, last.receive, last.send), 5)
        answers = [last.answer]
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
        middleware.app, last = count_bytes, Sender(0)
        await middleware(scope, last.receive, last.send)
        return [*answers, last.answer]

    assert run(crowd()) == [(503, SERVER_BUSY), (200, "0")]


@pytest.mark.parametrize(("surplus", "status"), [(0, 200), (1, 414)])
def test_address_of_exactly_the_limit_passes_and_a_character_more_is_refused(surplus, status):
    sender, middleware = Sender(0), RequestLimits(count_bytes, threading.Event())
    scope = scope_of("GET", "/" * 1_000, b"x" * (limits.MAX_ADDRESS_LENGTH - 1_000 + surplus))
    run(middleware(scope, sender.receive, sender.send))
    assert sender.answer[0] == status


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


def test_invalid_rate_limit_is_refused_with_an_example():
    assert open_rate_limit({}) is None
    with pytest.raises(ValueError, match=r"expected a limit such as 600/minute.*'many'"):
        open_rate_limit({"RATE_LIMIT": "many"})
