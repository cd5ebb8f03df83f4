"""Time limits for any call: one for the whole call, or one for the time without any progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")

# The name of the threads in which calls run.
THREAD_NAME = "sketchdigits-hub"


class DeadlineError(Exception):
    """The call did not end within its time limit."""


class TooSlowError(DeadlineError):
    """The call made progress all the time, but did not end within its time limit."""


class Progress:
    """Tells `within_silence` that its call goes on, and the call that nobody waits any more."""

    def __init__(self) -> None:
        self.last = time.monotonic()
        self.is_abandoned = False

    def note(self) -> None:
        """Say that something has arrived.

        Raises:
            DeadlineError: the time limit is over; the call should end.
        """
        if self.is_abandoned:
            raise DeadlineError("nobody waits for this call any more")
        self.last = time.monotonic()


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return what `call()` returns, or raise what it raises.

    After the time limit the call goes on in a daemon thread, which doesn't keep the process alive.

    Raises:
        DeadlineError: the call did not end within `seconds`.
    """
    future = _start(call)
    try:
        return future.result(seconds)
    except TimeoutError as error:
        if future.done():  # the call's own TimeoutError
            raise
        raise DeadlineError(f"still waiting after {seconds:g} s") from error


def within_silence(silence: float, total: float, call: Callable[[Progress], Result]) -> Result:
    """Return what `call(progress)` returns, or raise what it raises.

    After a time limit the call goes on in a daemon thread, until its next `progress.note()`.

    Args:
        silence: seconds from one `progress.note()` to the next.
        total: seconds for the whole call.
        call: must call `progress.note()` whenever something arrives.

    Raises:
        DeadlineError: there was no progress for `silence` seconds.
        TooSlowError: there was progress, but the call did not end within `total` seconds.
    """
    progress = Progress()
    end = progress.last + total
    future = _start(lambda: call(progress))
    while True:
        limit = min(end, progress.last + silence)
        try:
            return future.result(max(0.0, limit - time.monotonic()))
        except TimeoutError:
            if future.done():  # the call's own TimeoutError
                raise
        # Something may have arrived in the meantime.
        if limit >= min(end, progress.last + silence):
            progress.is_abandoned = True
            if limit - progress.last < silence / 2:
                raise TooSlowError(f"not complete after {total:g} s")
            raise DeadlineError(f"still waiting after {min(silence, total):g} s")


def _start(call: Callable[[], Result]) -> Future[Result]:
    """Run `call()` in a daemon thread."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  raised again in the caller's thread
            future.set_exception(error)

    Thread(target=run, daemon=True, name=THREAD_NAME).start()
    return future
