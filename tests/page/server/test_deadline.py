"""A request that doesn't end in time: its client, the next clients, `/readyz` and SIGTERM."""

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import gradio as gr
import pytest

from page.server.deadline import LateRequests, set_deadline
from page.server.environment import prepare_environment
from page.server.error_responses import EXCEPTION_HANDLERS
from page.translations import QUESTION_STUCK, QUESTION_TOO_SLOW, SERVER_BUSY
from tests.page.server.test_queue import DRAWING, ask, listen, running_slow_app, status_of
from tests.support.corrections_store import wait_for
from tests.support.plain_http import post, upload
from tests.support.running_app import REPOSITORY

JSON = {"Content-Type": "application/json"}
# What a worker may do that no signal and no other thread of Python's can interrupt.
HOLDS_THE_INTERPRETER = """
import re
from page import limits
from page.server.shutdown import end_process_in_time
limits.SHUTDOWN_TIMEOUT = 0.5
end_process_in_time()
re.match("(a+)+$", "a" * 64 + "b")
"""


class StuckPage(NamedTuple):
    """A page with one worker, whose function waits for `go_on` if it is asked to."""

    demo: gr.Blocks
    url: str
    late: LateRequests
    started: list[str]
    go_on: threading.Event

    def ask(self, word: str) -> str:
        """Ask as a session of its own; return the event's id."""
        body: dict[str, Any] = {"data": [word], "session_hash": word}
        return post(f"{self.url}/call/read", json.dumps(body).encode(), JSON)["event_id"]

    def answer(self, event: str) -> str:
        with urllib.request.urlopen(f"{self.url}/call/read/{event}", timeout=60) as response:
            return response.read().decode()


@pytest.fixture
def stuck_page(monkeypatch, tmp_path):
    environment = {"GRADIO_TEMP_DIR": str(tmp_path)}
    prepare_environment(environment)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    from gradio import route_utils

    monkeypatch.setattr(route_utils, "call_process_api", route_utils.call_process_api)
    go_on, started = threading.Event(), []

    def read(word):
        started.append(word)
        if word.startswith("stuck"):
            go_on.wait(60)
        return word.upper()

    with gr.Blocks(analytics_enabled=False) as demo:
        text = gr.Textbox()
        gr.Button().click(read, text, text, api_name="read", concurrency_limit=1)
    demo.queue()
    late = set_deadline(demo)
    _, url, _ = demo.launch(
        prevent_thread_lock=True,
        quiet=True,
        server_name="127.0.0.1",
        app_kwargs={"exception_handlers": EXCEPTION_HANDLERS},
    )
    yield StuckPage(demo, f"{url.rstrip('/')}/gradio_api", late, started, go_on)
    go_on.set()
    demo.close()


def test_late_request_gets_an_error_and_those_behind_it_busy(stuck_page, monkeypatch):
    monkeypatch.setattr("page.limits.PREDICTION_TIMEOUT", 5.0)
    stuck = stuck_page.ask("stuck")
    waiting = stuck_page.ask("waiting")
    wait_for(lambda: stuck_page.started)
    assert not stuck_page.late.exist()
    assert QUESTION_TOO_SLOW in stuck_page.answer(stuck)
    assert SERVER_BUSY in stuck_page.answer(waiting)
    assert stuck_page.late.exist()
    with pytest.raises(urllib.error.HTTPError) as caught:
        stuck_page.ask("new")
    assert caught.value.code == 503
    assert json.load(caught.value) == {"detail": SERVER_BUSY}
    assert stuck_page.demo._queue.get_active_worker_count() == 1  # it keeps its place
    monkeypatch.setattr("page.limits.PREDICTION_TIMEOUT", 60)
    stuck_page.go_on.set()
    wait_for(lambda: not stuck_page.late.exist())
    assert '["AFTER"]' in stuck_page.answer(stuck_page.ask("after"))
    assert stuck_page.started == ["stuck", "after"]


def test_cancelled_request_keeps_its_place_until_its_thread_ends(stuck_page):
    event = stuck_page.ask("stuck")
    wait_for(lambda: stuck_page.started)
    function = next(iter(stuck_page.demo.fns))
    body = {"session_hash": "stuck", "fn_index": function, "event_id": event}
    with ThreadPoolExecutor() as threads:
        cancelled = threads.submit(
            post, f"{stuck_page.url}/cancel", json.dumps(body).encode(), JSON
        )
        behind = stuck_page.ask("behind")
        time.sleep(0.5)  # time for the next one to start, if it could
        assert stuck_page.started == ["stuck"]
        stuck_page.go_on.set()
        assert '["BEHIND"]' in stuck_page.answer(behind)
        assert cancelled.result() == {"success": True}


def test_thread_that_holds_the_interpreter_cannot_delay_the_end_of_the_process():
    command = [sys.executable, "-c", HOLDS_THE_INTERPRETER]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, timeout=120)
    assert done.returncode == 1


@pytest.mark.slow
def test_stuck_server_says_so_and_ends_in_time_after_a_signal(tmp_path):
    with running_slow_app(tmp_path, "uploads", PREDICTION_TIMEOUT="2") as app:
        path = upload(app.url, DRAWING)
        assert status_of(f"{app.url}/readyz") == 200
        for _ in range(2):
            assert QUESTION_TOO_SLOW in listen(app.url, ask(app.url, path))
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{app.url}/readyz", timeout=10)
        assert caught.value.code == 503
        assert json.load(caught.value) == {"status": QUESTION_STUCK}
        assert status_of(f"{app.url}/healthz") == 200
        started = time.monotonic()
        app.process.send_signal(signal.SIGTERM)
        app.process.wait(timeout=60)
        assert time.monotonic() - started < 10
    assert "Traceback" not in (tmp_path / "log").read_text()
