"""A deadline for each question: the client gets an answer, and `/readyz` knows of stuck workers.

A thread can't be ended from outside. It keeps its place among the questions that run, so that stuck
threads can't pile up.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import gradio as gr
from gradio import route_utils
from gradio.server_messages import ProcessCompletedMessage

from page import limits
from page.errors import Refusal
from page.server.error_responses import describe_error
from page.translations import QUESTION_TOO_SLOW


def set_deadline(demo: gr.Blocks) -> None:
    """Let Gradio answer each question within `QUESTION_TIMEOUT`, with an error if need be.

    Gradio 6.31 waits for ever.
    """
    call = route_utils.call_process_api

    async def call_within_deadline(**options: Any) -> Any:
        task = asyncio.ensure_future(call(**options))
        try:
            done, _ = await asyncio.wait({task}, timeout=limits.QUESTION_TIMEOUT)
            if not done:
                _refuse_slow_question(demo, getattr(options["body"], "event_id", None))
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})  # its thread can't be cancelled, and keeps its place
            raise

    route_utils.call_process_api = call_within_deadline  # type: ignore[assignment]


def has_stuck_question(demo: gr.Blocks) -> bool:
    """Whether a question has been running for longer than `QUESTION_TIMEOUT`."""
    started = [
        start
        for queue in list(demo._queue.event_queue_per_concurrency_id.values())
        for starts in list(queue.start_times_per_fn.values())
        for start in list(starts)
    ]
    return bool(started) and time.time() - min(started) > limits.QUESTION_TIMEOUT


def _refuse_slow_question(demo: gr.Blocks, event_id: str | None) -> None:
    event = demo._queue.event_ids_to_events.get(event_id or "")
    if event:
        output = describe_error(Refusal(QUESTION_TOO_SLOW), show_error=False)
        message = ProcessCompletedMessage(output=output, success=False)
        demo._queue.send_message(event, message)
        event.alive = False  # Gradio sends no second answer
