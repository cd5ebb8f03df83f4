"""What the server keeps of a question: nothing once it is answered."""

import subprocess
import sys

import gradio as gr

from page.server.sessions import SmallSession
from tests.conftest import REPOSITORY

ASK_TWICE = """
import threading
import app
import gradio_client
from tests.conftest import REPOSITORY

app.keep_sessions_small()
_, url, _ = app.demo.queue(api_open=False).launch(prevent_thread_lock=True, quiet=True)
client = gradio_client.Client(url, verbose=False)
drawing = gradio_client.handle_file(REPOSITORY / "tests/golden/dust.drawing.png")
answers = [client.predict(drawing, api_name="/predict")["label"] for _ in range(2)]
queue = app.demo._queue
print(answers, len(queue.event_analytics), queue.cached_event_analytics_summary)
app.demo.close()
"""


def test_no_statistics_are_kept_of_questions():
    done = subprocess.run(
        [sys.executable, "-c", ASK_TWICE],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "['3', '3'] 1 {'functions': {}}" in done.stdout.splitlines(), done.stderr


def test_session_keeps_no_values_of_components():
    with gr.Blocks(analytics_enabled=False) as demo:
        text = gr.Textbox("before")
    session = SmallSession(demo)
    assert session[text._id] is text
    session._update_value_in_config(text._id, "what a visitor wrote")
    session._update_config(text._id)
    assert not list(session.components)
