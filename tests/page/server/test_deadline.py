"""A question that doesn't end: its client, the next clients, `/readyz` and SIGTERM."""

import json
import signal
import threading
import time
import urllib.request

import gradio as gr
import pytest

from page.server.deadline import has_stuck_question, set_deadline
from page.server.environment import prepare_environment
from page.translations import QUESTION_TOO_SLOW
from tests.page.server.test_queue import DRAWING, ask, running_slow_app
from tests.support.corrections_store import wait_for
from tests.support.plain_http import post, upload

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def stuck_page(monkeypatch, tmp_path):
    """A page whose function waits for an event; yields the page, its address and the event."""
    environment = {"GRADIO_TEMP_DIR": str(tmp_path)}
    prepare_environment(environment)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("page.limits.QUESTION_TIMEOUT", 1.0)
    from gradio import route_utils

    monkeypatch.setattr(route_utils, "call_process_api", route_utils.call_process_api)
    go_on = threading.Event()

    def read(word):
        if word == "stuck":
            go_on.wait(60)
        return word.upper()

    with gr.Blocks(analytics_enabled=False) as demo:
        text = gr.Textbox()
        gr.Button().click(read, text, text, api_name="predict", concurrency_limit=1)
    demo.queue()
    set_deadline(demo)
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    yield demo, url.rstrip("/") + "/gradio_api/call/predict", go_on
    go_on.set()
    demo.close()


def question(address, word):
    return post(address, json.dumps({"data": [word]}).encode(), JSON)["event_id"]


def answer(address, event):
    with urllib.request.urlopen(f"{address}/{event}", timeout=60) as response:
        return response.read().decode()


def test_question_past_its_deadline_gets_an_error_and_the_server_is_not_ready(stuck_page):
    demo, address, go_on = stuck_page
    stuck = question(address, "stuck")
    assert not has_stuck_question(demo)
    assert QUESTION_TOO_SLOW in answer(address, stuck)
    wait_for(lambda: has_stuck_question(demo))
    waiting = question(address, "next")
    time.sleep(0.5)
    assert demo._queue.get_active_worker_count() == 1  # it keeps its place
    go_on.set()
    assert '["NEXT"]' in answer(address, waiting)
    assert not has_stuck_question(demo)
    assert not demo._queue.pending_event_ids_session.get(stuck)


def test_quick_question_is_not_delayed(stuck_page):
    _, address, _ = stuck_page
    assert '["NOW"]' in answer(address, question(address, "now"))


@pytest.mark.slow
def test_stuck_question_does_not_keep_the_process_from_ending_in_time(tmp_path):
    with running_slow_app(tmp_path, "uploads") as app:
        for _ in range(2):
            ask(app.url, upload(app.url, DRAWING))
        wait_for(lambda: app.most_at_once() == 2)
        started = time.monotonic()
        app.process.send_signal(signal.SIGTERM)
        app.process.wait(timeout=60)
        assert time.monotonic() - started < 10
