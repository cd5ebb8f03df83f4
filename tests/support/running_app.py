"""Runs `python app.py` on a free port, as a user would start it.

Most tests look at what the app does once it runs: for them it is a fork (see `forked_app.py`).
Those that use `starting_process`, or options of Popen's, get a process that imports everything.
"""

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

from tests.support.forked_app import ForkedApp, can_fork

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
    *,
    forks=True,
    **changes,
):
    """Same as `running_app`, but yields the process too. The arguments are `starting_process`'s."""
    start = starting_process(folder, app, python, options, arguments, forks=forks, **changes)
    with start as (url, process):
        _wait_until_it_answers(url, process, folder / "log")
        yield url, process


@contextmanager
def starting_process(
    folder: Path,
    app: Path = REPOSITORY / "app.py",
    python=sys.executable,
    options=None,
    arguments=(),
    *,
    forks=False,
    **changes,
):
    """Start an app, don't wait until it answers, and kill it when the block ends.

    `options` are for Popen, `arguments` for the program, `changes` for the environment. With
    `forks`, the app is a fork if it can be one.
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
    process: subprocess.Popen | ForkedApp
    with open(folder / "log", "wb") as log:
        if forks and python == sys.executable and not options and can_fork(environment):
            process = ForkedApp([str(app), *arguments], environment, log)
        else:
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
