"""The body of a request to the API stays in memory."""

import tempfile

import pytest
from starlette.datastructures import Headers

from page import limits
from page.api.image_body import read_image_body
from tests.support.api_requests import FORM, part
from tests.support.event_loops import run_in_thread


def test_form_with_the_largest_image_is_never_written_to_the_disk(monkeypatch):
    """Starlette's own parser writes a file of more than 1 MB into a temporary one."""

    def fail(_):
        pytest.fail("it was written to the disk")

    async def chunks():
        yield part(image)

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", fail)
    image = bytes(limits.MAX_UPLOAD_BYTES)
    headers = Headers({"content-type": FORM})
    assert run_in_thread(read_image_body(headers, chunks())) == image
