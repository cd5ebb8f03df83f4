"""What the server remembers of a question: nothing once it is answered."""

import asyncio
import subprocess
import sys
import tracemalloc
import urllib.request
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

import gradio as gr
import gradio_client
import pytest
from gradio.server_messages import EstimationMessage, ProcessCompletedMessage

from page import limits
from page.server.environment import prepare_environment
from page.server.sessions import (
    SmallSession,
    UnreadMessages,
    drop_oldest_messages,
    keep_sessions_small,
    limit_sessions,
)
from page.translations import UNREAD_ANSWERS
from tests.conftest import REPOSITORY
from tests.support.event_loops import run_in_thread
from tests.support.plain_http import post

ASK_TWICE = """
import app
import gradio_client
from page.server.sessions import keep_sessions_small
from tests.conftest import REPOSITORY

keep_sessions_small()
_, url, _ = app.demo.queue(api_open=False).launch(prevent_thread_lock=True, quiet=True)
client = gradio_client.Client(url, verbose=False)
drawing = gradio_client.handle_file(REPOSITORY / "tests/golden/dust.drawing.png")
answers = [client.predict(drawing, api_name="/predict")["label"] for _ in range(2)]
queue = app.demo._queue
print(answers, len(queue.event_analytics), queue.cached_event_analytics_summary)
app.demo.close()
"""


@pytest.mark.slow
def test_app_keeps_no_statistics_of_questions():
    done = subprocess.run(
        [sys.executable, "-c", ASK_TWICE],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "['3', '3'] 1 {'functions': {}}" in done.stdout.splitlines(), done.stderr


def test_gradio_keeps_no_statistics_in_the_prepared_environment(monkeypatch, tmp_path):
    environment = {"GRADIO_TEMP_DIR": str(tmp_path)}
    prepare_environment(environment)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("page.server.sessions.state_holder.SessionState", SmallSession)
    with gr.Blocks(analytics_enabled=False) as demo:
        text = gr.Textbox()
        gr.Button().click(str.upper, text, text, api_name="predict")
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    try:
        client = gradio_client.Client(url, verbose=False)
        assert [client.predict(word, api_name="/predict") for word in "ab"] == ["A", "B"]
        assert len(demo._queue.event_analytics) == 1
        assert demo._queue.cached_event_analytics_summary == {"functions": {}}
    finally:
        demo.close()


def test_session_keeps_no_values_of_components():
    with gr.Blocks(analytics_enabled=False) as demo:
        text = gr.Textbox("before")
    session = SmallSession(demo)
    assert session[text._id] is text
    session._update_value_in_config(text._id, "what a visitor wrote")
    session._update_config(text._id)
    assert not list(session.components)


@pytest.fixture
def page_with_states(monkeypatch, tmp_path):
    """A running page with room for the states of three sessions, and its URL."""
    environment = {"GRADIO_TEMP_DIR": str(tmp_path)}
    prepare_environment(environment)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in ("state_holder.SessionState", "routes.StateHolder", "queueing.AsyncQueue"):
        monkeypatch.setattr(f"gradio.{name}", None)  # restored afterwards
    keep_sessions_small()
    with gr.Blocks(analytics_enabled=False) as demo:
        text, last = gr.Textbox(), gr.State(None, time_to_live=3600)
        gr.Button().click(lambda word: word, text, last, api_name="keep")
        gr.Button().click(lambda kept: f"last: {kept}", last, text, api_name="recall")
        gr.Button().click(str.upper, text, text, api_name="predict")
    demo.queue()
    limit_sessions(demo)
    _, url, _ = demo.launch(
        prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", state_session_capacity=3
    )
    yield demo, url.rstrip("/")
    demo.close()


def test_api_questions_push_no_visitors_state_out(page_with_states):
    demo, url = page_with_states
    visitor = gradio_client.Client(url, verbose=False)
    visitor.predict("seven", api_name="/keep")
    for _ in range(5):
        call = f"{url}/gradio_api/call/predict"
        event = post(call, b'{"data": ["a"]}', {"Content-Type": "application/json"})["event_id"]
        with urllib.request.urlopen(f"{call}/{event}", timeout=30) as response:
            assert '["A"]' in response.read().decode()
    assert visitor.predict(api_name="/recall") == "last: seven"
    assert list(demo.state_holder.session_data) == [visitor.session_hash]
    for _ in range(3):
        gradio_client.Client(url, verbose=False).predict("eight", api_name="/keep")
    assert visitor.predict(api_name="/recall") == "last: None"
    assert len(demo.state_holder.session_data) == 3


def test_waiting_request_keeps_no_second_copy_of_its_drawing(page_with_states, monkeypatch):
    demo, url = page_with_states
    taken: list[Any] = []
    get_events = demo._queue.get_events

    def note_events():
        found = get_events()
        taken.extend(found[0] if found else [])
        return found

    monkeypatch.setattr(demo._queue, "get_events", note_events)
    assert gradio_client.Client(url, verbose=False).predict("a", api_name="/predict") == "A"
    [event] = taken
    assert event.data.data == ["a"]
    assert not hasattr(event.request, "_body")


def message(text):
    """A message as Gradio sends the page's answer."""
    output = {"data": [text, {"label": "7"}, None], "is_generating": False, "duration": 0.1}
    return ProcessCompletedMessage(output=output, success=True, event_id="0" * 32)


def test_counted_bytes_of_unread_messages_are_those_that_they_take():
    messages = UnreadMessages()
    texts = [f"{number:05d}" * 400 for number in range(500)]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(500):
        messages.put_nowait(message(f"{number:05d}" * 400))
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 0.7 * taken < messages.bytes < 1.5 * taken
    assert [messages.get_nowait().output["data"][0] for _ in texts] == texts
    assert messages.bytes == 0


def test_of_an_events_places_in_the_queue_only_the_last_is_unread():
    messages = UnreadMessages()
    for rank in range(40, 0, -1):
        for event in ("one", "two"):
            place = EstimationMessage(rank=rank, queue_size=40)
            place.event_id = event
            messages.put_nowait(place)
    messages.put_nowait(message("the answer"))
    assert messages.qsize() == 3
    unread = [messages.get_nowait() for _ in range(3)]
    assert [(each.event_id, each.rank) for each in unread[:2]] == [("one", 1), ("two", 1)]
    assert unread[2].output["data"][0] == "the answer"
    assert messages.bytes == 0
    messages.put_nowait(place)  # after the others were read, it is kept again
    assert messages.get_nowait() is place


def test_reader_that_waits_gets_a_place_that_replaces_another():
    async def read():
        messages = UnreadMessages()
        reader = asyncio.create_task(messages.get())
        await asyncio.sleep(0)
        for rank in (2, 1):
            messages.put_nowait(EstimationMessage(rank=rank, queue_size=2))
        return (await reader).rank, messages.qsize(), messages.bytes

    assert run_in_thread(read()) == (1, 0, 0)


def test_session_with_too_many_unread_bytes_is_refused():
    async def push(size):
        with gr.Blocks(analytics_enabled=False) as demo:
            text = gr.Textbox()
            gr.Button().click(str.upper, text, text)
        demo.queue()
        limit_sessions(demo)
        unread = demo._queue.pending_messages_per_session["session"] = UnreadMessages()
        unread.put_nowait("x" * size)
        queue: Any = demo._queue
        body = SimpleNamespace(session_hash="session", fn_index=None)
        return await queue.push(body, None, None)

    limit = limits.MAX_UNREAD_BYTES_PER_SESSION
    assert run_in_thread(push(limit)) == (False, UNREAD_ANSWERS, "queue_full")
    assert run_in_thread(push(limit - 1_000))[1] == "No function index provided."


def test_messages_of_the_oldest_sessions_are_dropped_first(monkeypatch):
    monkeypatch.setattr("page.limits.MAX_UNREAD_BYTES", 100_000)
    unread = OrderedDict((name, UnreadMessages()) for name in ("old", "middle", "new"))
    for messages in unread.values():
        messages.put_nowait("x" * 45_000)
    drop_oldest_messages(unread)
    assert list(unread) == ["middle", "new"]
