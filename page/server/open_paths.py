"""Which addresses of the server are open, and how large a body each takes.

Gradio 6.31 answers many paths that this page does not use. Some of them write files or use memory
for anyone who asks. So a POST reaches only what the page and its endpoint need.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import Scope

from page import limits
from page.server.error_responses import refuse
from page.server.open_requests import HEALTH_PATHS
from page.translations import ADDRESS_TOO_LONG, BAD_ADDRESS, NO_HOST, NOT_FOUND

# The only paths that accept a POST. The page sends its drawing in the body of queue/join.
_JOIN = re.compile(r"/gradio_api/queue/join/?")
_UPLOAD = re.compile(r"/gradio_api/upload/?")
# The API: the image is in the body, as it is, in a form or in JSON.
_API = re.compile(r"/api/(predict|read_number)")
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


def refuse_address(scope: Scope) -> JSONResponse | None:
    """The refusal of a request by its address, method and host; None if it may pass."""
    path = scope["path"]
    if len(path) + len(scope["query_string"]) > limits.MAX_ADDRESS_LENGTH:
        return refuse(414, ADDRESS_TOO_LONG.format(limit=limits.MAX_ADDRESS_LENGTH))
    if _CONTROL_CHARACTER.search(path):
        return refuse(400, BAD_ADDRESS)
    if _lacks_host(scope):
        return refuse(400, NO_HOST)
    is_closed = _CLOSED.match(path) or _FOREIGN_FILE.match(path)
    if scope["method"] not in ("GET", "HEAD", "OPTIONS", "POST") or is_closed:
        return refuse(404, NOT_FOUND)
    return None


def is_upload(path: str) -> bool:
    """Whether a POST to a path uploads a file."""
    return bool(_UPLOAD.fullmatch(path))


def is_api(path: str) -> bool:
    """Whether a POST to a path has the image in its body."""
    return bool(_API.fullmatch(path))


def max_body_bytes(path: str) -> int | None:
    """The largest body of a POST to a path; None if the path accepts no POST."""
    if _JOIN.fullmatch(path):
        return limits.MAX_DATA_URI_LENGTH + limits.MAX_FORM_BYTES
    if is_upload(path) or is_api(path):
        return limits.MAX_UPLOAD_BYTES + limits.MAX_FORM_BYTES
    if _SMALL_POSTS.fullmatch(path):
        return limits.MAX_FORM_BYTES
    return None


def may_be_json(scope: Scope) -> bool:
    """Whether a body may be parsed as JSON: not that of an upload, nor an image for the API."""
    if is_api(scope["path"]):
        return "json" in Headers(scope=scope).get("content-type", "").lower()
    return not is_upload(scope["path"])


def _lacks_host(scope: Scope) -> bool:
    """No Host header, but `Origin` or a path other than those for load balancers.

    Load balancers ask for the health with HTTP/1.0, which needs no Host header.
    """
    names = {name for name, _ in scope["headers"]}
    return b"host" not in names and (b"origin" in names or scope["path"] not in HEALTH_PATHS)
