"""Where the API's predictions run: at the same places as those of the page and of `/predict`.

Gradio's queue takes three requests for an answer. These requests wait here instead, each for its
own client, and share the places with the queue: one that waits here and one from the queue run in
turn, so neither can keep the other from running.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from page import limits
from page.errors import BusyError, TooSlowError
from page.server.deadline import MODEL_QUEUE, LateRequests
from page.server.turns import Turns

T = TypeVar("T")


class Reads:
    """Runs functions that use the model. All calls but `are_open` are in one event loop.

    Args:
        late: has the places, and notes requests that are late.
    """

    def __init__(self, late: LateRequests) -> None:
        """Start without any."""
        self._late = late
        self._turns = Turns(limits.MAX_CONCURRENT_READS)
        self._open = 0

    def are_open(self) -> bool:
        """Whether requests wait or run."""
        return self._open > 0

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Count a request as open in this context: a shutdown waits for it."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def run(self, address: str, function: Callable[[bytes], T], image: bytes) -> T:
        """`function(image)` in a thread, when a request from this address may run.

        Raises:
            BusyError: too many requests wait, or its turn didn't come within `PREDICTION_TIMEOUT`.
            TooSlowError: it took longer than `PREDICTION_TIMEOUT`. Its thread goes on, and keeps
                its place, until it ends.
        """
        if self._late.fill(MODEL_QUEUE):
            raise BusyError
        try:
            async with asyncio.timeout(limits.PREDICTION_TIMEOUT):
                await self._take_place(address)
        except TimeoutError as error:
            raise BusyError from error
        task = asyncio.ensure_future(run_in_threadpool(function, image))
        task.add_done_callback(self._free_place)
        done, _ = await asyncio.wait({task}, timeout=limits.PREDICTION_TIMEOUT)
        if not done:
            self._late.add(task, MODEL_QUEUE)
            raise TooSlowError
        return task.result()

    async def _take_place(self, address: str) -> None:
        await self._turns.begin(address)
        try:
            await self._late.places.acquire()
        except BaseException:
            self._turns.end()
            raise

    def _free_place(self, task: asyncio.Future[T]) -> None:
        self._late.places.release()
        self._turns.end()
        if not task.cancelled():
            task.exception()  # asyncio would log an error that nobody asked for
