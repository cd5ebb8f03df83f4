"""Runs `python app.py` on a free port, as a user would start it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent


@contextmanager
def running_app(folder: Path, app: Path = REPOSITORY / "app.py", python=sys.executable, **changes):
    """Run an app until the block ends; yields its URL. Its log is `folder / "log"`."""
    with running_process(folder, app, python, **changes) as (url, _):
        yield url


@contextmanager
def running_process(
    folder: Path,
    app: Path = REPOSITORY / "app.py",
    python=sys.executable,
    options=None,
    arguments=(),
    **changes,
):
    """Same as `running_app`, but yields the process too. The arguments are `starting_process`'s."""
    with starting_process(folder, app, python, options, arguments, **changes) as (url, process):
        _wait_until_it_answers(url, process, folder / "log")
        yield url, process


@contextmanager
def starting_process(
    folder: Path,
    app: Path = REPOSITORY / "app.py",
    python=sys.executable,
    options=None,
    arguments=(),
    **changes,
):
    """Start an app, don't wait until it answers, and kill it when the block ends.

    `options` are for Popen, `arguments` for the program, `changes` for the environment.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "uploads"),
        "FEEDBACK_DIR": str(folder / "corrections"),
        **changes,
    }
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [python, str(app), *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=app.parent,
            env=environment,
            **(options or {}),
        )
    try:
        yield url, process
    finally:
        # A shutdown waits for clients (tests/page/server/test_queue.py tests it). Most tests leave
        # answers that nobody fetches, so it would take seconds.
        process.kill()
        process.wait(timeout=20)


def _wait_until_it_answers(url, process, log):
    for _ in range(2_400):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the app did not start:\n{log.read_text()}")
