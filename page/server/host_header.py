"""Patches for the Host header: Gradio remembers one client's host, and fails without any."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from gradio import route_utils, routes
from starlette.datastructures import Headers

# Each request runs in a context of its own, so none sees another's value.
_api_info: ContextVar[dict[str, Any] | None] = ContextVar("api_info", default=None)


def forget_hosts() -> None:
    """Let Gradio describe the API for each request's own host.

    Gradio 6.31 keeps the first description in `App.api_info`. It has the `Host` or
    `X-Forwarded-Host` of that request in its code snippets, and later clients would follow it.
    """

    def store(_: routes.App, description: dict[str, Any] | None) -> None:
        _api_info.set(description)

    routes.App.api_info = property(lambda _: _api_info.get(), store)  # type: ignore[assignment]


def allow_missing_hosts() -> None:
    """Let Gradio's CORS middleware allow no origin to a request without a Host header.

    It sees each response after our own middleware. Gradio 6.31 fails there with a KeyError.
    """
    is_valid_origin = route_utils.CustomCORSMiddleware.is_valid_origin

    def has_valid_origin(
        middleware: route_utils.CustomCORSMiddleware, request_headers: Headers
    ) -> bool:
        return "host" in request_headers and is_valid_origin(middleware, request_headers)

    route_utils.CustomCORSMiddleware.is_valid_origin = has_valid_origin  # type: ignore[assignment]
