"""Checks every request before Gradio sees it: its address, and the body's size, parts and time.

`open_paths.py` says which addresses are open. The server stops reading a body at its limit, no
matter which Content-Length it claims.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

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
from page.server.open_paths import (
    is_api,
    is_upload,
    max_body_bytes,
    may_be_json,
    refuse_address,
)
from page.server.open_requests import OpenRequests, Room
from page.server.origin import is_from_another_site
from page.server.rate_limit import RateLimit
from page.server.upload_room import UploadRoom
from page.server.uploads import pass_with_room
from page.translations import (
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    DISK_FULL,
    JSON_TOO_LONG,
    NO_SUCH_ENDPOINT,
    NOT_FOUND,
    OTHER_ORIGIN,
    SERVER_CLOSING,
    TOO_MANY_REQUESTS,
)

# An image in JSON is held as text and as an image.
_COPIES_OF_JSON = 2


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
            if not is_upload(scope["path"]):
                await self._pass_in_memory(scope, receive, send)
            elif self.room:
                await self._pass_upload(self.room, scope, receive, send)
            else:
                await self._pass_post(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        """The refusal of a request by its headers; None if it may pass."""
        refusal = refuse_address(scope)
        if refusal is None and scope["method"] == "POST":
            refusal = self._refusal_of_post(scope)
        return refusal

    def _refusal_of_post(self, scope: Scope) -> JSONResponse | None:
        limit = max_body_bytes(scope["path"])
        if limit is None:
            return refuse(404, NO_SUCH_ENDPOINT)
        if self.closing.is_set():
            return refuse_for_now(503, SERVER_CLOSING, limits.CLOSING_RETRY_AFTER)
        if is_upload(scope["path"]) and is_from_another_site(scope):
            return refuse(403, OTHER_ORIGIN)
        if self.rate_limit and not self.rate_limit.admits(scope):
            message = TOO_MANY_REQUESTS.format(limit=self.rate_limit.text)
            return refuse_for_now(429, message, self.rate_limit.seconds_left(scope))
        claimed = _claimed_bytes(scope, default=0)
        return _refuse_large_body(limit) if claimed is None or claimed > limit else None

    async def _pass_in_memory(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reserve memory for the body of a POST, and pass it on; or refuse it."""
        size = _claimed_bytes(scope, default=max_body_bytes(scope["path"]) or 0) or 0
        room, copies = self.bodies, 1
        if is_api(scope["path"]):
            room, copies = self.images, _COPIES_OF_JSON if may_be_json(scope) else 1
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
        size = _claimed_bytes(scope, default=max_body_bytes(scope["path"]) or 0) or 0
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
        limit = max_body_bytes(scope["path"])
        assert limit is not None  # other paths were refused
        loop = asyncio.get_running_loop()
        deadline, received, complete = loop.time() + limits.BODY_TIMEOUT, 0, False
        parts, is_json = 0, may_be_json(scope)
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


def _refuse_large_body(limit: int) -> JSONResponse:
    return refuse(413, BODY_TOO_LARGE.format(limit=limit / 1e6))
