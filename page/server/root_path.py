"""The prefix of the page's address behind a proxy: `GRADIO_ROOT_PATH=/digits`.

Some proxies take the prefix off before they pass a request on, others keep it. Here it is taken off
before anything looks at the path: closed paths, limits and routes are the same for both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_ROOT_PATH = re.compile(r"(https?://[^/?#\s]+)?(/[^/?#\s]+)*/?")


def open_root_path(environment: Mapping[str, str]) -> str:
    """The value of `GRADIO_ROOT_PATH` without a slash at its end; "" if it is not set.

    Raises:
        ValueError: the value is no path and no address; the message says what was expected.
    """
    text = environment.get("GRADIO_ROOT_PATH", "").strip()
    if not _ROOT_PATH.fullmatch(text):
        raise ValueError(
            "GRADIO_ROOT_PATH: expected a path such as /digits, or an address such as "
            f"https://example.org/digits. Received: {text[:100]!r}"
        )
    return text.rstrip("/")


class PrefixRemoval:
    """ASGI middleware: takes the prefix off the path of each request that has it.

    Args:
        app: the next ASGI app.
        root_path: as `open_root_path` returns it.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        """See the class."""
        self.app = app
        self.root_path = root_path
        self.prefix = unquote(urlsplit(root_path).path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection, as ASGI defines it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if self.prefix and path == self.prefix:  # the page's own addresses begin at the slash
            await RedirectResponse(f"{self.root_path}/")(scope, receive, send)
            return
        if self.prefix and path.startswith(f"{self.prefix}/"):
            path = path.removeprefix(self.prefix)
        # With "", no router takes the prefix off a second time. Gradio has a copy of its own.
        await self.app({**scope, "path": path, "root_path": ""}, receive, send)
