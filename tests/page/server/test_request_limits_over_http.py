"""What anyone may send to the running app, and how much."""

import json
import socket
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

from page.limits import MAX_DATA_URI_LENGTH, MAX_UPLOAD_BYTES
from page.translations import NOT_FOUND
from tests.support.plain_http import call_over_http, refusal, upload
from tests.support.running_app import running_app


@pytest.mark.parametrize("surplus", [0, 1])
def test_upload_of_exactly_the_limit_passes_and_a_byte_more_is_refused(app_url, surplus):
    if surplus:
        status, message = refusal_of_upload(app_url, MAX_UPLOAD_BYTES + 1)
        assert status == 413
        assert "File size" in message or "too large" in message or "maximum" in message
    else:
        assert upload(app_url, bytes(MAX_UPLOAD_BYTES))


def refusal_of_upload(app_url, size):
    with pytest.raises(urllib.error.HTTPError) as caught:
        upload(app_url, bytes(size))
    return caught.value.code, caught.value.read().decode()


def test_much_larger_upload_is_refused_by_its_content_length(app_url):
    status, message = refusal_of_upload(app_url, 2 * MAX_UPLOAD_BYTES)
    assert status == 413
    assert "Send a smaller image" in message


@pytest.mark.parametrize("path", ["queue/join", "call/predict"])
def test_size_of_a_json_body_is_limited(app_url, path):
    body = json.dumps({"data": ["x" * (MAX_DATA_URI_LENGTH + 200_000)]}).encode()
    status, message = refusal(f"{app_url}/gradio_api/{path}", body)
    assert status == 413
    assert "Send a smaller image" in message


def test_body_without_a_length_is_refused_at_the_limit(app_url):
    """The client sends chunks until the server stops it."""
    address = urlsplit(app_url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(
            b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/json\r\n\r\n"
        )
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        sent = 0
        try:
            while sent < 100 * len(chunk):
                connection.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass
        else:
            connection.sendall(b"0\r\n\r\n")
        answer = connection.recv(1000)
    assert b" 413 " in answer.splitlines()[0]


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/run/predict",
        "/gradio_api/api/predict",
        "/gradio_api/component_server/",
        "/gradio_api/process_recording",
        "/gradio_api/stream/x",
        "/gradio_api/vibe-edit",
        "/login",
        "/gradio_api/nothing",
    ],
)
def test_posts_reach_only_what_the_page_needs(app_url, path):
    status, message = refusal(app_url + path)
    assert status == 404
    assert "There is nothing here" in message


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/deep_link?session_hash=x",
        "/gradio_api/proxy=https://example.hf.space/",
        "/gradio_api/runs",
        "/gradio_api/run-history/records",
        "/gradio_api/dev/reload",
        "/monitoring",
        "/monitoring/summary",
    ],
)
def test_paths_that_write_fetch_or_show_other_visitors_are_closed(app_url, path):
    assert refusal(app_url + path, None, method="GET")[0] == 404
    assert refusal(app_url + "/", None, method="DELETE")[0] == 404


@pytest.mark.parametrize("separator", ["=", "/"])
@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/x", "https%3A%2F%2F127.0.0.1%3A9", "HTTP%3A//x", "%2F%2Fx/y", "ftp://x"],
)
def test_server_fetches_no_address_in_place_of_a_file(app_url, separator, address):
    url = f"{app_url}/gradio_api/file{separator}{address}"
    assert refusal(url, None, method="GET") == (404, NOT_FOUND)


def test_page_shows_an_uploaded_file(app_url):
    """The browser gets back what it uploaded, by a file name with a percent-encoded character."""
    folder = upload(app_url, b"a photo").rpartition("/")[0]
    with urllib.request.urlopen(f"{app_url}/gradio_api/file={folder}/%37.png", timeout=30) as shown:
        assert shown.read() == b"a photo"


def test_nested_lists_do_not_block_the_server(app_url):
    """A megabyte of them took 2 s."""
    body = b'{"data":[[' + b",".join([b"[[]]"] * 200_000) + b"]]}"
    started = time.monotonic()
    status, message = refusal(f"{app_url}/gradio_api/queue/join", body)
    assert time.monotonic() - started < 1
    assert status == 400
    assert "Send a shorter one" in message


@pytest.mark.slow
def test_rate_limit_of_the_environment_is_applied(tmp_path):
    with running_app(tmp_path, RATE_LIMIT="3/minute") as url:
        for _ in range(3):
            call_over_http(url, None)
        status, message = refusal(f"{url}/gradio_api/call/predict", b'{"data": [null]}')
        assert status == 429
        assert "At most 3/minute" in message
        urllib.request.urlopen(url, timeout=30).close()  # the page still loads
