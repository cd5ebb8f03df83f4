"""What anyone may send to the running app, and how much."""

import json
import socket
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import gradio as gr
import numpy as np
import pytest
from gradio import routes
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError, ValidationError
from PIL import Image

from page.limits import MAX_DATA_URI_LENGTH, MAX_TRACKED_UPLOADS, MAX_UPLOAD_BYTES
from page.server.cleanup import forget_file_names, forget_finished_uploads
from page.server.error_responses import describe_error, describe_failure
from page.translations import NOT_FOUND, SERVER_BUSY, SERVER_FAILED, UNREAD_ANSWERS
from tests.support.plain_http import call_over_http, find_page_question, post, upload
from tests.support.polylines import draw
from tests.support.running_app import running_app

JSON = {"Content-Type": "application/json"}


def refusal(url, body=b"{}", headers=JSON, method="POST"):
    """Send a request that must be refused; return its status and message."""
    request = urllib.request.Request(url, body, headers, method=method)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    return caught.value.code, message_of(caught.value)


def message_of(error):
    """The message of a refused request."""
    detail = json.load(error)["detail"]
    if error.code != 422:
        return detail
    [invalid] = detail
    assert (invalid["__type__"], invalid["is_valid"]) == ("validate", False)
    return invalid["message"]


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


def test_long_data_uri_that_fits_the_body_is_refused_clearly():
    from page.ui.sketchpad import decode_drawing
    from sketchdigits import InvalidImageError

    prefix = "data:image/png;base64,"
    longest = prefix + "A" * ((MAX_DATA_URI_LENGTH - len(prefix)) // 4 * 4)
    assert decode_drawing(longest)
    with pytest.raises(InvalidImageError, match="Draw again"):
        decode_drawing(prefix + "A" * MAX_DATA_URI_LENGTH)


def test_no_dependency_takes_the_sketchpads_layers(app_url):
    """A drawing arrives as one flat PNG."""
    with urllib.request.urlopen(f"{app_url}/config", timeout=30) as response:
        config = json.load(response)
    [sketchpad] = [
        component["id"]
        for component in config["components"]
        if component["props"].get("elem_id") == "sketchpad"
    ]
    assert not [each for each in config["dependencies"] if sketchpad in each["inputs"]]


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


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/gradio_api/openapi.json"])
@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "X-Gradio-Server"])
def test_no_page_names_the_host_of_an_earlier_request(app_url, path, header):
    def load(headers):
        request = urllib.request.Request(app_url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read().decode()

    value = "http://evil.example" if header == "X-Gradio-Server" else "evil.example"
    load({header: value})
    post(f"{app_url}/gradio_api/call/predict", b'{"data": [null]}', {**JSON, header: value})
    assert "evil.example" not in load({})


def test_api_description_names_the_host_of_its_own_request(app_url):
    request = urllib.request.Request(f"{app_url}/gradio_api/info", headers={"Host": "here.example"})
    with urllib.request.urlopen(request, timeout=30) as response:
        assert "here.example" in response.read().decode()


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_origin_without_a_host_causes_no_error(app_url, method):
    """HTTP/1.0 allows a request without a Host."""
    address = urlsplit(app_url)
    headers = "Origin: http://x\r\nAccess-Control-Request-Method: GET\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(f"{method} / HTTP/1.0\r\n{headers}\r\n".encode())
        answer = connection.recv(1000).decode()
    assert answer.split()[1] == ("400" if method == "GET" else "200")
    assert "Access-Control-Allow-Origin" not in answer


def test_nested_lists_do_not_block_the_server(app_url):
    """A megabyte of them took 2 s."""
    body = b'{"data":[[' + b",".join([b"[[]]"] * 200_000) + b"]]}"
    started = time.monotonic()
    status, message = refusal(f"{app_url}/gradio_api/queue/join", body)
    assert time.monotonic() - started < 1
    assert status == 400
    assert "Send a shorter one" in message


@pytest.mark.parametrize(
    "file",
    [
        {"path": "http://127.0.0.1:9/digit.png"},
        {"path": "https://example.com/digit.png", "url": "https://example.com/digit.png"},
        {"path": "", "url": "http://169.254.169.254/latest/meta-data/"},
        {"path": "file:///etc/passwd"},
        {"path": None},
        {"path": ["a"]},
        {"path": "x" * 10_000},
        "text",
        7,
        None,
        [],
        {},
    ],
)
def test_web_addresses_and_nonsense_instead_of_a_file_are_refused(app_url, file):
    """Nothing is fetched. (A connection to most of these addresses would take seconds to fail.)"""
    started = time.monotonic()
    if isinstance(file, dict):
        file = {**file, "meta": {"_type": "gradio.FileData"}}
    answer = call_over_http(app_url, file)
    assert "event: error" in answer
    assert "pload an image file" in answer
    assert not any(leak in answer for leak in ("Traceback", "/tmp", "site-packages", "passwd"))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"[]", b"{}", b'{"data": 7}', b'{"data": {"secret": 1}}'],
)
def test_body_of_the_wrong_shape_is_refused_with_the_right_one(app_url, body):
    status, message = refusal(f"{app_url}/gradio_api/call/predict", body)
    assert status == 422
    assert "upload an image file first" in message
    assert "secret" not in message


@pytest.mark.parametrize(
    "data", [[], [1, 2, 3], [[[[[[]]]]]], [{"path": 1, "secret": 2}], ["\ud800"]]
)
def test_data_of_the_wrong_shape_gets_an_error_with_the_right_one(app_url, data):
    body = json.dumps({"data": data}).encode()
    address = f"{app_url}/gradio_api/call/predict"
    event = post(address, body, JSON)["event_id"]
    with urllib.request.urlopen(f"{address}/{event}", timeout=30) as response:
        answer = response.read().decode()
    assert "event: error" in answer
    assert "upload an image file first" in answer
    assert "secret" not in answer
    assert "null" not in answer.split('"error"')[1].split(",")[0]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("queue/join", {"data": [], "fn_index": 99_999, "session_hash": "s"}),
        ("queue/join", {"data": [], "fn_index": -1, "session_hash": "s"}),
        ("call/v2/predict", {"picture": "x"}),
    ],
)
def test_question_that_gradio_fails_on_is_refused_with_the_right_shape(app_url, path, body):
    status, message = refusal(f"{app_url}/gradio_api/{path}", json.dumps(body).encode())
    assert status == 422
    assert "upload an image file first" in message


def test_session_without_a_name_gets_its_answer(app_url):
    body = b'{"data": ["x"], "session_hash": ""}'
    address = f"{app_url}/gradio_api/call/predict"
    event = post(address, body, JSON)["event_id"]
    with urllib.request.urlopen(f"{address}/{event}", timeout=30) as response:
        assert "upload an image file first" in response.read().decode()


def question_in(session):
    """The page's question without a drawing. The server answers it at once."""
    return {"data": ["", False], "session_hash": session}


@pytest.mark.parametrize("surplus", [0, 1])
def test_session_name_of_the_limit_passes_and_a_character_more_is_refused(app_url, surplus):
    body = {**question_in("x" * (100 + surplus)), "fn_index": find_page_question(app_url)}
    address, encoded = f"{app_url}/gradio_api/queue/join", json.dumps(body).encode()
    if surplus:
        status, message = refusal(address, encoded)
        assert status == 422
        assert "at most 100 characters" in message
    else:
        assert post(address, encoded, JSON)["event_id"]


def test_session_that_reads_no_answers_gets_no_more(app_url):
    body = {**question_in("reads-nothing"), "fn_index": find_page_question(app_url)}
    address, encoded = f"{app_url}/gradio_api/queue/join", json.dumps(body).encode()
    for _ in range(300):
        try:
            post(address, encoded, JSON)
        except urllib.error.HTTPError as error:
            error_headers = error.headers
            status, message = error.code, message_of(error)
            if message != SERVER_BUSY:
                break
            time.sleep(0.1)
    assert (status, message, error_headers["Retry-After"]) == (503, UNREAD_ANSWERS, "1")
    others = {**body, "session_hash": "another"}
    assert post(address, json.dumps(others).encode(), JSON)["event_id"]


def test_gradio_client_shows_the_message_of_a_refused_question(app_url, tmp_path):
    Image.fromarray(draw(7)).save(tmp_path / "seven.png")
    client = Client(app_url, verbose=False)
    client.session_hash = "x" * 101
    with pytest.raises(ValidationError, match="at most 100 characters"):
        client.predict(handle_file(tmp_path / "seven.png"), api_name="/predict")


def test_progress_is_kept_of_the_latest_uploads_only():
    uploads = routes.file_upload_statuses
    for number in range(MAX_TRACKED_UPLOADS + 100):
        uploads.track(f"upload{number}")
    forget_finished_uploads()
    assert len(uploads._signals) == len(uploads._statuses) == MAX_TRACKED_UPLOADS
    assert uploads.is_done(f"upload{MAX_TRACKED_UPLOADS + 99}") is False


def test_names_of_visitors_files_are_forgotten():
    with gr.Blocks() as demo:
        photo = gr.Image()
    demo.upload_file_set.add("/tmp/a/7.png")
    photo.temp_files.add("/tmp/b/7.png")
    forget_file_names(demo)
    assert not any([demo.upload_file_set, photo.temp_files])


def test_failure_of_the_server_is_reported_without_its_details(caplog):
    assert describe_failure(RuntimeError("/secret/path"), "/") == (500, SERVER_FAILED)
    assert "/secret/path" in caplog.text
    payload = describe_error(RuntimeError("/secret/path"), show_error=False)
    assert payload["error"] == SERVER_FAILED
    assert describe_error(None, show_error=False)["error"] is None


@pytest.mark.parametrize(("size", "message"), [((5000, 4000), "too large"), ((7, 7), "too small")])
def test_number_of_pixels_is_checked_before_decoding(app_url, tmp_path, size, message):
    path = tmp_path / "drawing.png"
    Image.new("L", size).save(path)
    with pytest.raises(AppError, match=message):
        Client(app_url, verbose=False).predict(handle_file(path), api_name="/predict")


def test_scribble_is_answered_as_no_digit(app_url, tmp_path):
    path = tmp_path / "scribble.png"
    generator = np.random.default_rng(3)
    corners = generator.uniform(0, 1, (40, 2)).astype(np.float32)
    from train.rendering.canvas import CanvasStyle, draw_on_canvas

    Image.fromarray(draw_on_canvas([corners], CanvasStyle())).save(path)
    answer = Client(app_url, verbose=False).predict(handle_file(path), api_name="/predict")
    assert answer["is_digit"] is False
    assert answer["verdict"] == "no digit"
    assert 0 <= answer["digit_score"] < 0.3
    path = tmp_path / "seven.png"
    Image.fromarray(draw(7)).save(path)
    answer = Client(app_url, verbose=False).predict(handle_file(path), api_name="/predict")
    assert answer["is_digit"] is True
    assert answer["verdict"] == "digit"


@pytest.mark.slow
def test_rate_limit_of_the_environment_is_applied(tmp_path):
    with running_app(tmp_path, RATE_LIMIT="3/minute") as url:
        for _ in range(3):
            call_over_http(url, None)
        status, message = refusal(f"{url}/gradio_api/call/predict", b'{"data": [null]}')
        assert status == 429
        assert "At most 3/minute" in message
        urllib.request.urlopen(url, timeout=30).close()  # the page still loads
