"""Memory of the server over thousands of questions.

They come one after the other, so server and client share a core: other tests run beside these.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial

import pytest

from tests.page.server.test_load import encoded
from tests.support.memory import resident_megabytes
from tests.support.plain_http import ask_as_the_page_does, find_page_question, post, upload
from tests.support.running_app import running_process

pytestmark = pytest.mark.slow


def until_accepted(ask: Callable[[], str]) -> str:
    """Ask until the queue has room; return the event's id."""
    while True:
        try:
            return ask()
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
        time.sleep(0.05)


def test_memory_holds_the_drawings_of_the_last_visitors_only(tmp_path):
    """Drawings are kept for "why?" and for a correction: of 500 visitors the last 200."""
    with running_process(tmp_path, forks=False) as (url, process):
        question = find_page_question(url)

        def visit(first: int, last: int, drawing: bytes) -> None:
            for number in range(first, last):
                session = f"visitor{number}"
                until_accepted(partial(ask_as_the_page_does, url, question, drawing, session))

        visit(0, 250, encoded(7))
        before = resident_megabytes(process.pid)
        visit(250, 750, encoded(7) + bytes(400_000))  # 200 MB in all, 80 of the last 200
        assert resident_megabytes(process.pid) < before + 140


def test_memory_stays_flat_over_thousands_of_questions(tmp_path):
    """The client listens to some answers, and never to most of them."""
    with running_process(tmp_path, forks=False) as (url, process):
        address = f"{url}/gradio_api/call/predict"
        file = {"path": upload(url, encoded(7)), "meta": {"_type": "gradio.FileData"}}
        body = json.dumps({"data": [file]}).encode()

        def ask(listened: int, ignored: int) -> None:
            for _ in range(listened):
                with urllib.request.urlopen(f"{address}/{accepted()}", timeout=30) as response:
                    assert '"label": "7"' in response.read().decode()
            for _ in range(ignored):
                accepted()

        def accepted() -> str:
            json_type = {"Content-Type": "application/json"}
            return until_accepted(lambda: post(address, body, json_type)["event_id"])

        ask(100, 600)  # fills the memory of the last sessions
        before = resident_megabytes(process.pid)
        ask(250, 750)
        assert resident_megabytes(process.pid) < before + 10
        assert resident_megabytes(process.pid) < 350
