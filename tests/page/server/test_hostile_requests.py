"""Malformed and strange requests: each gets a fitting status and a clear message."""

import json
import random
import re
import socket
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import REPOSITORY
from tests.support.memory import resident_megabytes
from tests.support.plain_http import call_over_http, find_page_question, upload
from tests.support.running_app import running_process

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=edge"}
ADVICE = re.compile(r"Expected \{|Expected an image file|Send a (smaller|shorter)|upload an image")
VALUES: list[Any] = [
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "text",
    "\ud800",
    "../../etc/passwd",
    [],
    {},
    [[[]]],
    ["a"] * 2_000,
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    "data:image/png;base64,AAAA",
    {"__type__": "update", "value": 1},
]
# Not JSON, or nested or long beyond what Python's parser accepts.
NOT_JSON = [
    b"[" * 90_000,
    b'{"data":' + b"[" * 40_000 + b"]" * 40_000 + b"}",
    b'{"data":[' + b"9" * 5_000 + b"]}",
    b"\xff\xfe{",
    b'{"a":' * 15_000,
    b"{",
]
BAD_UPLOADS = [
    (b"x", {}),
    (b"x", {"Content-Type": "text/plain"}),
    (b"x", {"Content-Type": "multipart/form-data"}),
    (b"x", FORM),
    (b'--edge\r\nContent-Disposition: form-data; name="files"\r\n\r\nx\r\n--edge--\r\n', FORM),
    (b'--edge\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n' * 1_001, FORM),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A running app: its URL, its process and the path of its log."""
    folder = tmp_path_factory.mktemp("app")
    with running_process(folder) as (url, process):
        yield url, process, folder / "log"


def send(url, path, body, headers=JSON):
    """POST a body; return the response's status and text."""
    request = urllib.request.Request(f"{url}/gradio_api/{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def strange_questions(page_question, functions):
    """Pairs of a path and a body."""
    generator = random.Random(1)
    for function in [*functions, -1, 99_999, None, "1", 1.5]:
        for value in VALUES:
            yield (
                "queue/join",
                {
                    "data": [value] * generator.randint(0, 4),
                    "fn_index": function,
                    "event_data": generator.choice(VALUES),
                    "trigger_id": generator.choice([None, 1, page_question, 99_999, "x"]),
                },
            )
    for value in VALUES:
        for path in ("queue/join", "call/predict"):
            for data in (value, [value], [value, value]):
                yield path, {"data": data, "fn_index": page_question}
        yield "call/v2/predict", {"image": value}
        yield "call/v2/predict", value
        yield "cancel", {"session_hash": value, "fn_index": value, "event_id": value}
        yield "reset", {"event_id": value}
        yield "queue/join", {"data": ["", False], "fn_index": page_question, "session_hash": value}


def assert_clear(text):
    """It says what to send, and reveals nothing about the server."""
    assert ADVICE.search(text), text
    assert not re.search(r"Traceback|site-packages|/usr/|/tmp|pydantic|passwd", text), text
    assert str(REPOSITORY) not in text


def test_every_strange_question_is_refused_clearly_or_answered(served):
    url, process, log = served
    page_question = find_page_question(url)
    with urllib.request.urlopen(f"{url}/config", timeout=30) as response:
        functions = [each["id"] for each in json.load(response)["dependencies"]]
    accepted = []
    for number, (path, body) in enumerate(strange_questions(page_question, functions)):
        session = f"stranger{number}"
        if isinstance(body, dict) and path == "queue/join":
            body = {"session_hash": session, **body}  # noqa: PLW2901
        status, text = send(url, path, json.dumps(body).encode())
        assert status in (200, 400, 413, 422), (path, body, text)
        if status != 200:
            assert_clear(text)
        elif path == "queue/join" and body["session_hash"] == session:
            accepted.append(session)
    assert len(accepted) > 100
    for session in accepted:
        address = f"{url}/gradio_api/queue/data?session_hash={session}"
        with urllib.request.urlopen(address, timeout=20) as response:
            text = response.read().decode()
        assert '"process_completed"' in text
        if '"success":false' in text:
            assert '"error":null' not in text
            assert not re.search(r"Traceback|site-packages|/usr/|/tmp|pydantic|passwd", text), text
    assert "Traceback" not in log.read_text()
    assert log.stat().st_size < 50_000
    assert resident_megabytes(process.pid) < 350


@pytest.mark.parametrize("path", ["queue/join", "call/predict", "call/v2/predict", "cancel"])
def test_body_that_is_not_json_is_refused_clearly(served, path):
    url, _, log = served
    for body in NOT_JSON:
        status, text = send(url, path, body)
        assert status in (400, 422), text
        assert_clear(text)
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize(("body", "headers"), BAD_UPLOADS)
def test_upload_without_a_file_is_refused_clearly(served, body, headers):
    status, text = send(served[0], "upload", body, headers)
    assert status in (400, 422)
    assert "Expected an image file as form data" in text


@pytest.mark.parametrize("path", ["upload", "call/predict", "queue/join"])
def test_client_that_disconnects_in_the_middle_causes_no_traceback(served, path):
    url, _, log = served
    address = urlsplit(url)
    kind = FORM if path == "upload" else JSON
    head = f"POST /gradio_api/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
    head += f"Content-Type: {kind['Content-Type']}\r\n\r\n"
    start = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="7.png"\r\n\r\nx'
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head.encode() + (start if path == "upload" else b'{"data":'))
        time.sleep(0.2)
    assert send(url, "call/predict", b"x")[0] == 422
    time.sleep(0.2)
    assert "Traceback" not in log.read_text()


def test_address_writes_no_line_into_the_log(served):
    url, _, log = served
    before = log.read_text()
    for path in (
        "gradio_api/custom_component/a%0AFORGED/client/b/c",
        "gradio_api/info%0AFORGED",
        "pwa_icon/1",
    ):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{url}/{path}", timeout=20)
        assert caught.value.code in (400, 404)
    time.sleep(0.2)
    assert log.read_text() == before


@pytest.mark.parametrize(
    "path", ["call/predict/0123", "call/v2/predict/0123", "queue/data?session_hash=0123"]
)
def test_unknown_event_gets_a_clear_message(served, path):
    url, _, log = served
    with urllib.request.urlopen(f"{url}/gradio_api/{path}", timeout=20) as response:
        text = response.read().decode()
    assert "There is no such request" in text
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize(
    "path", ["assets/" + "y" * 300, "static/" + "y" * 1_500, "gradio_api/file=" + "y" * 300]
)
def test_file_name_of_impossible_length_is_not_found(served, path):
    url, _, log = served
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{url}/{path}", timeout=20)
    assert caught.value.code in (403, 404)
    assert caught.value.headers["Content-Type"] == "application/json"
    assert "Traceback" not in log.read_text()


def test_server_still_answers_after_all_strange_requests(served):
    url = served[0]
    drawing = (REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png").read_bytes()
    file = {"path": upload(url, drawing), "meta": {"_type": "gradio.FileData"}}
    assert '"label": "2"' in call_over_http(url, file)
