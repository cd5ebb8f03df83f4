"""A time limit for calls that have none of their own, such as a request to a Hub that hangs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Answer = TypeVar("Answer")


# Of the threads that calls run in.
THREAD_NAME = "sketchdigits-hub"


class DeadlineError(Exception):
    """The call had not ended when its time was up."""


def within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """`call()`'s answer or exception, or `DeadlineError` after that many seconds.

    A call that is given up goes on in a daemon thread, which doesn't hold the process at its end.
    """
    future: Future[Answer] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  it is raised in the caller's thread
            future.set_exception(error)

    Thread(target=run, daemon=True, name=THREAD_NAME).start()
    try:
        return future.result(seconds)
    except TimeoutError as error:
        if future.done():  # the call's own TimeoutError
            raise
        raise DeadlineError(f"still waiting after {seconds:g} s") from error
