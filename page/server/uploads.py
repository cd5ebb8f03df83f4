"""Uploads: one file in each, room is reserved first, and an interrupted upload leaves no file."""

from __future__ import annotations

import json
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from gradio import route_utils
from gradio_client.utils import strip_invalid_filename_characters
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from page import limits
from page.server.client_address import client_address
from page.server.error_responses import refuse_for_now
from page.server.stored_files import delete_file
from page.server.upload_room import Admission, UploadRoom
from page.translations import NO_ROOM_FOR_FILE, TOO_MANY_UPLOADS

# The temporary files of this request.
_temporary_files: ContextVar[list[Path]] = ContextVar("temporary_files")
_FIELD = "files"  # the field that Gradio takes the file from


class OneFileParser(route_utils.GradioMultiPartParser):
    """Gradio's parser of a form, for a single file.

    Gradio 6.31 accepts 1,000 files in a request. It leaves the temporary file of an upload that
    ends early, or that it refuses after it was parsed.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take Gradio's arguments, and replace its limits."""
        options |= {"max_files": 1, "max_fields": limits.MAX_FORM_FIELDS}
        super().__init__(*arguments, **options)

    def on_headers_finished(self) -> None:
        """Begin with a field or a file.

        Raises:
            MultiPartException: a second file, or a file in a field that Gradio doesn't look at.
        """
        super().on_headers_finished()
        file = self._current_part.file
        if file:
            _temporary_files.get([]).append(Path(file.file.name))
            if self._current_part.field_name != _FIELD:
                raise MultiPartException(f"Expected the file in the field {_FIELD}.")
            name = strip_invalid_filename_characters(Path(file.filename or "").name)
            if name in ("", ".", ".."):
                file.filename = ""  # Gradio then chooses a name

    async def parse(self) -> FormData:
        """Parse the form; whatever goes wrong, the file is closed."""
        try:
            return await super().parse()
        except BaseException:
            for file in self._files_to_close_on_error:
                file.close()
            raise


def accept_one_file() -> None:
    """Let Gradio parse uploads with `OneFileParser`."""
    route_utils.GradioMultiPartParser = OneFileParser  # type: ignore[misc]


async def pass_with_room(
    room: UploadRoom, app: ASGIApp, size: int, *, scope: Scope, receive: Receive, send: Send
) -> JSONResponse | None:
    """Reserve `size` bytes for an upload, and pass it on to `app`.

    Returns:
        None; or the refusal of an upload for which there is no room. It was not passed on.
    """
    address = client_address(scope)
    admission = await run_in_threadpool(room.reserve, address, size)
    if admission is not Admission.ACCEPTED:
        return _refuse_upload(admission)
    status, answer = 0, b""
    temporary: list[Path] = []
    _temporary_files.set(temporary)

    async def send_and_note(message: Message) -> None:
        nonlocal status, answer
        status = message.get("status", status)
        answer += message.get("body", b"")
        await send(message)

    stored = None
    try:
        await app(scope, receive, send_and_note)
        if status == 200:
            stored = _uploaded_file(answer)
    finally:
        for path in temporary:  # it is still there only if the upload failed
            delete_file(path)
        room.release(address, size, stored)
    return None


def _uploaded_file(answer: bytes) -> Path | None:
    """The path in Gradio's answer to an upload, `["/path"]`; None for `[]`, without a file."""
    paths: list[str] = json.loads(answer)
    return Path(paths[0]) if paths else None


def _refuse_upload(admission: Admission) -> JSONResponse:
    if admission is Admission.TOO_MANY_AT_ONCE:
        return refuse_for_now(503, TOO_MANY_UPLOADS, limits.BUSY_RETRY_AFTER)
    return refuse_for_now(507, NO_ROOM_FOR_FILE, limits.NO_ROOM_RETRY_AFTER)
