"""Requests whose client waits for the answer itself, as those to the API do.

Gradio's own clients ask, then listen for messages in a session. Here the same queue decides which
request runs next, so the places, their number, the fairness, the deadline and the shutdown are
those of the page, but no session and no message are needed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import gradio as gr
from gradio.queueing import Event
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from page.errors import BusyError
from page.server.client_address import client_address
from page.translations import SERVER_BUSY

if TYPE_CHECKING:
    from gradio.block_function import BlockFunction

    from page.server.deadline import LateRequests
    from page.server.fair_queue import FairQueue

T = TypeVar("T")


class DirectRequest(Event, Generic[T]):
    """One of them, in Gradio's queue.

    Args:
        compute: called in a thread, when it is this request's turn.
        place: the page's function whose places the request uses.
        request: the client's.

    Attributes:
        answer: for what `compute` returned or raised; None once it is known. If it stayed here, an
            error would refer to itself through its traceback, and keep the client's image until
            Python's next search for such circles.
        cpu_seconds: the CPU time that it took.
    """

    def __init__(self, compute: Callable[[], T], place: BlockFunction, request: Request) -> None:
        """See the class."""
        super().__init__(None, place, request, None)
        self.alive = False  # Gradio sends no messages about it
        self.answer: asyncio.Future[T] | None = asyncio.get_running_loop().create_future()
        self.cpu_seconds = 0.0
        # None once it is called: Gradio's queue keeps its last event until the next one comes.
        self._compute: Callable[[], T] | None = compute

    def refuse(self, text: str) -> None:
        """Let the client get a `BusyError` with this message, unless it has its answer."""
        self._end(None, BusyError(text))

    async def run(self) -> None:
        """Compute the answer."""
        self._end(*await run_in_threadpool(self._compute_and_count))

    def _end(self, value: T | None, error: Exception | None) -> None:
        answer, self.answer = self.answer, None
        if answer is None or answer.done():  # it was late, and refused; or its client is gone
            return
        if error:
            answer.set_exception(error)
        else:
            answer.set_result(cast(T, value))

    def _compute_and_count(self) -> tuple[T | None, Exception | None]:
        started = time.thread_time()
        compute, self._compute = self._compute, None
        assert compute is not None  # it is called once
        try:
            return compute(), None
        except Exception as error:  # noqa: BLE001  it is raised where the client waits
            return None, error
        finally:
            self.cpu_seconds = time.thread_time() - started


class DirectRequests:
    """Runs direct requests in the queue of a page. All calls are in one event loop.

    Args:
        demo: the page. They use the places of its endpoint `/predict`, which all events that run
            the model share.
        fair: shares the places between the clients.
        late: notes the requests that have passed their deadline.
    """

    def __init__(self, demo: gr.Blocks, fair: FairQueue, late: LateRequests) -> None:
        """Take the place of one method of the queue. Call this after all other patches of it."""
        self._queue, self._fair, self._late = demo._queue, fair, late
        [self._place] = [each for each in demo.fns.values() if each.api_name == "predict"]
        self._queue.create_event_queue_for_fn(self._place)
        self._process_events = self._queue.process_events
        self._queue.process_events = self.process_events  # type: ignore[method-assign, assignment]

    async def run(self, compute: Callable[[], T], request: Request) -> T:
        """What `compute` returns; it runs in a thread, when it is this client's turn.

        Raises:
            BusyError: too many requests wait, or this one has passed its deadline.
        """
        name = self._place.concurrency_id
        if self._late.fill(name) or not self._fair.has_room(client_address(request.scope)):
            raise BusyError(SERVER_BUSY)
        event = DirectRequest(compute, self._place, request)
        answer = cast("asyncio.Future[T]", event.answer)
        self._queue.event_ids_to_events[event._id] = event
        self._queue.event_queue_per_concurrency_id[name].queue.append(event)
        self._fair.start_waiting()
        try:
            return await answer
        finally:
            del answer  # see `DirectRequest`

    async def process_events(
        self, events: list[Event], batch: bool, start: float, place: BlockFunction
    ) -> None:
        """Process an event of any kind, in the place of Gradio's function."""
        event = events[0]
        if not isinstance(event, DirectRequest):
            await self._process_events(events, batch, start, place)
            return
        try:
            await self._late.run(event.run(), event._id)
        finally:
            self._fair.usage.add(client_address(event.request.scope), event.cpu_seconds)
            self._free_place(events, start)
            self._fair.start_waiting()

    def _free_place(self, events: list[Event], start: float) -> None:
        """What Gradio's function does at its end (gradio 6.31)."""
        [event] = events
        queue = self._queue.event_queue_per_concurrency_id[event.concurrency_id]
        queue.current_concurrency -= 1
        starts = queue.start_times_per_fn[event.fn]
        starts.discard(start)
        if not starts:
            del queue.start_times_per_fn[event.fn]
        self._queue.active_jobs[self._queue.active_jobs.index(events)] = None
        self._queue.event_ids_to_events.pop(event._id, None)
