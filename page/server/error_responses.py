"""Clear messages for errors: what to send instead, and never null, a value, a path or a version.

For an exception that is not its own, Gradio 6.31 sends `{"error": null}` or, with `show_error`, the
whole exception. FastAPI repeats the values that were sent. And Gradio prints a traceback for each
of them, even for a blank canvas, so that strangers could fill the server's log.
"""

from __future__ import annotations

import errno
import logging
import math
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

import sketchdigits
from page import limits
from page.errors import Refusal
from page.translations import (
    EXPECTED_FILE,
    EXPECTED_IMAGE,
    EXPECTED_REQUEST,
    SERVER_BUSY,
    SERVER_FAILED,
    UNKNOWN_EVENT,
    UNREAD_ANSWERS,
)

_log = logging.getLogger("sketchdigits")
# Gradio raises these when it cannot make sense of a request.
_CLIENT_ERRORS = (gr.Error, ValueError, TypeError, LookupError, AttributeError)
_SERVER = Path(__file__).parent
_OWN_CODE = (_SERVER.parent, Path(sketchdigits.__file__).parent)


class ClearUnexpectedErrorMessage(UnexpectedErrorMessage):
    """Message for an unknown event id or an unexpected error.

    Gradio 6.31 sends "404: Not Found", or the exception's own text.
    """

    def __init__(self, **values: Any) -> None:
        """Take Gradio's values, and replace the text."""
        message = UNKNOWN_EVENT if values.get("session_not_found") else SERVER_FAILED
        super().__init__(**{**values, "message": message})


def explain_errors() -> None:
    """Patch Gradio's queue and routes, so that every error has a clear message (gradio 6.31)."""
    routes.UnexpectedErrorMessage = ClearUnexpectedErrorMessage  # type: ignore[misc]
    queueing.error_payload = describe_error
    queueing.traceback = SimpleNamespace(print_exc=_log_current)  # type: ignore[assignment]


def describe_error(
    error: BaseException | None, show_error: bool
) -> dict[str, bool | str | float | None]:
    """The payload that the queue sends for an error. A `Refusal` keeps its own message."""
    if error is None or isinstance(error, Refusal):
        return utils.error_payload(error, show_error)
    message = EXPECTED_REQUEST if _is_clients_fault(error) else SERVER_FAILED
    return utils.error_payload(Refusal(message), show_error)


def describe_failure(error: Exception, path: str) -> tuple[int, str]:
    """Log an exception that Gradio raised before the queue; return a status and a message."""
    _log_failure(error)
    return (422, describe_expected(path)) if _is_clients_fault(error) else (500, SERVER_FAILED)


def describe_expected(path: str) -> str:
    """What a request to this path should have as its body."""
    if path.startswith("/api/"):
        return EXPECTED_IMAGE
    return EXPECTED_FILE if path.startswith("/gradio_api/upload") else EXPECTED_REQUEST


def _log_current() -> None:
    error = sys.exc_info()[1]
    if error and not isinstance(error, Refusal):
        _log_failure(error)


def _log_failure(error: BaseException) -> None:
    """Log a failure of ours with a traceback, a client's mistake in one line without its data."""
    if _is_clients_fault(error):
        for frame in traceback.extract_tb(error.__traceback__)[-1:]:
            place = f"{Path(frame.filename).name}:{frame.lineno}"
            _log.warning("A request made no sense: %s in %s", type(error).__name__, place)
    else:
        _log.error("A request failed.", exc_info=error)


def _is_clients_fault(error: BaseException) -> bool:
    """Whether the request was wrong; also if Gradio tried to open a file that does not exist.

    Gradio fails in its own code if a request makes no sense. An error in ours is our fault,
    because our code checks what it gets.
    """
    return not _is_raised_by_us(error) and (
        isinstance(error, _CLIENT_ERRORS)
        or (isinstance(error, OSError) and error.errno in (errno.ENAMETOOLONG, errno.ENOENT))
    )


def _is_raised_by_us(error: BaseException) -> bool:
    """Whether our code was called and failed. This folder doesn't count: it calls Gradio."""
    if isinstance(error, Refusal):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    return any(
        path.is_relative_to(folder) and not path.is_relative_to(_SERVER)
        for path in (Path(frame.filename) for frame in frames)
        for folder in _OWN_CODE
    )


def refuse(status: int, message: str) -> JSONResponse:
    """The response to a refused request: `{"detail": message}`.

    For status 422, `detail` is a list of one validation error of Gradio's, because gradio_client 2
    expects that: on a string it fails with an AttributeError instead of showing the message.
    """
    if status != 422:
        return JSONResponse({"detail": message}, status)
    invalid = {"__type__": "validate", "is_valid": False, "parameter_name": "request"}
    return JSONResponse({"detail": [{**invalid, "message": message}]}, status)


def refuse_for_now(status: int, message: str, seconds: float) -> JSONResponse:
    """The response to a request that may be sent again after some seconds (`Retry-After`)."""
    response = refuse(status, message)
    response.headers["Retry-After"] = str(math.ceil(seconds))
    return response


def refuse_busy() -> JSONResponse:
    """The response to a request for which there is no room now."""
    return refuse_for_now(503, SERVER_BUSY, limits.BUSY_RETRY_AFTER)


async def refuse_body(request: Request, _: Exception) -> JSONResponse:
    """Response for a body that FastAPI could not parse. FastAPI itself would repeat its values."""
    return refuse(422, describe_expected(request.url.path))


async def explain_refusal(request: Request, error: Exception) -> Response:
    """Response for a request that the queue refused.

    For a full queue, Gradio itself would reveal the queue's size.
    """
    assert isinstance(error, HTTPException)
    if error.detail == UNREAD_ANSWERS:
        return refuse_for_now(503, UNREAD_ANSWERS, limits.BUSY_RETRY_AFTER)
    if error.status_code == 503:
        return refuse_busy()
    if error.status_code == 422:
        return refuse(422, error.detail)
    return await http_exception_handler(request, error)


# FastAPI's exception handlers.
EXCEPTION_HANDLERS = {RequestValidationError: refuse_body, HTTPException: explain_refusal}
