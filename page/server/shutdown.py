"""Ends the server after SIGTERM or Ctrl-C: refuses new POST requests, answers the accepted ones."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import gradio as gr

from page import limits


def serve_until_signal(demo: gr.Blocks, closing: threading.Event) -> None:
    """Wait for a signal, set `closing`, wait until the accepted requests are answered, and close.

    Gradio has no public way to list unfinished requests, so this reads the queue's private
    attributes (gradio 6.31).

    Args:
        demo: launched with `prevent_thread_lock`.
        closing: tells the middleware and `/readyz` (see request_limits.py and health.py).
    """
    stop = threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: stop.set())
    stop.wait()
    closing.set()
    _wait_until(lambda: not _is_working(demo), limits.ANSWER_TIMEOUT)
    _wait_until(lambda: not _has_unfetched_answers(demo), limits.FETCH_TIMEOUT)
    if demo.server:
        demo.server.config.timeout_graceful_shutdown = limits.CONNECTION_TIMEOUT
    demo.close(verbose=False)


def _is_working(demo: gr.Blocks) -> bool:
    queue = demo._queue
    return len(queue) > 0 or any(queue.active_jobs)


def _has_unfetched_answers(demo: gr.Blocks) -> bool:
    return any(demo._queue.pending_event_ids_session.values())


def _wait_until(is_done: Callable[[], bool], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and not is_done():
        time.sleep(limits.SHUTDOWN_POLL_INTERVAL)
