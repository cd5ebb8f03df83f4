"""Errors as strangers meet them: what to send instead; never null, a value, a path or a version.

Gradio 6.31 tells nothing of an exception that isn't its own (`{"error": null}`), or, asked to show
errors, all of it; FastAPI repeats what was sent. Of each, a blank canvas too, Gradio prints a
traceback to the server's log: strangers could fill it.
"""

from __future__ import annotations

import errno
import logging
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from gradio import queueing, routes, utils
from gradio.server_messages import UnexpectedErrorMessage
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

EXPECTED = (
    'Expected {"data": [{"path": "what the upload answered", '
    '"meta": {"_type": "gradio.FileData"}}]}: upload an image file first, PNG, JPEG, WebP, GIF or '
    "BMP. The page's API tab shows how."
)
EXPECTED_FILE = (
    "Expected an image file as form data, such as curl -F files=@drawing.png sends: PNG, JPEG, "
    "WebP, GIF or BMP."
)
FAILED = "The server failed at this one. Try again, or send another image."
UNKNOWN = "There is no such question, or its answer was heard already. Ask again."
BUSY = "The server is busy. Try again in a moment."

_log = logging.getLogger("sketchdigits")
_SENDERS = (gr.Error, ValueError, TypeError, LookupError, AttributeError)


class PlainUnexpected(UnexpectedErrorMessage):
    """What those hear who listen to a question that isn't there; Gradio says "404: Not Found"."""

    def __init__(self, **values: Any) -> None:
        """Take Gradio's values, but for the text."""
        told = UNKNOWN if values.get("session_not_found") else FAILED
        super().__init__(**{**values, "message": told})


class Refusal(gr.Error):
    """Of what was sent, in our own words; Gradio's own errors repeat it."""


def explain_every_error() -> None:
    """Let Gradio's queue say something of every error, from now on."""
    routes.UnexpectedErrorMessage = PlainUnexpected  # type: ignore[misc]
    queueing.error_payload = describe_error
    queueing.traceback = SimpleNamespace(print_exc=_log_current)  # type: ignore[assignment]


def describe_error(
    error: BaseException | None, show_error: bool
) -> dict[str, bool | str | float | None]:
    """What the queue sends of an error; a refusal has its message already.

    Where Gradio can't make sense of what came, it raises one of `_SENDERS` from its depths, or
    tries to open a file of an impossible name.
    """
    if error is None or isinstance(error, Refusal):
        return utils.error_payload(error, show_error)
    told = EXPECTED if _is_senders(error) else FAILED
    return utils.error_payload(Refusal(told), show_error)


def describe_failure(error: Exception, path: str) -> tuple[int, str]:
    """Status and message for a request at which Gradio itself failed, before the queue."""
    _log_failure(error)
    return (422, describe_refusal(path)) if _is_senders(error) else (500, FAILED)


def describe_refusal(path: str) -> str:
    """What to send instead, where Gradio could make nothing of a body."""
    return EXPECTED_FILE if path.startswith("/gradio_api/upload") else EXPECTED


def _log_current() -> None:
    error = sys.exc_info()[1]
    if error and not isinstance(error, Refusal):
        _log_failure(error)


def _log_failure(error: BaseException) -> None:
    """All of a failure of ours; of what makes no sense a line, without anything that was sent."""
    if _is_senders(error):
        for frame in traceback.extract_tb(error.__traceback__)[-1:]:
            place = f"{Path(frame.filename).name}:{frame.lineno}"
            _log.warning("A question that makes no sense: %s in %s", type(error).__name__, place)
    else:
        _log.error("A question failed.", exc_info=error)


def _is_senders(error: BaseException) -> bool:
    return isinstance(error, _SENDERS) or (
        isinstance(error, OSError) and error.errno in (errno.ENAMETOOLONG, errno.ENOENT)
    )


async def refuse_body(request: Request, _: Exception) -> JSONResponse:
    """A body that isn't such a question, or no file."""
    return JSONResponse({"detail": describe_refusal(request.url.path)}, 422)


async def explain_busy(request: Request, error: Exception) -> Response:
    """Where the queue is full, Gradio tells of its size."""
    assert isinstance(error, HTTPException)
    if error.status_code != 503:
        return await http_exception_handler(request, error)
    return JSONResponse({"detail": BUSY}, 503, {"Retry-After": "1"})


# For FastAPI.
EXCEPTION_HANDLERS = {RequestValidationError: refuse_body, HTTPException: explain_busy}
