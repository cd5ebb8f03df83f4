"""Many clients at once, and a shutdown under load."""

import io
import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from http.client import HTTPException

import numpy as np
import pytest
from PIL import Image

from tests.conftest import REPOSITORY
from tests.support.plain_http import call_over_http, post, upload
from tests.support.polylines import draw
from tests.support.running_app import running_app, running_process

pytestmark = [
    pytest.mark.load,
    pytest.mark.skipif(
        not os.environ.get("ALLOW_LOAD"),
        reason="ALLOW_LOAD is not set: this test takes the whole machine",
    ),
]


def encoded(digit: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(draw(digit)).save(stream, "PNG")
    return stream.getvalue()


class Clients:
    """Threads that upload, ask and listen, as README's curl commands do.

    Args:
        url: the server.
        count: the number of threads.
        each: the number of questions of each thread.
        reads: whether a digit that is read wrong counts as a fault.

    Attributes:
        outcomes: how many questions ended in which way: "answered", "busy" (503 before the
            question was accepted), "unreachable" (no response before it was accepted). Any other
            way is a fault.
        seconds: from the first byte to the answer, for each answered question.
    """

    def __init__(self, url: str, count: int, each: int, *, reads: bool = True) -> None:
        self.url, self.each, self.reads = url, each, reads
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.threads = [threading.Thread(target=self._run, args=(n,)) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def wait(self) -> None:
        for thread in self.threads:
            thread.join()

    def _run(self, number: int) -> None:
        digit = number % 10
        picture = encoded(digit)
        for _ in range(self.each):
            started = time.monotonic()
            outcome = self._ask(picture, digit)
            self.outcomes[outcome] += 1
            if outcome == "answered":
                self.seconds.append(time.monotonic() - started)

    def _ask(self, picture: bytes, digit: int) -> str:
        event = None
        try:
            file = {"path": upload(self.url, picture), "meta": {"_type": "gradio.FileData"}}
            address = f"{self.url}/gradio_api/call/predict"
            body = json.dumps({"data": [file]}).encode()
            event = post(address, body, {"Content-Type": "application/json"})["event_id"]
            with urllib.request.urlopen(f"{address}/{event}", timeout=60) as response:
                answer = response.read().decode()
        except urllib.error.HTTPError as error:
            return "busy" if error.code == 503 and event is None else f"status {error.code}"
        except (OSError, HTTPException) as error:
            return "unreachable" if event is None else f"accepted, then {error!r}"
        if "event: complete" not in answer:
            return answer
        label = json.loads(answer.split("data: ")[1])[0]["label"]
        is_right = label == str(digit) or not self.reads
        return "answered" if is_right else f"{digit} read as {label}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The URL of a server for the tests that leave it running and don't measure its memory."""
    with running_app(tmp_path_factory.mktemp("server")) as url:
        yield url


def test_512_requests_from_32_clients_are_answered_right_within_a_second(server, tmp_path):
    """On a slow machine: within twice the time of an endpoint that does nothing."""
    clients = Clients(server, 32, 16)
    clients.wait()
    assert clients.outcomes == {"answered": 512}
    with running_app(tmp_path, REPOSITORY / "benchmarks" / "do_nothing.py") as url:
        nothing = Clients(url, 32, 16, reads=False)
        nothing.wait()
    slowest, bound = (np.percentile(each.seconds, 99) for each in (clients, nothing))
    assert slowest <= max(1.0, 2 * bound)


def test_full_queue_answers_busy_and_nothing_else_fails(server):
    clients = Clients(server, 200, 2)
    clients.wait()
    assert clients.outcomes.keys() == {"answered", "busy"}
    assert clients.outcomes["answered"] > 64
    after = Clients(server, 1, 1)
    after.wait()
    assert after.outcomes == {"answered": 1}


def test_all_accepted_questions_are_answered_before_the_shutdown_ends(tmp_path):
    with running_process(tmp_path) as (url, process):
        clients = Clients(url, 16, 40)
        while sum(clients.outcomes.values()) < 50:
            time.sleep(0.02)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert time.monotonic() - started < 10
        clients.wait()
    assert clients.outcomes.keys() <= {"answered", "busy", "unreachable"}
    assert clients.outcomes["answered"] >= 50
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_killed_server_starts_again_without_repair(tmp_path):
    with running_process(tmp_path) as (url, process):
        clients = Clients(url, 8, 30)
        while sum(clients.outcomes.values()) < 20:
            time.sleep(0.02)
        process.kill()
        process.wait(timeout=10)
        clients.wait()  # some get no answer from a killed server
    with running_app(tmp_path) as url:
        file = {"path": upload(url, encoded(7)), "meta": {"_type": "gradio.FileData"}}
        assert '"label": "7"' in call_over_http(url, file)
