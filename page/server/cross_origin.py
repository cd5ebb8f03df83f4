"""Which websites' scripts may read an answer (CORS): those of any site, from the API alone.

The API takes no cookies, so a script learns nothing that its website could not ask for itself.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from gradio import route_utils, routes
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

API_PREFIX = "/api/"


def open_api_to_other_sites(root_path: str) -> None:
    """Let Gradio's app answer `/api/` with the headers that let every site's scripts ask.

    Gradio's own middleware allows credentials, and to a server on localhost no other site at all
    (gradio 6.31). It is outside of our middleware, so it sees refusals too, and paths with the
    prefix: `root_path` is as for `PrefixRemoval`.
    """
    prefix = unquote(urlsplit(root_path).path)

    class CorsByPath(route_utils.CustomCORSMiddleware):
        def __init__(self, app: ASGIApp, **options: Any) -> None:
            super().__init__(app, **options)
            self.of_api = CORSMiddleware(
                app,
                allow_origins=["*"],
                allow_methods=["GET", "POST"],
                allow_headers=["*"],
                expose_headers=["Retry-After"],
            )

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            path = scope.get("path", "")
            if path.startswith((API_PREFIX, prefix + API_PREFIX)):
                await self.of_api(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)

    routes.CustomCORSMiddleware = CorsByPath  # type: ignore[assignment, misc]
