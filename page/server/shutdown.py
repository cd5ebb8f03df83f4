"""The end: on SIGTERM or Ctrl-C nothing new is accepted, and what was accepted is answered."""

from __future__ import annotations

import signal
import threading
import time

import gradio as gr

# Seconds. A container has ten from SIGTERM to SIGKILL.
ANSWER_TIMEOUT = 6.0
# After the last answer was found: for clients that ask and listen in two requests.
FETCH_TIMEOUT = 2.0
CONNECTION_TIMEOUT = 1


def serve_until_told_to_end(demo: gr.Blocks, closing: threading.Event) -> None:
    """Wait for a signal, set `closing`, let the accepted questions be answered, and close.

    Args:
        demo: launched with `prevent_thread_lock`.
        closing: tells the others (see `gatekeeper.py`).
    """
    told = threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: told.set())
    told.wait()
    closing.set()
    _wait_until(lambda: not _is_working(demo), ANSWER_TIMEOUT)
    _wait_until(lambda: not _undelivered(demo), FETCH_TIMEOUT)
    if demo.server:
        # Pages that are open hold a connection each.
        demo.server.config.timeout_graceful_shutdown = CONNECTION_TIMEOUT
    demo.close(verbose=False)


def _is_working(demo: gr.Blocks) -> bool:
    queue = demo._queue
    return len(queue) > 0 or any(queue.active_jobs)


def _undelivered(demo: gr.Blocks) -> bool:
    return any(demo._queue.pending_event_ids_session.values())


def _wait_until(is_done, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and not is_done():
        time.sleep(0.02)
