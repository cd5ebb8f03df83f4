"""Ends the server after SIGTERM or Ctrl-C: refuses new POST requests, answers the accepted ones.

While the page is loaded, a signal ends the process at once. While Gradio launches it, requests may
already arrive, so the signal waits until the launch is over: usually less than a second.
`SHUTDOWN_TIMEOUT` after the signal the process ends in any case.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from page import limits

if TYPE_CHECKING:
    import gradio as gr

_log = logging.getLogger("sketchdigits")


# The signals that have come. A handler runs in the main thread between any two steps, so it may
# take no lock that this thread could hold: not that of a `threading.Event` for which it waits.
_signals: list[int] = []


def end_at_signal() -> None:
    """Let SIGTERM and Ctrl-C end the process with status 0. Call this before the slow imports.

    As the first process of a container it would otherwise ignore SIGTERM.
    """
    _handle_signals(_exit)


def note_signals() -> None:
    """Let SIGTERM and Ctrl-C only be noted, for `serve_until_signal`."""
    _handle_signals(_note)


def serve_until_signal(demo: gr.Blocks, closing: threading.Event) -> None:
    """Wait for a signal, set `closing`, wait until the accepted requests are answered, and close.

    Gradio has no public way to list unfinished requests, so this reads the queue's private
    attributes (gradio 6.31).

    Args:
        demo: launched with `prevent_thread_lock`, after `note_signals()`.
        closing: tells the middleware and `/readyz` (see request_limits.py and health.py).
    """
    # Linux may give the signal to any thread, such as one that just starts another one. Python runs
    # the handler in this thread, and only once it wakes up.
    while not _signals:
        time.sleep(limits.SIGNAL_POLL_INTERVAL)
    closing.set()
    _wait_until(lambda: not _is_working(demo), limits.ANSWER_TIMEOUT)
    if _is_working(demo):
        _log.error("Closing, although some requests were not answered.")
    _wait_until(lambda: not _has_unfetched_answers(demo), limits.FETCH_TIMEOUT)
    if demo.server:
        demo.server.config.timeout_graceful_shutdown = limits.CONNECTION_TIMEOUT
    demo.close(verbose=False)


def end_process_in_time() -> None:
    """Let the process end with status 1 after `SHUTDOWN_TIMEOUT`, if it still runs then.

    Gradio and Python wait for all threads, and a thread can't be ended from outside. faulthandler
    watches the time in a thread that needs no lock of Python's, so no other thread can delay it.
    It would first print where each thread is, and wait if nobody reads that: so into nothing.
    """
    nothing = os.open(os.devnull, os.O_WRONLY)
    faulthandler.dump_traceback_later(limits.SHUTDOWN_TIMEOUT, exit=True, file=nothing)


def _handle_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, handler)


def _note(kind: int, _: FrameType | None) -> None:
    if not _signals:  # a second signal gives no more time
        end_process_in_time()
    _signals.append(kind)


def _exit(kind: int, frame: FrameType | None) -> None:
    # Python ignores an exception in a `__del__`. The note then ends the process after its launch.
    _note(kind, frame)
    raise SystemExit(0)


def _is_working(demo: gr.Blocks) -> bool:
    queue = demo._queue
    return len(queue) > 0 or any(queue.active_jobs)


def _has_unfetched_answers(demo: gr.Blocks) -> bool:
    return any(demo._queue.pending_event_ids_session.values())


def _wait_until(is_done: Callable[[], bool], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and not is_done():
        time.sleep(limits.SHUTDOWN_POLL_INTERVAL)
