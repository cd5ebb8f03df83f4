"""Many questions at once, of one client: each is answered, or told "busy" and when to ask again."""

import json
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

import httpx
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
# Seconds without a message after which a session has no more.
SILENCE = 10.0
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


def labels_of(url: str, client: Client, jobs: Iterable[Job]) -> Counter[str]:
    """The labels of all answers, also of those that gradio_client leaves with the server.

    A session has one stream of messages, which the server closes after the last answer. As long as
    gradio_client 2.7 has not read that, it leaves the answer to its next question to this stream,
    and then drops the question with CancelledError. The server answers it, but nobody listens. So
    the answer must be among the messages of the session: a question that the server itself drops
    is a KeyError here.
    """
    labels: Counter[str] = Counter()
    dropped = []
    for job in jobs:
        try:
            labels[job.result(timeout=300)["label"]] += 1
        except CancelledError:
            assert job.communicator
            dropped.append(job.communicator.event_id)
    if dropped:
        answers = answers_left(url, client)
        for event in dropped:
            [prediction] = answers[event]["data"]
            labels[prediction["label"]] += 1
    return labels


def answers_left(url: str, client: Client) -> dict[str, dict]:
    """The answers to questions of the client that it has not taken, by their event's id.

    A later stream may have brought some to the client; the others are still unread.
    """
    brought = [each for some in client.pending_messages_per_event.values() for each in some]
    unread = []
    address = f"{url}/gradio_api/queue/data?session_hash={client.session_hash}"
    # A stream without messages stays open.
    with suppress(TimeoutError), urllib.request.urlopen(address, timeout=SILENCE) as stream:
        for line in stream:
            if line.startswith(b"data:"):
                unread.append(json.loads(line[5:]))
    messages = [each for each in (*brought, *unread) if each]
    return {each["event_id"]: each["output"] for each in messages if "output" in each}


@pytest.mark.parametrize("waits", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_hundred_questions_of_one_gradio_client_are_all_answered(slow_app, drawing, waits):
    """Also if the first 40, as many as the client sends at once, have to wait."""
    url, gate = slow_app
    if not waits:
        (gate / "open").touch()
    client = Client(url, verbose=False, httpx_kwargs=PATIENT)

    jobs = [client.submit(handle_file(drawing), api_name="/predict") for _ in range(100)]
    if waits:
        wait_for(lambda: most_held(gate) == 2)
        (gate / "open").touch()
    assert labels_of(url, client, jobs) == {"2": 100}


def test_answer_that_gradio_client_drops_is_left_with_the_server(slow_app, drawing, monkeypatch):
    """The race that `labels_of` speaks of: the client reads the end of its stream too late."""
    url, gate = slow_app
    (gate / "open").touch()
    read = httpx.Response.iter_bytes

    def read_slowly(response: httpx.Response) -> Iterator[bytes]:
        for chunk in read(response):
            time.sleep(2.0 if b"close_stream" in chunk else 0.0)
            yield chunk

    client = Client(url, verbose=False, httpx_kwargs=PATIENT)
    monkeypatch.setattr(httpx.Response, "iter_bytes", read_slowly)
    jobs = []
    for _ in range(2):
        jobs.append(client.submit(handle_file(drawing), api_name="/predict"))
        wait([jobs[-1].future], timeout=60)
    with pytest.raises(CancelledError):
        jobs[1].result(timeout=60)
    assert labels_of(url, client, jobs) == {"2": 2}
    monkeypatch.setattr(sys.modules[__name__], "SILENCE", 1.0)
    with pytest.raises(KeyError):  # its answer was taken: as if the server had dropped the question
        labels_of(url, client, jobs)


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
