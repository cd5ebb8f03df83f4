"""The wait for SIGTERM. (`test_queue.py` has the whole shutdown, `test_load.py` one under load.)"""

import subprocess
import sys

from tests.conftest import REPOSITORY

SIGNAL_IN_ANOTHER_THREAD = """
import signal, threading, time
from types import SimpleNamespace
from page.server.shutdown import serve_until_signal

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
closed = lambda verbose: print("closed", flush=True)
serve_until_signal(
    SimpleNamespace(_queue=Queue(), server=None, close=closed), threading.Event()
)
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
