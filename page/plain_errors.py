"""Errors as strangers meet them: what to send instead; never null, a value, a path or a version.

Gradio 6.31 tells nothing of an exception that isn't its own (`{"error": null}`), or, asked to show
errors, all of it; FastAPI repeats what was sent.
"""

from __future__ import annotations

import errno

import gradio as gr
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from gradio import queueing, utils
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

EXPECTED = (
    'Expected {"data": [{"path": "what the upload answered", '
    '"meta": {"_type": "gradio.FileData"}}]}: upload an image file first, PNG, JPEG, WebP, GIF or '
    "BMP. The page's API tab shows how."
)
FAILED = "The server failed at this one. Try again, or send another image."
BUSY = "The server is busy. Try again in a moment."

_SENDERS = (ValueError, TypeError, LookupError, AttributeError)


def explain_every_error() -> None:
    """Let Gradio's queue say something of every error, from now on."""
    queueing.error_payload = describe_error


def describe_error(
    error: BaseException | None, show_error: bool
) -> dict[str, bool | str | float | None]:
    """What the queue sends of an error; Gradio's own have their message already.

    Where Gradio can't make sense of what came, it raises one of `_SENDERS` from its depths, or
    tries to open a file of an impossible name.
    """
    if error is None or isinstance(error, gr.Error):
        return utils.error_payload(error, show_error)
    is_senders = isinstance(error, _SENDERS) or (
        isinstance(error, OSError) and error.errno in (errno.ENAMETOOLONG, errno.ENOENT)
    )
    return utils.error_payload(gr.Error(EXPECTED if is_senders else FAILED), show_error)


async def refuse_body(_: Request, __: Exception) -> JSONResponse:
    """A body that isn't such a question."""
    return JSONResponse({"detail": EXPECTED}, 422)


async def explain_busy(request: Request, error: Exception) -> Response:
    """Where the queue is full, Gradio tells of its size."""
    assert isinstance(error, HTTPException)
    if error.status_code != 503:
        return await http_exception_handler(request, error)
    return JSONResponse({"detail": BUSY}, 503, {"Retry-After": "1"})


# For FastAPI.
EXCEPTION_HANDLERS = {RequestValidationError: refuse_body, HTTPException: explain_busy}
