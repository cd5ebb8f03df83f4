"""One request to the API of the running app: forms of the image, errors, other websites."""

import base64
import io
import json
import select
import socket
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image

from page import limits
from page.translations import EXPECTED_IMAGE
from tests.conftest import REPOSITORY
from tests.support.api_requests import FORM, JSON, ask_api, data_uri, in_json, part
from tests.support.plain_http import (
    call_over_http,
    find_page_question,
    post,
    refusal,
    upload,
)

PNG = (REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png").read_bytes()
BASE64 = base64.b64encode(PNG).decode()


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def gradio_answer(app_url):
    """The JSON text of `/predict` for the same drawing."""
    file = {"path": upload(app_url, PNG), "meta": {"_type": "gradio.FileData"}}
    [answer] = json.loads(call_over_http(app_url, file).split("data: ")[1])
    return json.dumps(answer)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        pytest.param(PNG, None, id="body"),
        pytest.param(PNG, "image/png", id="body with its type"),
        pytest.param(PNG, "image/heic", id="body with a wrong type of image"),
        pytest.param(PNG, "application/octet-stream", id="body of bytes"),
        pytest.param(part(PNG), FORM, id="form"),
        pytest.param(part(PNG, name="files"), FORM, id="form with another field"),
        pytest.param(
            part(PNG, end=b'--edge\r\nContent-Disposition: form-data; name="image"\r\n\r\n7\r\n')
            + b"--edge--\r\n",
            FORM,
            id="form with a text of the same name",
        ),
        pytest.param(in_json(BASE64), JSON, id="base64"),
        pytest.param(in_json(base64.encodebytes(PNG).decode()), JSON, id="base64 in lines"),
        pytest.param(in_json(data_uri(PNG)), f"{JSON}; charset=utf-8", id="data URI"),
    ],
)
def test_each_form_of_an_image_gets_the_answer_of_gradios_endpoint(
    app_url, gradio_answer, body, kind
):
    response = ask_api(app_url, body, kind)
    assert response.status == 200
    assert json.dumps(response.content) == gradio_answer


@pytest.mark.parametrize("path", ["predict", "read_number"])
@pytest.mark.parametrize(
    ("body", "kind", "status", "message"),
    [
        (b"this is no image", None, 422, "expected a PNG"),
        (b"", "image/png", 422, "expected a PNG"),
        (PNG[:200], "image/png", 422, "damaged"),
        (png(np.full((400, 400), 255, np.uint8)), "image/png", 422, "Draw one digit"),
        (png(np.zeros((7, 7), np.uint8)), "image/png", 422, "too small"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic", 415, "Save it as JPEG"),
        (b"%PDF-1.7", "application/octet-stream", 415, "it is PDF"),
        (PNG, "text/plain", 415, EXPECTED_IMAGE),
        (b"<svg/>", "application/xml", 415, EXPECTED_IMAGE),
        (b'{"image": ', JSON, 400, EXPECTED_IMAGE),
        (b"\xff", JSON, 400, EXPECTED_IMAGE),
        (b"[" * 900, JSON, 400, EXPECTED_IMAGE),
        (b"[]" * 900, JSON, 400, EXPECTED_IMAGE),
        (b"[" * 1_100, JSON, 400, "Send a shorter one"),
        (b"[]", JSON, 422, EXPECTED_IMAGE),
        (b"{}", JSON, 422, EXPECTED_IMAGE),
        (in_json(7), JSON, 422, EXPECTED_IMAGE),
        (in_json(""), JSON, 422, "expected a PNG"),
        (in_json("no base64!"), JSON, 400, EXPECTED_IMAGE),
        (in_json("数"), JSON, 400, EXPECTED_IMAGE),
        (in_json("https://example.org/7.png"), JSON, 400, EXPECTED_IMAGE),
        (in_json("file:///etc/passwd"), JSON, 400, EXPECTED_IMAGE),
        (in_json("data:image/svg+xml,<svg/>"), JSON, 400, EXPECTED_IMAGE),
        (part(PNG), "multipart/form-data", 400, EXPECTED_IMAGE),
        (b"no form", FORM, 400, EXPECTED_IMAGE),
        (part(PNG, end=part(PNG)), FORM, 400, EXPECTED_IMAGE),
        (part(PNG).replace(b'; filename="7.png"', b""), FORM, 422, EXPECTED_IMAGE),
    ],
)
def test_anything_else_gets_a_status_and_a_message_that_says_what_to_send(
    app_url, body, kind, *, status, message, path
):
    response = ask_api(app_url, body, kind, path=path)
    assert response.status == status
    assert message in response.content["detail"]
    assert [*response.content] == ["detail"]
    for leak in ("Traceback", "/tmp", "site-packages", ".py", "passwd", str(REPOSITORY)):
        assert leak not in response.content["detail"]


def test_compressed_body_is_refused(app_url):
    assert ask_api(app_url, PNG, "image/png", Content_Encoding="gzip").status == 415


@pytest.mark.parametrize("path", [b"predict", b"read_number"])
def test_body_too_large_is_refused_before_it_is_read_whole(app_url, path):
    """The client sends chunks, without a length, until the server stops it."""
    address, sent = urlsplit(app_url), 0
    chunk = b"40000\r\n" + bytes(0x40000) + b"\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(
            b"POST /api/" + path + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: image/png\r\n\r\n"
        )
        while sent < 2 * limits.MAX_UPLOAD_BYTES and not select.select([connection], [], [], 0)[0]:
            connection.sendall(chunk)
            sent += len(chunk)
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert sent < 2 * limits.MAX_UPLOAD_BYTES


def test_other_methods_and_paths_are_refused(app_url):
    for method, path, status in (
        ("GET", "predict", 405),
        ("GET", "read_number", 405),
        ("PUT", "predict", 404),
    ):
        request = urllib.request.Request(f"{app_url}/api/{path}", method=method)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=60)
        assert caught.value.code == status
        if status == 405:
            assert caught.value.headers["Allow"] == "POST"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{app_url}/api/nothing", b"x", timeout=60)
    assert caught.value.code == 404
    assert "/api/predict" in json.load(caught.value)["detail"]


@pytest.mark.parametrize("path", ["predict", "read_number"])
@pytest.mark.parametrize("body", [PNG, b"this is no image", bytes(21_000_000)])
def test_scripts_of_any_website_may_read_answers_and_errors(app_url, body, path):
    response = ask_api(app_url, body, "image/png", path=path, Origin="https://example.org")
    assert response.status in (200, 422, 413)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_browsers_may_ask_for_any_type_of_body_first(app_url):
    """A preflight: the request that a browser sends before it sends JSON or an image's type."""
    headers = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    request = urllib.request.Request(f"{app_url}/api/predict", None, headers, method="OPTIONS")
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "POST" in response.headers["Access-Control-Allow-Methods"]
        assert "content-type" in response.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in response.headers


# A server on localhost, and one that everybody reaches: Gradio lets every site ask the second.
HOSTS = ["127.0.0.1:7860", "digits.example.net"]


def headers_of(url, method="GET", **headers):
    """Send a request for a script of https://example.org; return its answer's headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, headers=named, method=method)
    request.add_header("Origin", "https://example.org")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.headers
    except urllib.error.HTTPError as error:
        return error.headers


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/apis"])
def test_other_websites_may_read_nothing_else(app_url, path, host):
    headers = headers_of(app_url + path, Host=host)
    assert not [name for name in headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("host", HOSTS)
def test_other_websites_may_ask_nothing_else(app_url, host):
    """A browser asks first whether it may send JSON; without that type, the server reads none."""
    address, question = f"{app_url}/gradio_api/queue/join", find_page_question(app_url)
    asked = {
        "Access_Control_Request_Method": "POST",
        "Access_Control_Request_Headers": "content-type",
    }
    headers = headers_of(address, "OPTIONS", Host=host, **asked)
    assert not [name for name in headers if name.lower().startswith("access-control")]
    body = json.dumps({"data": ["", False], "fn_index": question, "session_hash": "x"}).encode()
    # The types for which no browser asks first.
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        from_site = {"Origin": "https://example.org", "Host": host, "Content-Type": kind}
        assert refusal(address, body, headers=from_site)[0] == 422
    assert post(address, body, {"Content-Type": JSON})["event_id"]  # the page itself
