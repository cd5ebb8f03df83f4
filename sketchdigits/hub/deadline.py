"""A time limit for any call, such as a request to a Hub that hangs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")

# The name of the threads in which calls run.
THREAD_NAME = "sketchdigits-hub"


class DeadlineError(Exception):
    """The call did not end within its time limit."""


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return what `call()` returns, or raise what it raises.

    After the time limit the call goes on in a daemon thread, which doesn't keep the process alive.

    Raises:
        DeadlineError: the call did not end within `seconds`.
    """
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  raised again in the caller's thread
            future.set_exception(error)

    Thread(target=run, daemon=True, name=THREAD_NAME).start()
    try:
        return future.result(seconds)
    except TimeoutError as error:
        if future.done():  # the call's own TimeoutError
            raise
        raise DeadlineError(f"still waiting after {seconds:g} s") from error
