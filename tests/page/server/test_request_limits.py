"""What passes the gatekeeper, byte for byte and second for second."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.types import Message

from page.server import request_limits
from page.server.error_responses import BUSY
from page.server.request_limits import CLOSING, MAX_UPLOAD, Gatekeeper
from page.ui.sketchpad import MAX_DATA_URI

FORM = 100_000
LIMITS = {
    "/gradio_api/queue/join": MAX_DATA_URI + FORM,
    "/gradio_api/upload": MAX_UPLOAD + FORM,
    "/gradio_api/call/predict": FORM,
    "/gradio_api/call/v2/predict": FORM,
    "/gradio_api/cancel": FORM,
    "/gradio_api/mcp/": FORM,
}
CHUNK = 65_536


class Sender:
    """A client that sends so many bytes and, unless it `ends`, says no more.

    Attributes:
        sent: bytes that were taken from it.
        told: the response: status and body.
    """

    def __init__(self, size: int, *, ends: bool = True) -> None:
        self.left, self.ends, self.sent = size, ends, 0
        self.told: list[Message] = []

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
        self.told.append(message)

    @property
    def answer(self) -> tuple[int, str]:
        body = b"".join(message.get("body", b"") for message in self.told)
        return self.told[0]["status"], json.loads(body)["detail"]


async def count_bytes(scope, receive, send):
    """What lies behind: it reads all, and tells how much it was."""
    received, more = 0, True
    while more:
        message = await receive()
        received += len(message["body"])
        more = message["more_body"]
    body = json.dumps({"detail": str(received)}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def run(coroutine):
    """In a thread of its own: in this one the browser's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def scope_of(method, path, query=b"", headers=()):
    request = {"method": method, "path": path, "query_string": query, "headers": list(headers)}
    return {"type": "http", **request}


def post(sender, path, claimed=None, closing=None):
    headers = [] if claimed is None else [(b"content-length", str(claimed).encode())]
    scope = scope_of("POST", path, headers=headers)
    keeper = Gatekeeper(count_bytes, closing or threading.Event())
    run(keeper(scope, sender.receive, sender.send))
    return sender.answer


@pytest.mark.parametrize("is_claimed", [True, False])
@pytest.mark.parametrize(("path", "limit"), LIMITS.items())
def test_body_of_exactly_the_limit_passes_and_a_byte_more_is_refused(path, limit, is_claimed):
    claimed = limit if is_claimed else None
    assert post(Sender(limit), path, claimed) == (200, str(limit))
    claimed = limit + 1 if is_claimed else None
    status, told = post(Sender(limit + 1), path, claimed)
    assert status == 413
    assert f"at most {limit / 1e6:.1f} MB. Send a smaller image" in told


@pytest.mark.parametrize("claimed", ["-1", "1e9", "0x10", "", "²", "9" * 5_000])
def test_length_that_is_no_number_is_refused(claimed):
    assert post(Sender(10), "/gradio_api/cancel", claimed)[0] == 413


def test_what_is_sent_beyond_the_limit_is_not_read(monkeypatch):
    """More than it claimed, or, of a body that is refused, more than is worth the wait."""
    sender = Sender(100 * FORM)
    assert post(sender, "/gradio_api/call/predict", 10)[0] == 413
    assert sender.sent <= FORM + CHUNK
    monkeypatch.setattr(request_limits, "MOST_DISCARDED", 3 * FORM)
    sender = Sender(100 * FORM)
    assert post(sender, "/nothing")[0] == 404
    assert sender.sent <= 3 * FORM + CHUNK


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [("/gradio_api/upload", 408, "came too slowly"), ("/nothing", 404, "There is nothing here")],
)
def test_body_that_does_not_come_is_not_waited_for(monkeypatch, path, status, message):
    monkeypatch.setattr(request_limits, "BODY_TIMEOUT", 0.1)
    told = post(Sender(1_000, ends=False), path)
    assert told[0] == status
    assert message in told[1]


def test_no_more_requests_are_held_open_than_the_most():
    """Listeners, say, whom nothing is told; once they go, others are let in."""

    async def hang(scope, receive, send):
        await asyncio.Event().wait()

    async def crowd() -> list[tuple[int, str]]:
        keeper, last = Gatekeeper(hang, threading.Event()), Sender(0)
        scope = scope_of("GET", "/")
        listeners = [
            asyncio.create_task(keeper(scope, last.receive, last.send))
            for _ in range(request_limits.MOST_OPEN)
        ]
        await asyncio.sleep(0)
        await asyncio.wait_for(keeper(scope, last.receive, last.send), 5)
        answers = [last.answer]
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
        keeper.app, last = count_bytes, Sender(0)
        await keeper(scope, last.receive, last.send)
        return [*answers, last.answer]

    assert run(crowd()) == [(503, BUSY), (200, "0")]


@pytest.mark.parametrize(("surplus", "status"), [(0, 200), (1, 414)])
def test_address_is_taken_up_to_its_limit(surplus, status):
    sender, keeper = Sender(0), Gatekeeper(count_bytes, threading.Event())
    scope = scope_of("GET", "/" * 1_000, b"x" * (request_limits.LONGEST_ADDRESS - 1_000 + surplus))
    run(keeper(scope, sender.receive, sender.send))
    assert sender.answer[0] == status


def test_web_sockets_are_closed():
    sender = Sender(0)
    keeper = Gatekeeper(count_bytes, threading.Event())
    run(keeper({"type": "websocket", "path": "/"}, sender.receive, sender.send))
    assert sender.told == [{"type": "websocket.close"}]


def test_closing_server_takes_no_more_questions():
    closing = threading.Event()
    closing.set()
    assert post(Sender(10), "/gradio_api/call/predict", closing=closing) == (503, CLOSING)
