"""A patch for the Host header: Gradio remembers that of one client."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from gradio import routes

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
