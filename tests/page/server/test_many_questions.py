"""Many questions at once, of one client: each is answered, or told "busy" and when to ask again."""

import json
import urllib.error
from collections import Counter
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.client import Job
from gradio_client.utils import QueueError

from page import limits
from page.translations import SERVER_BUSY
from tests.page.server.test_queue import DRAWING, SLOW_APP, ask, listen
from tests.support.corrections_store import wait_for
from tests.support.gate import most_held, shut
from tests.support.plain_http import upload
from tests.support.running_app import running_process

# Options of the client: on a busy machine an answer may take longer than httpx's five seconds.
PATIENT = {"timeout": 120}
MOST_UNANSWERED = limits.MAX_CONCURRENT_READS + limits.MAX_QUEUE_SIZE


@pytest.fixture(scope="module")
def shared_slow_app(tmp_path_factory):
    """The URL of a running `slow_app.py`, and the folder of its gate."""
    folder = tmp_path_factory.mktemp("app")
    gate = folder / "gate"
    shut(gate)
    with running_process(folder, SLOW_APP, GATE=str(gate)) as (url, _):
        yield url, gate


@pytest.fixture
def slow_app(shared_slow_app):
    """The same app, with its gate shut."""
    shut(shared_slow_app[1])
    return shared_slow_app


@pytest.fixture
def drawing(tmp_path) -> Path:
    path = tmp_path / "drawing.png"
    path.write_bytes(DRAWING)
    return path


def label_of(job: Job, ask_again: Callable[[], Job]) -> str:
    """The label of the answer to a question that was sent while others were being answered.

    A session has one stream of messages, which the server closes after the last answer. As long as
    gradio_client 2.7 has not read that, it leaves the answer to its next question to this stream,
    and then drops the question with CancelledError. The server answers it, but nobody listens.
    """
    try:
        return job.result(timeout=300)["label"]
    except CancelledError:
        return ask_again().result(timeout=300)["label"]


@pytest.mark.parametrize("waits", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_hundred_questions_of_one_gradio_client_are_all_answered(slow_app, drawing, waits):
    """Also if the first 40, as many as the client sends at once, have to wait."""
    url, gate = slow_app
    if not waits:
        (gate / "open").touch()
    client = Client(url, verbose=False, httpx_kwargs=PATIENT)

    def submit() -> Job:
        return client.submit(handle_file(drawing), api_name="/predict")

    jobs = [submit() for _ in range(100)]
    if waits:
        wait_for(lambda: most_held(gate) == 2)
        (gate / "open").touch()
    assert Counter(label_of(job, submit) for job in jobs) == {"2": 100}


def test_plain_burst_of_100_is_queued_or_told_when_to_ask_again(slow_app):
    """While no question is answered, 66 are accepted. Those are answered later."""
    url, gate = slow_app
    path = upload(url, DRAWING)

    def outcome(_):
        try:
            return ask(url, path)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["detail"], error.headers["Retry-After"]

    with ThreadPoolExecutor(100) as threads:
        first = [threads.submit(outcome, None) for _ in range(2)]
        accepted = [each.result() for each in first]
        wait_for(lambda: most_held(gate) == 2)
        outcomes = [*threads.map(outcome, range(100))]
        accepted += [each for each in outcomes if isinstance(each, str)]
        refused = [each for each in outcomes if not isinstance(each, str)]
        assert len(accepted) == MOST_UNANSWERED
        assert {*refused} == {(503, SERVER_BUSY, str(limits.BUSY_RETRY_AFTER))}
        (gate / "open").touch()
        answers = [*threads.map(lambda event: listen(url, event), accepted)]
    assert all('"label": "2"' in answer for answer in answers)


def test_gradio_client_is_told_busy_and_gets_its_answer_later(slow_app, drawing):
    url, gate = slow_app
    path = upload(url, DRAWING)
    events = [ask(url, path) for _ in range(2)]
    wait_for(lambda: most_held(gate) == 2)
    events += [ask(url, path) for _ in range(limits.MAX_QUEUE_SIZE)]
    client = Client(url, verbose=False, httpx_kwargs=PATIENT)
    with pytest.raises(QueueError, match="Queue is full"):
        client.predict(handle_file(drawing), api_name="/predict")
    (gate / "open").touch()
    for event in events:
        listen(url, event)
    assert client.predict(handle_file(drawing), api_name="/predict")["label"] == "2"
