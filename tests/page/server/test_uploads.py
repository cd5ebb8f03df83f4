"""Uploads to Gradio behind the middleware, in this process."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest
from gradio import routes
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from page import limits
from page.server.error_responses import EXCEPTION_HANDLERS
from page.server.request_limits import RequestLimits
from page.server.upload_room import UploadRoom
from page.server.uploads import accept_one_file
from page.translations import EXPECTED_FILE, NO_ROOM_FOR_FILE, TOO_MANY_UPLOADS

PATH = "/gradio_api/upload"


@pytest.fixture
def room(tmp_path):
    opened = UploadRoom(tmp_path)
    opened.keep(frozenset())
    return opened


@pytest.fixture
def app(room, monkeypatch):
    """A page that can only be uploaded to."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(room.folder))
    monkeypatch.setattr("gradio.route_utils.GradioMultiPartParser", None)  # restored afterwards
    accept_one_file()
    with gr.Blocks(analytics_enabled=False) as demo:
        gr.Markdown()
    demo.max_file_size = limits.MAX_UPLOAD_BYTES
    middleware = Middleware(RequestLimits, closing=threading.Event(), room=room)
    kwargs = {"middleware": [middleware], "exception_handlers": EXCEPTION_HANDLERS}
    return routes.App.create_app(demo, app_kwargs=kwargs)


@pytest.fixture
def client(app):
    return TestClient(app)


def picture(content=b"a picture", name="7.png"):
    return ("files", (name, content, "image/png"))


def files_in(room):
    return sorted(path.name for path in room.folder.rglob("*") if path.is_file())


def detail_of(response):
    detail = response.json()["detail"]
    return detail[0]["message"] if isinstance(detail, list) else detail


def test_one_file_is_stored_and_its_bytes_count(client, room):
    response = client.post(PATH, files=[picture()])
    assert response.status_code == 200
    assert files_in(room) == ["7.png"]
    assert (room.bytes, room.files) == (9, 1)
    assert room.reserve("another", limits.MAX_UPLOAD_BYTES).name == "ACCEPTED"


def test_second_file_in_a_post_is_refused_and_neither_is_stored(client, room):
    response = client.post(PATH, files=[picture(), picture(name="8.png")])
    assert (response.status_code, detail_of(response)) == (400, EXPECTED_FILE)
    assert "One file in each request" in EXPECTED_FILE
    assert files_in(room) == []
    assert room.bytes == 0


def test_many_fields_beside_the_file_are_refused(client, room):
    data = {f"field{number}": "x" for number in range(limits.MAX_FORM_FIELDS + 1)}
    assert client.post(PATH, files=[picture()], data=data).status_code == 400
    assert files_in(room) == []


def test_file_without_room_is_refused_with_a_message(client, room, monkeypatch):
    monkeypatch.setattr("page.limits.MAX_FILES_BYTES", 1_000)
    response = client.post(PATH, files=[picture(bytes(5_000))])
    assert (response.status_code, detail_of(response)) == (507, NO_ROOM_FOR_FILE)
    assert response.headers["Retry-After"] == str(limits.NO_ROOM_RETRY_AFTER)
    assert files_in(room) == []


def test_address_that_uploads_too_much_at_once_is_asked_to_wait(client, room):
    room.reserve("testclient", limits.MAX_UPLOADING_BYTES_PER_ADDRESS)
    response = client.post(PATH, files=[picture()])
    assert (response.status_code, detail_of(response)) == (503, TOO_MANY_UPLOADS)
    assert response.headers["Retry-After"]
    room.release("testclient", limits.MAX_UPLOADING_BYTES_PER_ADDRESS, None)
    assert client.post(PATH, files=[picture()]).status_code == 200


def test_refused_and_failed_uploads_give_their_room_back(client, room):
    client.post(PATH, files=[picture(), picture()])
    client.post(PATH, content=b"x", headers={"Content-Type": "text/plain"})
    client.post(PATH, data={"field": "without a file"})
    client.post(PATH, files=[picture(bytes(limits.MAX_UPLOAD_BYTES + 1))])
    assert not room._uploading
    assert room._uploads == room.bytes == 0
    assert files_in(room) == []


@pytest.mark.parametrize("end", ["disconnect", "silence", "too large"])
def test_interrupted_upload_leaves_no_file(app, room, monkeypatch, end):
    monkeypatch.setattr("page.limits.BODY_TIMEOUT", 1.0)
    monkeypatch.setattr("page.limits.MAX_UPLOAD_BYTES", 10_000)
    monkeypatch.setattr("page.limits.MAX_FORM_BYTES", 0)
    start = (
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="7.png"\r\n\r\n'
    ) + bytes(5_000)
    sent: list[bytes] = []
    written: list[str] = []

    async def receive():
        if not sent:
            sent.append(start)
            return {"type": "http.request", "body": start, "more_body": True}
        written.extend(path.name for path in room.folder.iterdir())
        if end == "silence":
            await asyncio.Event().wait()
        if end == "too large":
            return {"type": "http.request", "body": bytes(20_000), "more_body": True}
        return {"type": "http.disconnect"}

    async def send(_):
        pass

    kind = (b"content-type", b"multipart/form-data; boundary=edge")
    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "server": ("x", 80),
        "client": ("10.0.0.1", 1),
        "headers": [(b"host", b"x"), kind],
    }
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    assert len(written) == 1  # while the upload went on
    assert list(room.folder.iterdir()) == []
    assert not room._uploading


def test_form_without_a_file_is_no_error(client):
    assert client.post(PATH, files=[("field", (None, b"x"))]).json() == []


def test_file_in_another_field_is_refused_and_not_stored(client, room):
    """Gradio would leave it in the folder, and answer `[]`."""
    response = client.post(PATH, files=[("other", ("7.png", b"x", "image/png"))])
    assert (response.status_code, detail_of(response)) == (400, EXPECTED_FILE)
    assert files_in(room) == []


@pytest.mark.parametrize("name", ["..", ".", "/", "a/..", "???", "\\", "..%2f"])
def test_file_with_an_impossible_name_is_stored_under_another_or_not_at_all(client, room, name):
    response = client.post(PATH, files=[picture(bytes(1_000), name)])
    assert response.status_code in (200, 400)
    stored = sum(path.stat().st_size for path in room.folder.rglob("*") if path.is_file())
    assert stored == room.bytes == (1_000 if response.status_code == 200 else 0)


def test_file_that_gradio_refuses_after_parsing_is_deleted(client, room, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gradio.utils.safe_join", fail)
    assert client.post(PATH, files=[picture()]).status_code == 507
    assert files_in(room) == []
