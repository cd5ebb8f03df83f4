"""Which websites' scripts may read an answer (CORS): those of any site, from the API alone.

The API takes no cookies, so a script learns nothing that its website could not ask for itself. All
else is for the page, which is of the same site and needs no such headers. Without them, a browser
sends no other website's questions and lets it read no answer: no website can make its visitors
store corrections, each from an address of its own.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from gradio import routes
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

API_PREFIX = "/api/"


def open_api_to_other_sites(root_path: str) -> None:
    """Let Gradio's app answer `/api/` with the headers that let every site's scripts ask.

    Gradio's own middleware, in whose place this one is, lets every website ask everything, with
    cookies, except on localhost (gradio 6.31). It is outside of our middleware, so it sees refusals
    too, and paths with the prefix: `root_path` is as for `PrefixRemoval`.
    """
    prefix = unquote(urlsplit(root_path).path)

    class CorsOfApi:
        def __init__(self, app: ASGIApp, **_: Any) -> None:
            self.app = app
            self.of_api = CORSMiddleware(
                app,
                allow_origins=["*"],
                allow_methods=["GET", "POST"],
                allow_headers=["*"],
                expose_headers=["Retry-After"],
            )

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            path = scope.get("path", "")
            is_api = path.startswith((API_PREFIX, prefix + API_PREFIX))
            await (self.of_api if is_api else self.app)(scope, receive, send)

    routes.CustomCORSMiddleware = CorsOfApi  # type: ignore[assignment, misc]
