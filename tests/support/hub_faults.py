"""The faults of the Hub on loopback, and its replies, which have them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from tests.support.hub_server import Hub


@dataclass
class Fault:
    """A fault for the next `times` requests whose "METHOD path" matches the pattern `at`.

    Kinds: an HTTP status, or "hang", "drop", "cut", "short", "wrong bytes", "endless", "trickle",
    "slow", "login page", "lost answer" (a commit is made, but the connection is closed), "no range"
    (the whole file is sent if a part of it was asked for).
    """

    kind: int | str
    at: str
    times: int


class FaultyReplies(BaseHTTPRequestHandler):
    """Handles requests: some have a fault, and `route` answers the others."""

    protocol_version = "HTTP/1.1"
    server_hub: Hub
    fault: int | str | None

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def handle_request(self) -> None:
        hub = self.server_hub
        self.path_only = unquote(urlsplit(self.path).path)
        size = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(size)
        request = f"{self.command} {self.path_only}"
        hub.requests.append((request, self.headers.get("Authorization")))
        self.fault = hub.fault_for(request)
        if self.fault == "hang":
            hub.released.wait(120)
        if self.fault in ("hang", "drop"):
            self.close_connection = True
        elif self.fault == "login page":
            self.reply(b"<html>Please log in to this network</html>", kind="text/html")
        elif self.fault == 403:
            self.reply(b"{}", 403)
        elif isinstance(self.fault, int):
            self.reply(b'{"error": "a fault"}', self.fault)
        else:
            self.route()

    do_GET = do_HEAD = do_POST = do_PUT = handle_request  # noqa: N815  http.server's names

    def route(self) -> None:
        """Answer a request without a fault of its own."""
        raise NotImplementedError

    def reply_json(self, content: object, status: int = 200) -> None:
        self.reply(json.dumps(content).encode(), status, kind="application/json")

    def refuse(
        self,
        status: int,
        code: str = "",
        *,
        message: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        extra = {"X-Error-Code": code, "X-Error-Message": message}
        self.reply(
            b"{}", status, headers={**(headers or {}), **{k: v for k, v in extra.items() if v}}
        )

    def reply(
        self,
        body: bytes,
        status: int = 200,
        *,
        kind: str = "application/octet-stream",
        headers: dict[str, str] | None = None,
    ) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if wanted and status == 200:
            self.server_hub.ranges.append(wanted[0])
            if self.fault != "no range":
                start = int(wanted[1])
                status = 206 if start < len(body) else 416
                place = f"{start}-{len(body) - 1}" if status == 206 else "*"
                headers = {**(headers or {}), "Content-Range": f"bytes {place}/{len(body)}"}
                body = body[start:]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        endless = self.fault == "endless" and self.command == "GET"
        if self.fault == "short" and self.command == "GET":
            body = body[: len(body) // 2]
        if not endless:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD" or not (body or endless):
            return
        self.send_body(body)

    def send_body(self, body: bytes) -> None:
        hub, released = self.server_hub, self.server_hub.released
        if self.fault == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif self.fault == "wrong bytes":
            middle = len(body) // 2
            self.wfile.write(body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :])
        elif self.fault == "endless":
            self.close_connection = True
            while not released.is_set():
                self.wfile.write(body + b"\0" * 2**20)
        elif self.fault in ("trickle", "slow"):
            step = max(1, len(body) // (200 if self.fault == "trickle" else 12))
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                hub.sent_part.set()
                if released.wait(0.25):
                    self.close_connection = True
                    return
        else:
            self.wfile.write(body)
