"""The running app, asked with gradio_client and with plain HTTP."""

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import urllib.error
import urllib.request

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.conftest import REPOSITORY, run_python
from tests.support.number_drawings import draw_number
from tests.support.plain_http import call_over_http, post, upload
from tests.support.polylines import draw


@pytest.fixture(scope="module")
def client(app_url):
    return Client(app_url, verbose=False)


@pytest.fixture
def save(tmp_path):
    """Write an image to a file and return its path."""

    def write(image: np.ndarray, name: str = "drawing.png") -> str:
        path = tmp_path / name
        Image.fromarray(image).save(path)
        return str(path)

    return write


@pytest.mark.parametrize("digit", range(10))
def test_endpoint_reads_a_drawing(client, save, digit):
    answer = client.predict(handle_file(save(draw(digit))), api_name="/predict")
    assert answer["label"] == str(digit)
    assert [set(entry) for entry in answer["confidences"]] == [{"label", "confidence"}] * 3
    confidences = [entry["confidence"] for entry in answer["confidences"]]
    assert confidences == sorted(confidences, reverse=True)
    assert 0 < sum(confidences) <= 1.0001


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("white-on-black.png", {"ink": (255,), "background": (0,)}),
        ("transparent.png", {"ink": (0, 0, 0, 255), "background": (0, 0, 0, 0)}),
        ("transparent.webp", {"ink": (255, 0, 0, 255), "background": (0, 0, 0, 0)}),
        ("colours.jpg", {"ink": (0, 0, 255), "background": (255, 255, 0)}),
        ("grey.gif", {"ink": (90,), "background": (160,)}),
        ("large.bmp", {"size": 1200}),
    ],
)
def test_endpoint_reads_every_format_and_colour(client, save, name, style):
    answer = client.predict(handle_file(save(draw(3, **style), name)), api_name="/predict")
    assert answer["label"] == "3"


def test_sixteen_bit_png_is_read_like_the_same_eight_bit_png(client, tmp_path):
    path = tmp_path / "deep.png"
    Image.fromarray(draw(5).astype(np.uint16) * 257).save(path)
    assert client.predict(handle_file(str(path)), api_name="/predict")["label"] == "5"


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("name", ["scan [1].png", "7, 8; 9.png", 'a "quoted" {b} \\ 数.png'])
def test_curl_commands_of_the_docs_take_any_file_name(app_url, save, name):
    page = (REPOSITORY / "docs" / "serving.md").read_text()
    [commands] = re.findall(r"```sh\n(IMAGE=.*?)```", page, re.DOTALL)
    commands = commands.replace("http://127.0.0.1:7860", app_url)
    commands = commands.replace("IMAGE=drawing.png", f"IMAGE={shlex.quote(save(draw(4), name))}")
    done = subprocess.run(["bash", "-c", commands], capture_output=True, text=True, check=True)
    assert '"label": "4"' in done.stdout, done.stdout + done.stderr


def test_predict_and_read_number_are_the_only_public_endpoints(client):
    api = client.view_api(return_format="dict", print_info=False)
    assert list(api["named_endpoints"]) == ["/predict", "/read_number"]
    assert not api["unnamed_endpoints"]
    for endpoint in api["named_endpoints"].values():
        (parameter,) = endpoint["parameters"]
        assert parameter["parameter_name"] == "image"


def test_number_endpoint_reads_a_number(client, save):
    answer = client.predict(handle_file(save(draw_number("2026"))), api_name="/read_number")
    assert (answer["text"], answer["is_number"]) == ("2026", True)
    assert [digit["label"] for digit in answer["digits"]] == [*"2026"]


@pytest.mark.parametrize("api_name", ["/predict", "/read_number"])
def test_blank_canvas_asks_for_a_drawing(client, save, api_name):
    with pytest.raises(AppError, match="Draw one digit"):
        client.predict(handle_file(save(np.full((400, 400), 255, np.uint8))), api_name=api_name)


@pytest.mark.parametrize("api_name", ["/predict", "/read_number"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"this is no image", "expected a PNG, JPEG, WebP, GIF or BMP"),
        (b"", "expected a PNG"),
        (b"\x89PNG\r\n\x1a\n cut", "damaged|expected a PNG"),
    ],
)
def test_bad_file_gets_a_clear_error_without_paths(client, tmp_path, content, message, api_name):
    path = tmp_path / "drawing.png"
    path.write_bytes(content)
    with pytest.raises(AppError, match=message) as caught:
        client.predict(handle_file(str(path)), api_name=api_name)
    assert "Traceback" not in str(caught.value)
    assert "/" not in str(caught.value)


def test_endpoint_answers_over_plain_http(app_url):
    stream = io.BytesIO()
    Image.fromarray(draw(7)).save(stream, "PNG")
    path = upload(app_url, stream.getvalue())
    answer = call_over_http(app_url, {"path": path, "meta": {"_type": "gradio.FileData"}})
    assert "event: complete" in answer
    assert json.loads(answer.split("data: ")[1])[0]["label"] == "7"


@pytest.mark.parametrize(
    "meta", [{}, {"meta": {"_type": "gradio.FileData"}}, {"meta": {"_type": "x"}}]
)
@pytest.mark.parametrize("traversal", [False, True])
@pytest.mark.parametrize("endpoint", ["predict", "read_number"])
def test_endpoint_opens_no_file_of_the_server(app_url, meta, traversal, endpoint):
    # The server would read a digit in this file, if it opened it.
    path = str(REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png")
    if traversal:
        uploaded = upload(app_url, b"anything")
        path = uploaded + "/../" * 20 + path
    answer = call_over_http(app_url, {"path": path, **meta}, endpoint)
    assert "event: error" in answer
    assert '"label"' not in answer
    assert "golden" not in answer


def ask_queue(app_url, fn_index, data):
    """Ask as the page asks, for a dependency that is not public; return its last event."""
    session = "a-test"
    body = {"data": data, "fn_index": fn_index, "session_hash": session, "event_data": None}
    post(
        f"{app_url}/gradio_api/queue/join",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    url = f"{app_url}/gradio_api/queue/data?session_hash={session}"
    with urllib.request.urlopen(url, timeout=30) as response:
        for line in response:
            if b"process_completed" in line:
                return json.loads(line.decode().removeprefix("data: "))
    raise AssertionError("no answer")


def dependency_of(app_url, component: str, event: str) -> int:
    """The id of the dependency that a component's event starts."""
    with urllib.request.urlopen(f"{app_url}/config", timeout=30) as response:
        config = json.load(response)
    ids = {part["id"] for part in config["components"] if part["props"].get("elem_id") == component}
    return next(
        dependency["id"]
        for dependency in config["dependencies"]
        if any(target[0] in ids and target[1] == event for target in dependency["targets"])
    )


@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}])
def test_photo_input_opens_no_file_of_the_server(app_url, meta):
    path = str(REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png")
    photo = dependency_of(app_url, "photo", "change")
    answer = json.dumps(ask_queue(app_url, photo, [{"path": path, **meta}, False]))
    assert '"success": false' in answer
    assert "golden" not in answer


def test_sketchpad_stores_nothing_that_strangers_send(app_url):
    with urllib.request.urlopen(f"{app_url}/config", timeout=30) as response:
        config = json.load(response)
    sketchpad = next(
        part["id"] for part in config["components"] if part["props"].get("elem_id") == "sketchpad"
    )
    body = {"component_id": sketchpad, "fn_name": "accept_blobs", "session_hash": "x", "data": {}}
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(
            f"{app_url}/gradio_api/component_server/",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
    assert caught.value.code == 404


def test_preview_picture_has_a_plain_address(app_url):
    with urllib.request.urlopen(f"{app_url}/preview.png", timeout=30) as response:
        width, height = Image.open(io.BytesIO(response.read())).size
    assert width >= 600
    assert height >= 300


def test_unknown_model_ends_the_start_with_one_message():
    done = run_python("app.py", env={**os.environ, "MODEL_ID": "./nowhere"})
    assert done.returncode == 1
    assert "No folder at './nowhere'" in done.stderr
    assert "Set MODEL_ID" in done.stderr
    assert "Traceback" not in done.stderr
