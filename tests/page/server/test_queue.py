"""The queue: how many questions wait and run, a shutdown, and the cleanup of files."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from page import limits
from page.translations import SERVER_BUSY, SERVER_CLOSING
from tests.conftest import REPOSITORY
from tests.support import gate
from tests.support.api_requests import ask_api
from tests.support.corrections_store import wait_for
from tests.support.plain_http import (
    ask_as_the_page_does,
    find_page_question,
    listen_as_the_page_does,
    post,
    upload,
)
from tests.support.running_app import running_process

JSON = {"Content-Type": "application/json"}
DRAWING = (REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png").read_bytes()
SLOW_APP = REPOSITORY / "tests" / "support" / "slow_app.py"


class SlowApp(NamedTuple):
    """A running `slow_app.py`: its gate's folder, and the folder of visitors' files."""

    url: str
    process: subprocess.Popen
    gate: Path
    uploads: Path

    def most_at_once(self) -> int:
        return gate.most_held(self.gate)


@contextmanager
def running_slow_app(folder: Path, temporary: str, **changes: str):
    """Run the app with a visitor's file from an earlier run.

    `temporary` is GRADIO_TEMP_DIR, `changes` are other environment variables.
    """
    gate_folder, uploads = folder / "gate", folder / "uploads" / "sketchdigits"
    left = uploads / "0123" / "left.png"
    left.parent.mkdir(parents=True)
    left.write_bytes(DRAWING)
    (folder / "link").symlink_to(folder / "uploads")
    gate.shut(gate_folder)
    changes |= {"GATE": str(gate_folder), "GRADIO_TEMP_DIR": str(folder / temporary)}
    with running_process(folder, SLOW_APP, **changes) as (url, process):
        yield SlowApp(url, process, gate_folder, uploads)


@pytest.fixture(scope="module")
def shared_slow_app(tmp_path_factory):
    with running_slow_app(tmp_path_factory.mktemp("app"), "uploads") as app:
        yield app


@pytest.fixture
def slow_app(shared_slow_app):
    """The shared app, with its gate shut."""
    gate.shut(shared_slow_app.gate)
    return shared_slow_app


def ask(url, path):
    body = json.dumps({"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}).encode()
    return post(f"{url}/gradio_api/call/predict", body, JSON)["event_id"]


def listen(url, event):
    with urllib.request.urlopen(f"{url}/gradio_api/call/predict/{event}", timeout=60) as response:
        return response.read().decode()


def status_of(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def test_two_questions_run_64_wait_and_the_next_one_gets_busy(slow_app):
    assert (limits.MAX_CONCURRENT_READS, limits.MAX_QUEUE_SIZE) == (2, 64)
    url = slow_app.url
    path = upload(url, DRAWING)
    accepted = [ask(url, path) for _ in range(2)]
    wait_for(lambda: slow_app.most_at_once() == 2)
    accepted += [ask(url, path) for _ in range(64)]
    for _ in range(3):
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(url, path)
        assert caught.value.code == 503
        assert caught.value.headers["Retry-After"]
        assert json.load(caught.value) == {"detail": SERVER_BUSY}
    with urllib.request.urlopen(f"{url}/healthz", timeout=5) as response:
        assert response.status == 200
    (slow_app.gate / "open").touch()
    for event in accepted:
        assert '"label": "2"' in listen(url, event)
    assert '"label": "2"' in listen(url, ask(url, path))
    assert slow_app.most_at_once() == 2


@contextmanager
def open_requests(url, count):
    """Connections on each of which a drawing was sent to the API; nobody reads the answers yet."""
    address = urlsplit(url)
    head = f"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(DRAWING)}\r\n"
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            connection = socket.create_connection((address.hostname, address.port), timeout=60)
            connections.append(stack.enter_context(connection))
            connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + DRAWING)
        yield connections


def answer_on(connection):
    """The status line and the rest of a response of the API."""
    with connection.makefile("rb") as response:
        return response.readline().decode(), response.read().decode()


def test_api_shares_the_two_places_and_the_queue_of_the_page(slow_app):
    url, surplus = slow_app.url, 3
    event = ask(url, upload(url, DRAWING))
    wait_for(lambda: slow_app.most_at_once() == 1)
    count = 1 + limits.MAX_QUEUE_SIZE + surplus  # one runs beside the question
    with open_requests(url, count) as connections:
        wait_for(lambda: len(select.select(connections, [], [], 0)[0]) == surplus)
        refused = ask_api(url, DRAWING, Origin="https://example.org")
        assert (refused.status, refused.content) == (503, {"detail": SERVER_BUSY})
        assert refused.headers["Retry-After"] == str(limits.BUSY_RETRY_AFTER)
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
        (slow_app.gate / "open").touch()
        answers = [answer_on(connection) for connection in connections]
    assert '"label": "2"' in listen(url, event)
    assert sum(" 503 " in status for status, _ in answers) == surplus
    assert sum('"label":"2"' in answer for _, answer in answers) == count - surplus
    assert slow_app.most_at_once() == 2
    assert ask_api(url, DRAWING).status == 200


def test_page_and_endpoint_share_the_two_places(slow_app):
    url = slow_app.url
    path = upload(url, DRAWING)
    events = []
    question = find_page_question(url)
    for number in range(3):
        events.append(ask(url, path))
        ask_as_the_page_does(url, question, DRAWING, f"session{number}")
    wait_for(lambda: slow_app.most_at_once() > 0)
    time.sleep(0.5)  # time for a third question to start, if it could
    (slow_app.gate / "open").touch()
    for event in events:
        assert '"label": "2"' in listen(url, event)
    for number in range(3):  # none of them may still run in the next test
        assert '"label":"2"' in listen_as_the_page_does(url, f"session{number}")
    assert slow_app.most_at_once() == 2


def assert_old_files_are_deleted_except_the_pages_own(app: SlowApp) -> None:
    """Makes every file old. The next cleanup, within 0.1 s, deletes all files of visitors."""
    (app.gate / "open").touch()
    uploaded, left = Path(upload(app.url, DRAWING)), app.uploads / "0123" / "left.png"
    for path in app.uploads.rglob("*.png"):
        os.utime(path, (0, 0))
    wait_for(lambda: not left.exists() and not uploaded.exists())
    assert "event: error" in listen(app.url, ask(app.url, str(uploaded)))
    with urllib.request.urlopen(f"{app.url}/config", timeout=30) as response:
        pictures = set(re.findall(r'"(/[^"]+\.png)"', response.read().decode()))
    assert len(pictures) > 20
    for picture in pictures:
        urllib.request.urlopen(f"{app.url}/gradio_api/file={picture}", timeout=30).close()


def test_running_server_deletes_old_files_of_visitors_and_keeps_its_own(slow_app):
    assert_old_files_are_deleted_except_the_pages_own(slow_app)


def test_shutdown_refuses_new_questions_and_answers_the_accepted_ones(slow_app):
    """The last test of the shared app, which it ends."""
    url = slow_app.url
    path = upload(url, DRAWING)
    accepted = [ask(url, path) for _ in range(4)]
    with open_requests(url, 3) as connections, ThreadPoolExecutor(len(accepted)) as threads:
        answers = [threads.submit(listen, url, event) for event in accepted]
        try:
            wait_for(lambda: slow_app.most_at_once() == 2)
            assert status_of(f"{url}/healthz") == 200  # the requests to the API arrived before it
            slow_app.process.send_signal(signal.SIGTERM)
            wait_for(lambda: status_of(f"{url}/readyz") == 503)
            with pytest.raises(urllib.error.HTTPError) as caught:
                ask(url, path)
            assert caught.value.code == 503
            assert json.load(caught.value) == {"detail": SERVER_CLOSING}
            refused = ask_api(url, DRAWING)
            assert (refused.status, refused.content) == (503, {"detail": SERVER_CLOSING})
            assert refused.headers["Retry-After"] == str(limits.CLOSING_RETRY_AFTER)
            time.sleep(2)  # longer than FETCH_TIMEOUT and CONNECTION_TIMEOUT together
        finally:
            (slow_app.gate / "open").touch()  # or the threads of this test would wait for ever
        assert all('"label": "2"' in answer.result() for answer in answers)
        assert all(" 200 " in answer_on(connection)[0] for connection in connections)
    assert slow_app.process.wait(timeout=10) == 0


@pytest.mark.slow
def test_running_server_keeps_its_own_files_if_the_folder_is_named_through_links(tmp_path):
    with running_slow_app(tmp_path, "link/../link") as app:
        assert_old_files_are_deleted_except_the_pages_own(app)
