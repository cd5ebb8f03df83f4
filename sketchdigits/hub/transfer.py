"""One file of the Hub -> its place in the Hub's cache; a second try goes on where the first ended.

`huggingface_hub` 2.4 deletes an incomplete file, and hands on what arrives in pieces of 10 MB: it
can't tell a slow Hub from one that hangs. So the bytes are received here, with its HTTP client and
its headers.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx2
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import (
    WeakFileLock,
    build_hf_headers,
    hf_raise_for_status,
    http_stream_backoff,
)

from sketchdigits.hub.deadline import DeadlineError, Progress

# Tries that bring no new byte, after which the failure is final, and seconds between two of them.
MAX_VAIN_TRIES = 5
PAUSE = 1.0
_BROKEN_OFF = (
    httpx2.ConnectError,
    httpx2.TimeoutException,
    httpx2.RemoteProtocolError,
    httpx2.ReadError,
)
# ETags: of a large file its sha256, of a small one the id that git gives it.
_SHA256, _GIT_ID = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class _Request:
    """A request for a file; the attributes are the arguments of `receive_file`."""

    url: str
    size: int | None
    check_size: Callable[[int], None]
    headers: dict[str, str]
    timeout: float
    progress: Progress


def receive_file(
    url: str,
    place: Path,
    *,
    size: int | None,
    check_size: Callable[[int], None],
    token: str | bool | None,
    request_timeout: float,
    progress: Progress,
) -> None:
    """Download a file to `place`. What arrives is kept beside it until the file is complete.

    Args:
        url: the file's address on the Hub.
        place: where the cache stores it: `models--owner--name/blobs/ETAG`. The ETag tells
            what the file holds.
        size: in bytes, as the Hub says; None if it doesn't.
        check_size: called with the number of bytes so far; raises if they are too many.
        token: as in `DigitClassifier.from_pretrained`.
        request_timeout: seconds for one response to begin, or to go on.
        progress: told of all that arrives.

    Raises:
        HfHubHTTPError, httpx2.HTTPError: the request failed.
        OSError: the file can't be written, or the Hub sent fewer or more bytes than it said.
    """
    locks = place.parents[2] / ".locks" / place.parents[1].name  # where the client has its own
    for folder in (place.parent, locks):
        folder.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.sketchdigits.incomplete")
    with ExitStack() as stack:
        try:
            stack.enter_context(WeakFileLock(locks / f"{part.name}.lock", timeout=PAUSE))
        except TimeoutError:  # another process or thread is downloading the same file
            part = place.with_name(f"{place.name}.{uuid4().hex[:8]}.incomplete")
            stack.callback(part.unlink, missing_ok=True)
        headers = build_hf_headers(token=token) | {"Accept-Encoding": "identity"}
        request = _Request(url, size, check_size, headers, request_timeout, progress)
        try:
            resumed = _receive(request, part)
            if resumed and not _fits(part.read_bytes(), place.name):
                part.unlink()
                _receive(request, part)
        except (DeadlineError, HfHubHTTPError, *_BROKEN_OFF):
            raise  # the next call goes on from here
        except BaseException:  # too large, of another size, or no room on the disk
            part.unlink(missing_ok=True)
            raise
        part.replace(place)


def _receive(request: _Request, part: Path) -> bool:
    """Append to `part` until it is complete; return whether it was begun by an earlier call."""
    most = first = part.stat().st_size if part.exists() else 0
    vain_tries = 0
    while True:
        request.progress.note()
        try:
            received = _append(request, part)
        except _BROKEN_OFF:
            now = part.stat().st_size if part.exists() else 0
            vain_tries = 0 if now > most else vain_tries + 1
            most = max(most, now)
            if vain_tries > MAX_VAIN_TRIES:
                raise
            time.sleep(PAUSE)
            continue
        if request.size is not None and received != request.size:
            raise OSError(f"Consistency check failed: {received} of {request.size} bytes")
        return first > 0


def _append(request: _Request, part: Path) -> int:
    """Send one request for what `part` lacks, and append it; return the length of `part`."""
    start = part.stat().st_size if part.exists() else 0
    if start and start == request.size:
        return start
    headers = request.headers
    if start:
        headers = headers | {"Range": f"bytes={start}-"}
    with http_stream_backoff(
        "GET",
        request.url,
        headers=headers,
        timeout=request.timeout,
        retry_on_exceptions=(),
        retry_on_status_codes=(408, 429),
    ) as response:
        if response.status_code == 416:  # the part is longer than the file
            part.unlink()
            raise httpx2.RemoteProtocolError("the file has changed")
        hf_raise_for_status(response)
        continues = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        if not (response.status_code == 206 and continues):
            start = 0
        with part.open("ab" if start else "wb") as file:
            for piece in response.iter_bytes():
                request.progress.note()
                start += len(piece)
                request.check_size(start)
                file.write(piece)
                file.flush()  # it remains if this process is killed
    return start


def _fits(content: bytes, etag: str) -> bool:
    """Whether a file is the one of this ETag; True if the ETag doesn't tell."""
    if _SHA256.fullmatch(etag):
        return hashlib.sha256(content).hexdigest() == etag
    if _GIT_ID.fullmatch(etag):
        git_object = b"blob %d\0" % len(content) + content
        return hashlib.sha1(git_object, usedforsecurity=False).hexdigest() == etag
    return True
