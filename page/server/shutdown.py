"""Ends the server after SIGTERM or Ctrl-C: refuses new POST requests, answers the accepted ones."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import gradio as gr

from page import limits

_log = logging.getLogger("sketchdigits")


def serve_until_signal(demo: gr.Blocks, closing: threading.Event) -> NoReturn:
    """Wait for a signal, set `closing`, wait until the accepted requests are answered, and exit.

    After `SHUTDOWN_TIMEOUT` the process ends, even if a question is stuck in its thread.

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
    threading.Thread(target=_end_late_process, name="shutdown", daemon=True).start()
    _wait_until(lambda: not _is_working(demo), limits.ANSWER_TIMEOUT)
    _wait_until(lambda: not _has_unfetched_answers(demo), limits.FETCH_TIMEOUT)
    if demo.server:
        demo.server.config.timeout_graceful_shutdown = limits.CONNECTION_TIMEOUT
    demo.close(verbose=False)
    # Python itself would also wait for idle threads, and free all memory piece by piece.
    atexit._run_exitfuncs()
    _end_process(0)


def _end_late_process() -> None:
    """End the process at its time limit. Python itself would wait for all threads."""
    time.sleep(limits.SHUTDOWN_TIMEOUT)
    _log.error("A question did not end within %s s. Closing anyway.", limits.SHUTDOWN_TIMEOUT)
    _end_process(1)


def _end_process(status: int) -> NoReturn:
    """End the process at once. The functions of `atexit` are not called."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more, or it is closed
            stream.flush()
    os._exit(status)


def _is_working(demo: gr.Blocks) -> bool:
    queue = demo._queue
    return len(queue) > 0 or any(queue.active_jobs)


def _has_unfetched_answers(demo: gr.Blocks) -> bool:
    return any(demo._queue.pending_event_ids_session.values())


def _wait_until(is_done: Callable[[], bool], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and not is_done():
        time.sleep(limits.SHUTDOWN_POLL_INTERVAL)
