"""The limits of one session, in the running app."""

import json
import time
import urllib.error
import urllib.request

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import ValidationError
from PIL import Image

from page.translations import SERVER_BUSY, UNREAD_ANSWERS
from tests.support.plain_http import JSON, find_page_question, message_of, post, refusal
from tests.support.polylines import draw


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
