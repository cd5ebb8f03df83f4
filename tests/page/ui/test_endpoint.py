"""What the endpoint `/predict` answers to what is no digit, no image or no file."""

import json
import time
import urllib.request

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.support.plain_http import JSON, call_over_http, post, refusal
from tests.support.polylines import draw
from train.rendering.canvas import CanvasStyle, draw_on_canvas


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
