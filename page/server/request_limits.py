"""Checks every request before Gradio sees it: path, size and parts of the body, time to send it.

Gradio 6.31 answers many paths that this page does not use. Some of them write files or use memory
for anyone who asks. So a POST reaches only what the page and its endpoint need, and the server
stops reading a body at its limit, no matter which Content-Length it claims.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from page import limits
from page.server.body_room import BodyRoom, NoRoomError, receive_in_time
from page.server.client_address import client_address
from page.server.error_responses import (
    describe_expected,
    describe_failure,
    refuse,
    refuse_busy,
    refuse_for_now,
)
from page.server.open_requests import HEALTH_PATHS, OpenRequests, Room
from page.server.origin import is_from_another_site
from page.server.rate_limit import RateLimit
from page.server.upload_room import UploadRoom
from page.server.uploads import pass_with_room
from page.translations import (
    ADDRESS_TOO_LONG,
    BAD_ADDRESS,
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    DISK_FULL,
    JSON_TOO_LONG,
    NO_HOST,
    NO_SUCH_ENDPOINT,
    NOT_FOUND,
    OTHER_ORIGIN,
    SERVER_CLOSING,
    TOO_MANY_REQUESTS,
)

# The only paths that accept a POST. The page sends its drawing in the body of queue/join.
_JOIN = re.compile(r"/gradio_api/queue/join/?")
_UPLOAD = re.compile(r"/gradio_api/upload/?")
# The API: the image is in the body, as it is, in a form or in JSON.
_API = re.compile(r"/api/(predict|read_number)")
# An image in JSON is held as text and as an image.
_COPIES_OF_JSON = 2
_SMALL_POSTS = re.compile(
    r"/gradio_api/((call/(v2/)?(predict|read_number)|cancel|reset)/?"
    r"|mcp(/.*)?)"  # answered only if GRADIO_MCP_SERVER is set
)
# These paths write a file or a piece of the log for each request, fetch other addresses, or show
# other visitors' data. (The manifest names /pwa_icon, without a size.)
_CLOSED = re.compile(
    r"/gradio_api/(deep_link|dev|proxy=|runs|run-history|stream/|vibe|profiling)|/monitoring"
    r"|(/gradio_api)?/custom_component|/pwa_icon/"
)
# An address or another machine's folder in place of a file's path: Gradio 6.31 fetches http and
# https. (One letter before a colon is a drive of Windows.)
_FOREIGN_FILE = re.compile(r"/gradio_api/file[=/]\s*([a-z][a-z0-9+.-]+:|[/\\]{2})", re.I)
# Gradio prints parts of paths, and a line break would begin a line of the log.
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class RequestLimits:
    """ASGI middleware: passes a request on, or refuses it with `{"detail": what to do}`.

    Args:
        app: the next ASGI app.
        closing: once set, new POST requests are refused; answers can still be fetched.
        rate_limit: for each client's POST requests; None: no limit.
        room: for uploads; None: no limit.
    """

    def __init__(
        self,
        app: ASGIApp,
        closing: threading.Event,
        rate_limit: RateLimit | None = None,
        room: UploadRoom | None = None,
    ) -> None:
        """See the class."""
        self.app = app
        self.closing = closing
        self.rate_limit = rate_limit
        self.room = room
        self.open_requests = OpenRequests()
        self.bodies = BodyRoom()
        self.images = BodyRoom(limits.MAX_IMAGE_BODY_BYTES, limits.MAX_IMAGE_BODY_BYTES_PER_ADDRESS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection, as ASGI defines it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            with self.open_requests.counted(scope) as room:
                if room is Room.YES:
                    await self._pass_or_refuse(scope, receive, send)
                else:
                    await _refuse_for_lack_of_room(room)(scope, receive, send)
        else:  # the page uses no web sockets
            await send({"type": "websocket.close"})

    async def _pass_or_refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope)
        if refusal:
            await _discard_body(receive)
            await refusal(scope, receive, send)
        elif scope["method"] == "POST":
            is_upload = bool(_UPLOAD.fullmatch(scope["path"]))
            if is_upload and self.room:
                await self._pass_upload(self.room, scope, receive, send)
            elif is_upload:
                await self._pass_post(scope, receive, send)
            else:
                await self._pass_in_memory(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        """The refusal of a request by its headers; None if it may pass."""
        path, method = scope["path"], scope["method"]
        if len(path) + len(scope["query_string"]) > limits.MAX_ADDRESS_LENGTH:
            return refuse(414, ADDRESS_TOO_LONG.format(limit=limits.MAX_ADDRESS_LENGTH))
        if _CONTROL_CHARACTER.search(path):
            return refuse(400, BAD_ADDRESS)
        if _lacks_host(scope):
            return refuse(400, NO_HOST)
        is_closed = _CLOSED.match(path) or _FOREIGN_FILE.match(path)
        if method not in ("GET", "HEAD", "OPTIONS", "POST") or is_closed:
            return refuse(404, NOT_FOUND)
        return self._refusal_of_post(scope) if method == "POST" else None

    def _refusal_of_post(self, scope: Scope) -> JSONResponse | None:
        limit = _max_body_bytes(scope["path"])
        if limit is None:
            return refuse(404, NO_SUCH_ENDPOINT)
        if self.closing.is_set():
            return refuse_for_now(503, SERVER_CLOSING, limits.CLOSING_RETRY_AFTER)
        if _UPLOAD.fullmatch(scope["path"]) and is_from_another_site(scope):
            return refuse(403, OTHER_ORIGIN)
        if self.rate_limit and not self.rate_limit.admits(scope):
            message = TOO_MANY_REQUESTS.format(limit=self.rate_limit.text)
            return refuse_for_now(429, message, self.rate_limit.seconds_left(scope))
        claimed = _claimed_bytes(scope, default=0)
        return _refuse_large_body(limit) if claimed is None or claimed > limit else None

    async def _pass_in_memory(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reserve memory for the body of a POST, and pass it on; or refuse it."""
        size = _claimed_bytes(scope, default=_max_body_bytes(scope["path"]) or 0) or 0
        room, copies = self.bodies, 1
        if _API.fullmatch(scope["path"]):
            room, copies = self.images, _COPIES_OF_JSON if _may_be_json(scope) else 1
        with room.reserved(client_address(scope), size, copies) as body:
            if body:
                await self._pass_post(scope, receive, send, body.receive)
                return
        await _discard_body(receive)
        await refuse_busy()(scope, receive, send)

    async def _pass_upload(
        self, room: UploadRoom, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Reserve room for an upload, and pass it on; or refuse it."""
        size = _claimed_bytes(scope, default=_max_body_bytes(scope["path"]) or 0) or 0
        refusal = await pass_with_room(
            room, self._pass_post, size, scope=scope, receive=receive, send=send
        )
        if refusal:
            await _discard_body(receive)
            await refusal(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request without a body; respond in Gradio's place if Gradio fails."""
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:
            if not started:
                status, detail = describe_failure(error, scope["path"])
                # There is no body that could be wrong: the address is.
                refusal = refuse(404, NOT_FOUND) if status == 422 else refuse(status, detail)
                await refusal(scope, receive, send)
            elif isinstance(error.__cause__, HTTPException):
                # For an unknown event id Gradio 6.31 sends its message, and then fails.
                await send({"type": "http.response.body", "body": b""})
            else:
                raise

    async def _pass_post(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        receive_in_time: Callable[[Receive, float], Awaitable[Message]] = receive_in_time,
    ) -> None:
        """Pass on a POST; stop at the limits on the size, the parts and the time of its body."""
        limit = _max_body_bytes(scope["path"])
        assert limit is not None  # other paths were refused
        loop = asyncio.get_running_loop()
        deadline, received, complete = loop.time() + limits.BODY_TIMEOUT, 0, False
        parts, is_json = 0, _may_be_json(scope)
        started = False
        refusal: JSONResponse | None = None

        async def receive_within_limits() -> Message:
            nonlocal received, parts, complete, refusal
            if complete:  # Gradio asks whether the client is still connected
                return await receive()
            try:
                message = await receive_in_time(receive, deadline)
            except TimeoutError:
                refusal = refuse(408, BODY_TOO_SLOW)
                raise
            except NoRoomError:
                refusal = refuse_busy()
                raise
            body = message.get("body", b"")
            received += len(body)
            complete = not message.get("more_body", False)
            if received > limit:
                refusal = _refuse_large_body(limit)
                raise ValueError("too large")
            if is_json:
                parts += sum(map(body.count, (b"[", b"{", b",")))
                if parts > limits.MAX_JSON_PARTS:
                    refusal = refuse(400, JSON_TOO_LONG.format(limit=limits.MAX_JSON_PARTS))
                    raise ValueError("too many parts")
            return message

        async def send_unless_refused(message: Message) -> None:
            nonlocal started, refusal
            if message["type"] == "http.response.start" and message["status"] == 400:
                refusal = refusal or refuse(400, describe_expected(scope["path"]))
            # Discard the app's response if the request body exceeded its limits.
            if refusal is None:
                started = True
                await send(message)

        try:
            await self.app(scope, receive_within_limits, send_unless_refused)
        except ClientDisconnect:
            return
        except OSError:  # the disk is full
            refusal = refusal or refuse(507, DISK_FULL)
        except Exception as error:  # noqa: BLE001  every error gets a clear message
            refusal = refusal or refuse(*describe_failure(error, scope["path"]))
        if refusal and not started:
            await refusal(scope, receive, send)


def _claimed_bytes(scope: Scope, default: int) -> int | None:
    """The number in Content-Length, or `default` without that header; None if it is no number."""
    claimed = dict(scope["headers"]).get(b"content-length")
    if claimed is None:
        return default
    is_number = claimed.isdigit() and len(claimed) <= limits.MAX_CONTENT_LENGTH_DIGITS
    return int(claimed) if is_number else None


def _refuse_for_lack_of_room(room: Room) -> Response:
    """The response to a request too many. Its body isn't read: that would hold it open.

    A browser doesn't ask again for a heartbeat that gets 204.
    """
    response = Response(status_code=204) if room is Room.NO_HEARTBEAT else refuse_busy()
    response.headers["Connection"] = "close"
    return response


def _lacks_host(scope: Scope) -> bool:
    """No Host header, but `Origin` or a path other than those for load balancers.

    Load balancers ask for the health with HTTP/1.0, which needs no Host header.
    """
    names = {name for name, _ in scope["headers"]}
    return b"host" not in names and (b"origin" in names or scope["path"] not in HEALTH_PATHS)


async def _discard_body(receive: Receive) -> None:
    """Read the body of a refused request: most clients read the response only after sending it."""
    loop = asyncio.get_running_loop()
    deadline, received, more = loop.time() + limits.BODY_TIMEOUT, 0, True
    while more and received < limits.MAX_DISCARDED_BYTES:
        try:
            message = await receive_in_time(receive, deadline)
        except TimeoutError:
            return
        received += len(message.get("body", b""))
        more = message.get("more_body", False)


def _max_body_bytes(path: str) -> int | None:
    """The largest body of a POST to a path; None if the path accepts no POST."""
    if _JOIN.fullmatch(path):
        return limits.MAX_DATA_URI_LENGTH + limits.MAX_FORM_BYTES
    if _UPLOAD.fullmatch(path) or _API.fullmatch(path):
        return limits.MAX_UPLOAD_BYTES + limits.MAX_FORM_BYTES
    if _SMALL_POSTS.fullmatch(path):
        return limits.MAX_FORM_BYTES
    return None


def _may_be_json(scope: Scope) -> bool:
    """Whether a body may be parsed as JSON: not that of an upload, nor an image for the API."""
    if _API.fullmatch(scope["path"]):
        return "json" in Headers(scope=scope).get("content-type", "").lower()
    return not _UPLOAD.fullmatch(scope["path"])


def _refuse_large_body(limit: int) -> JSONResponse:
    return refuse(413, BODY_TOO_LARGE.format(limit=limit / 1e6))
