"""What the server remembers of a question: nothing once it is answered."""

import subprocess
import sys

import gradio as gr
import gradio_client
import pytest

from page.server.environment import prepare_environment
from page.server.sessions import SmallSession
from tests.conftest import REPOSITORY

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
