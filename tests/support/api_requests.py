"""Requests to the API, as curl, forms and scripts send them."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import Any, NamedTuple

FORM = "multipart/form-data; boundary=edge"
JSON = "application/json"


class Response(NamedTuple):
    """Status, headers and JSON of a response."""

    status: int
    headers: Any
    content: Any


def ask_api(url, body, kind=None, *, path="predict", **headers) -> Response:
    """POST a body of the type `kind` to the server at `url`; `headers` have `_` instead of `-`.

    Without a type, urllib names the same one as curl. `path` is below `/api/`.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{url}/api/{path}", body, named)
    if kind is not None:
        request.add_header("Content-Type", kind)
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return Response(response.status, response.headers, json.load(response))
    except urllib.error.HTTPError as error:
        return Response(error.code, error.headers, json.load(error))


def part(content: bytes, name="image", end=b"--edge--\r\n") -> bytes:
    """A form with one file; without `end`, its first part."""
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="7.png"\r\n\r\n'
    return head.encode() + content + b"\r\n" + end


def data_uri(content: bytes, kind="image/png") -> str:
    """The content as a data URI."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def in_json(image: object) -> bytes:
    """The body for an image as base64 or as a data URI, or for what isn't one."""
    return json.dumps({"image": image}).encode()
