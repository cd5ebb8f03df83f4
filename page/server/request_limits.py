"""Every request passes here before Gradio: what is open, how large it is, how long it may take.

Gradio 6.31 answers many paths that this page has no use for, some of which write files or memory
for anyone. So a POST reaches only what the page and its endpoint need, and no body is read beyond
its limit, whatever its length claims to be.
"""

from __future__ import annotations

import asyncio
import re
import threading

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from page.server.error_responses import BUSY, describe_failure, describe_refusal
from page.server.rate_limit import RateLimit
from page.ui.sketchpad import MAX_DATA_URI

# Bytes. A photograph of 4096x4096 pixels, well compressed, and what a form adds to it.
MAX_UPLOAD = 20_000_000
_FORM = 100_000
# The most bytes of a body, by path. A drawing travels inside the question for its answer.
_POSTS = (
    (re.compile(r"/gradio_api/queue/join/?"), MAX_DATA_URI + _FORM),
    (re.compile(r"/gradio_api/upload/?"), MAX_UPLOAD + _FORM),
    (re.compile(r"/gradio_api/call/(v2/)?predict/?"), _FORM),
    (re.compile(r"/gradio_api/(cancel|reset)/?"), _FORM),
    (re.compile(r"/gradio_api/mcp(/.*)?"), _FORM),  # there only if GRADIO_MCP_SERVER is set
)
# These write a file for each request, fetch from elsewhere, or tell of other visitors.
_CLOSED = re.compile(
    r"/gradio_api/(deep_link|dev|proxy=|runs|run-history|stream/|vibe|profiling)|/monitoring"
)
# Seconds for a body to come. Slower than 0.7 MB/s with a large photo is not waited for.
BODY_TIMEOUT = 30.0
# Bytes of a refused body.
MOST_DISCARDED = 3 * MAX_UPLOAD
# Requests at a time. A page that is open holds one, for as long; many systems let a process open
# 1,024 files.
MOST_OPEN = 800
# Characters; Gradio keeps some of what stands in one. Those of visitors' files have 300.
LONGEST_ADDRESS = 2_000
# Of a length that is claimed.
MOST_DIGITS = 20
NOTHING = "There is nothing here."
CLOSING = "The server is closing. Try again in a minute."


class Gatekeeper:
    """ASGI middleware.

    Args:
        app: what lies behind.
        closing: once set, nothing new is accepted; what was accepted can still be asked for.
        rate_limit: of each client's posts; None: no limit.
    """

    def __init__(
        self, app: ASGIApp, closing: threading.Event, rate_limit: RateLimit | None = None
    ) -> None:
        """See the class."""
        self.app = app
        self.closing = closing
        self.rate_limit = rate_limit
        self.open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with a JSON body: `{"detail": what to do}`."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            self.open += 1
            try:
                await self._pass_or_refuse(scope, receive, send)
            finally:
                self.open -= 1
        else:  # the page has no use for a web socket
            await send({"type": "websocket.close"})

    async def _pass_or_refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal:
            await _discard_body(receive)
            await refusal(scope, receive, send)
        elif scope["method"] == "POST":
            await self._pass_bounded(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        if self.open > MOST_OPEN:
            return _say(503, BUSY)
        path, method = scope["path"], scope["method"]
        if len(path) + len(scope["query_string"]) > LONGEST_ADDRESS:
            return _say(414, "The address is too long.")
        if method not in ("GET", "HEAD", "OPTIONS", "POST") or _CLOSED.match(path):
            return _say(404, NOTHING)
        return self._refusal_to_post(scope) if method == "POST" else None

    def _refusal_to_post(self, scope: Scope) -> JSONResponse | None:
        limit = _body_limit(scope["path"])
        if limit is None:
            return _say(404, "There is nothing here. The endpoint is /gradio_api/call/predict.")
        if self.closing.is_set():
            return _say(503, CLOSING)
        if self.rate_limit and not self.rate_limit.admits(scope):
            return _say(429, f"At most {self.rate_limit.text} from one address. Try again later.")
        claimed = dict(scope["headers"]).get(b"content-length", b"0")
        # Python makes no number of thousands of digits.
        if not claimed.isdigit() or len(claimed) > MOST_DIGITS or int(claimed) > limit:
            return _say(413, _too_large(limit))
        return None

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception as error:
            if not started:
                status, told = describe_failure(error, scope["path"])
                nothing = _say(404, NOTHING)
                await (nothing if status == 422 else _say(status, told))(scope, receive, send)
            elif isinstance(error.__cause__, HTTPException):
                # Where nobody knows a question, Gradio says so, and then fails.
                await send({"type": "http.response.body", "body": b""})
            else:
                raise

    async def _pass_bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = _body_limit(scope["path"])
        assert limit is not None  # such a path is refused
        loop = asyncio.get_running_loop()
        deadline, received, complete, started = loop.time() + BODY_TIMEOUT, 0, False, False
        refusal: JSONResponse | None = None

        async def receive_bounded() -> Message:
            nonlocal received, complete, refusal
            if complete:  # now it is asked whether the client is still there
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                refusal = _say(408, "The request came too slowly. Try again.")
                raise
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > limit:
                refusal = _say(413, _too_large(limit))
                raise ValueError("too large")
            return message

        async def send_noting(message: Message) -> None:
            nonlocal started, refusal
            if message["type"] == "http.response.start" and message["status"] == 400:
                refusal = refusal or _say(400, describe_refusal(scope["path"]))
            # Whatever was made of a body that is refused is not told.
            if refusal is None:
                started = True
                await send(message)

        try:
            await self.app(scope, receive_bounded, send_noting)
        except ClientDisconnect:
            return
        except OSError:  # the disk is full
            refusal = refusal or _say(507, "The server has no room for the file. Try again later.")
        except Exception as error:  # noqa: BLE001  a stranger is told something of every one
            refusal = refusal or _say(*describe_failure(error, scope["path"]))
        if refusal and not started:
            await refusal(scope, receive, send)


async def _discard_body(receive: Receive) -> None:
    """Read what a client sends on, within reason: until it has sent all, most don't listen."""
    loop = asyncio.get_running_loop()
    deadline, received, more = loop.time() + BODY_TIMEOUT, 0, True
    while more and received < MOST_DISCARDED:
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            return
        received += len(message.get("body", b""))
        more = message.get("more_body", False)


def _body_limit(path: str) -> int | None:
    """The most bytes that a post to a path may have; None where there is nothing to post to."""
    return next((limit for known, limit in _POSTS if known.fullmatch(path)), None)


def _say(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, status)


def _too_large(limit: int) -> str:
    return f"The request is too large: at most {limit / 1e6:.1f} MB. Send a smaller image."
