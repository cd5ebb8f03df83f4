"""Requests to the middleware alone, as ASGI messages: no server, no network."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor

from starlette.types import Message

from page.server.request_limits import RequestLimits

CHUNK = 65_536


class Sender:
    """A client that sends the byte `fill` `size` times. With `ends=False` it sends no end.

    Attributes:
        sent: bytes that the server has read.
        response: the ASGI messages that it got.
    """

    def __init__(self, size: int, *, ends: bool = True, fill: bytes = b"\0") -> None:
        self.left, self.ends, self.sent, self.fill = size, ends, 0, fill
        self.response: list[Message] = []

    async def receive(self) -> Message:
        chunk = min(self.left, CHUNK)
        if not chunk and not self.ends:
            await asyncio.Event().wait()
        self.left -= chunk
        self.sent += chunk
        return {
            "type": "http.request",
            "body": self.fill * chunk,
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
    headers = [(b"host", b"localhost"), *headers]
    request = {"method": method, "path": path, "query_string": query, "headers": headers}
    return {"type": "http", **request}


def get(path, **changes):
    """GET a path from the middleware; return status and detail. `changes` are for the scope."""
    sender, middleware = Sender(0), RequestLimits(count_bytes, threading.Event())
    run(middleware({**scope_of("GET", path), **changes}, sender.receive, sender.send))
    return sender.answer


def post(sender, path, claimed=None, closing=None):
    """POST to the middleware; return status and detail. `claimed` is the Content-Length."""
    headers = [] if claimed is None else [(b"content-length", str(claimed).encode())]
    scope = scope_of("POST", path, headers=headers)
    middleware = RequestLimits(count_bytes, closing or threading.Event())
    run(middleware(scope, sender.receive, sender.send))
    return sender.answer
