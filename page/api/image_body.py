"""The body of a request -> the bytes of an image file.

The body is the image itself, a form with one file, or JSON: `{"image": "base64 or data URI"}`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from page import limits
from page.translations import EXPECTED_IMAGE

FORM_TYPE, JSON_TYPE = "multipart/form-data", "application/json"
# curl and urllib name the last one for every body without a type.
_BINARY_TYPES = ("", "application/octet-stream", "application/x-www-form-urlencoded")


class BodyError(Exception):
    """The body has no image in a form that is read.

    Attributes:
        status: the response's status: 400, 415 or 422.
    """

    def __init__(self, status: int) -> None:
        """See the class."""
        super().__init__(EXPECTED_IMAGE)
        self.status = status


class FormInMemory(MultiPartParser):
    """Starlette's parser of a form, without temporary files: request_limits.py reserves memory."""

    spool_max_size = limits.MAX_UPLOAD_BYTES + 2 * limits.MAX_FORM_BYTES


async def read_image_body(headers: Headers, chunks: AsyncGenerator[bytes, None]) -> bytes:
    """The bytes of the image; nobody has looked at them yet.

    Args:
        headers: the request's.
        chunks: the request's body.

    Raises:
        BodyError: the body is of another type (415), damaged (400), or has no image (422).
    """
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise BodyError(415)
    if kind == FORM_TYPE:
        return await _read_form(headers, chunks)
    if kind == JSON_TYPE:
        body = await _join(chunks)
        return await run_in_threadpool(image_in_json, body)
    if kind in _BINARY_TYPES or kind.startswith("image/"):
        return await _join(chunks)
    raise BodyError(415)


def image_in_json(body: bytes) -> bytes:
    """The image in `{"image": ...}`, as base64 or as a data URI in base64.

    Raises:
        BodyError: no JSON, or no base64 (400); no text in the field `image` (422).
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BodyError(400) from error
    text = content.get("image") if isinstance(content, dict) else None
    if not isinstance(text, str):
        raise BodyError(422)
    if text[:5].lower() == "data:":
        start, _, text = text.partition(",")
        if not start.lower().endswith(";base64"):
            raise BodyError(400)
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError as error:  # binascii.Error is one; others are for characters outside ASCII
        raise BodyError(400) from error


async def _join(chunks: AsyncGenerator[bytes, None]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def _read_form(headers: Headers, chunks: AsyncGenerator[bytes, None]) -> bytes:
    parser = FormInMemory(headers, chunks, max_files=1, max_fields=limits.MAX_FORM_FIELDS)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise BodyError(400) from error
    files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    if not files:
        raise BodyError(422)
    try:
        return await files[0].read()
    finally:
        await form.close()
