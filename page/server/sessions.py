"""A visitor's session, without what this page never asks of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import state_holder


class SmallSession(state_holder.SessionState):
    """Gradio's, without its copy of the components' settings and values.

    Gradio makes that copy for each new session, which over the API is each question, and keeps it
    up to date; it took a fifth of the server's time (gradio 6.31). It is for deep links, which are
    closed here (see `gatekeeper.py`).
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        """As Gradio's, for a page of no components."""
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


def keep_sessions_small() -> None:
    """Let Gradio make small sessions from now on."""
    state_holder.SessionState = SmallSession  # type: ignore[misc]


# MERGED-DOC
# """What one session may leave with Gradio's queue: a short name, and few answers that nobody hears.
#
# A question names its session as it likes. Gradio 6.31 keeps the name, and every answer until
# somebody listens: those of one session without end.
# """

# Gradio's own names have 36 characters at most.
LONGEST_NAME = 100
# Messages; a question leads to three or four.
MOST_UNHEARD = 200
LONG_NAME = f"A session_hash has at most {LONGEST_NAME} characters. Send a shorter one."
UNHEARD = "Listen to the answers to your earlier questions first, or ask with another session_hash."


def bound_sessions(demo: gr.Blocks) -> None:
    """Let the queue refuse such questions, from now on; after `demo.queue(...)`."""
    queue = demo._queue
    push = queue.push

    async def push_bounded(body: Any, request: Any, username: str | None) -> Any:
        name = body.session_hash or ""
        body.session_hash = name or None  # of an empty one Gradio loses the answer
        if len(name) > LONGEST_NAME:
            return False, LONG_NAME, "validator_error"
        messages = queue.pending_messages_per_session.get(name)
        if messages is not None and messages.qsize() > MOST_UNHEARD:
            return False, UNHEARD, "validator_error"
        return await push(body=body, request=request, username=username)

    queue.push = push_bounded  # type: ignore[method-assign]
