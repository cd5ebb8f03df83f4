"""SIGTERM and Ctrl-C, also while the server starts.

(`test_queue.py` has the whole shutdown, `test_load.py` one under load.)
"""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import REPOSITORY
from tests.support.corrections_store import wait_for
from tests.support.running_app import starting_process

SIGNAL_IN_ANOTHER_THREAD = """
import signal, threading, time
from types import SimpleNamespace
from page.server.shutdown import note_signals, serve_until_signal

def take_signal():
    while signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        time.sleep(0.01)
    time.sleep(0.5)  # the main thread waits by now
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

class Queue:
    active_jobs = []
    pending_event_ids_session = {}
    __len__ = lambda self: 0

threading.Thread(target=take_signal, daemon=True).start()
note_signals()
closed = lambda verbose: print("closed", flush=True)
serve_until_signal(
    SimpleNamespace(_queue=Queue(), server=None, close=closed), threading.Event()
)
"""

# A launch that never ends, and a person who presses Ctrl-C again and again.
HANGS = """
import os, signal, time
from page import limits
from page.server.shutdown import note_signals

limits.SHUTDOWN_TIMEOUT = 1.0
note_signals()
while True:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.1)
"""

# `app.py`, which ends in time in any case with status 1: here also on a very slow machine with 0.
PATIENT_APP = f"""
import runpy, sys
sys.path.insert(0, {str(REPOSITORY)!r})
from page import limits
limits.SHUTDOWN_TIMEOUT = 600.0
runpy.run_path({str(REPOSITORY / "app.py")!r}, run_name="__main__")
"""


def test_signal_that_another_thread_takes_ends_the_server_too():
    """As when Linux gives it to a thread that just starts another one."""
    done = subprocess.run(
        [sys.executable, "-c", SIGNAL_IN_ANOTHER_THREAD],
        check=False,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.returncode) == ("closed\n", 0)


def test_more_signals_give_a_launch_that_hangs_no_more_time():
    command = [sys.executable, "-c", HANGS]
    done = subprocess.run(command, check=False, cwd=REPOSITORY, timeout=60)
    assert done.returncode == 1


def handles_signals(pid: int, _: str) -> bool:
    """Whether the process has a handler of its own for SIGTERM."""
    [caught] = [
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "SigCgt" in line
    ]
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def imports_numpy(pid: int, _: str) -> bool:
    return "_multiarray_umath" in Path(f"/proc/{pid}/maps").read_text()


def accepts_connections(_: int, url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("has_come", "kind"),
    [
        (handles_signals, signal.SIGTERM),
        (handles_signals, signal.SIGINT),
        (imports_numpy, signal.SIGTERM),
        pytest.param(imports_numpy, signal.SIGINT, marks=pytest.mark.slow),
        (accepts_connections, signal.SIGTERM),
        pytest.param(accepts_connections, signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_signal_during_the_start_ends_the_process_with_status_0(tmp_path, has_come, kind):
    """At its beginning, in the middle of the imports, and in the first moment that it listens."""
    app = tmp_path / "app.py"
    app.write_text(PATIENT_APP)
    with starting_process(tmp_path, app) as (url, process):
        wait_for(lambda: has_come(process.pid, url), seconds=300, pause=0.001)
        process.send_signal(kind)
        assert process.wait(timeout=300) == 0


@pytest.mark.slow
def test_signal_ends_a_start_that_waits_for_the_hub(hub, published, tmp_path):
    hub.misbehave("hang", at="/resolve/")
    with starting_process(tmp_path, MODEL_ID="owner/name") as (_, process):
        wait_for(lambda: hub.requests, seconds=300)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=300) == 0
    assert "Traceback" not in (tmp_path / "log").read_text()
