"""A deadline for each prediction request that runs: its client gets an error in time.

A thread can't be ended from outside. So a late request keeps its place among those that run until
its thread has ended, and `/readyz` says that the server is not ready until then. If all places are
taken by late requests, those that wait, and new ones, get "busy".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import gradio as gr
from gradio import route_utils
from gradio.queueing import Event, EventQueue
from gradio.server_messages import ProcessCompletedMessage

from page import limits
from page.errors import Refusal
from page.server.direct_requests import DirectRequest
from page.server.error_responses import describe_error
from page.translations import QUESTION_TOO_SLOW, SERVER_BUSY

_log = logging.getLogger("sketchdigits")


def set_deadline(demo: gr.Blocks) -> LateRequests:
    """Let the queue answer each request within `PREDICTION_TIMEOUT`, with an error if need be.

    Gradio 6.31 waits for ever. Call this after `demo.queue(...)`. Returns what `/readyz` asks.
    """
    late = LateRequests(demo)
    call, push = route_utils.call_process_api, demo._queue.push

    async def call_within_deadline(**options: Any) -> Any:
        return await late.run(call(**options), getattr(options["body"], "event_id", None))

    async def push_unless_stuck(body: Any, request: Any, username: str | None) -> Any:
        function = demo.fns.get(body.fn_index)
        if function and late.fill(function.concurrency_id):
            return False, SERVER_BUSY, "queue_full"
        return await push(body=body, request=request, username=username)

    route_utils.call_process_api = call_within_deadline  # type: ignore[assignment]
    demo._queue.push = push_unless_stuck  # type: ignore[method-assign]
    return late


class LateRequests:
    """The requests that have passed their deadline and still run. All calls are in one event loop.

    Args:
        demo: the page, with its queue.
    """

    def __init__(self, demo: gr.Blocks) -> None:
        """Start with none."""
        self._queue = demo._queue
        self._late: dict[asyncio.Task[Any], str] = {}  # task -> the name of its queue

    def exist(self) -> bool:
        """Whether there are any."""
        return bool(self._late)

    def fill(self, concurrency_id: str) -> bool:
        """Whether late requests take all places of the queue of this name."""
        queue = self._queue.event_queue_per_concurrency_id.get(concurrency_id)
        if queue is None or queue.concurrency_limit is None:
            return False
        return list(self._late.values()).count(concurrency_id) >= queue.concurrency_limit

    async def run(self, call: Coroutine[Any, Any, Any], event_id: str | None) -> Any:
        """Process a request to its end, also if its client cancels it; return its result.

        If Gradio's own task ended at once, the thread would go on, and another request could start
        beside it: a client could ask and cancel any number of times (gradio 6.31, anyio 4).
        """
        task = asyncio.ensure_future(call)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(limits.PREDICTION_TIMEOUT, self._refuse, task, event_id)
        was_cancelled = False
        try:
            while not task.done():
                try:
                    await asyncio.wait({task})
                except asyncio.CancelledError:  # when the loop ends, `task` is cancelled too
                    was_cancelled = True
        finally:
            timer.cancel()
            self._late.pop(task, None)
        if was_cancelled:
            if not task.cancelled():
                task.exception()  # asyncio would log an error that nobody asked for
            raise asyncio.CancelledError
        return task.result()

    def _refuse(self, task: asyncio.Task[Any], event_id: str | None) -> None:
        """Answer a request that is late, and those that would wait for its place for ever."""
        _log.error("A request takes longer than %s s.", limits.PREDICTION_TIMEOUT)
        event = self._queue.event_ids_to_events.get(event_id or "")
        self._late[task] = event.concurrency_id if event else ""
        if event:
            self._answer(event, QUESTION_TOO_SLOW)
            if self.fill(event.concurrency_id):
                self._empty(self._queue.event_queue_per_concurrency_id[event.concurrency_id])

    def _empty(self, queue: EventQueue) -> None:
        waiting, queue.queue[:] = queue.queue[:], []
        for event in waiting:
            self._answer(event, SERVER_BUSY)
            self._queue.event_ids_to_events.pop(event._id, None)

    def _answer(self, event: Event, text: str) -> None:
        """Send an error to the event's client, as the last message of the event."""
        if isinstance(event, DirectRequest):
            event.refuse(text)
            return
        output = describe_error(Refusal(text), show_error=False)
        self._queue.send_message(event, ProcessCompletedMessage(output=output, success=False))
        event.alive = False  # Gradio sends nothing more
