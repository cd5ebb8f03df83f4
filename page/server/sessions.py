"""Patches of Gradio's sessions: less memory for each, limits on unread messages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import state_holder

from page import limits
from page.translations import SESSION_HASH_TOO_LONG, UNREAD_ANSWERS


class SmallSession(state_holder.SessionState):
    """Gradio's session, without its copy of the components' settings and values.

    Gradio 6.31 makes this copy for each new session (over the API, each request is one), and
    updates it with every value. That took a fifth of the server's time. Only deep links need the
    copy, and they are closed here (see request_limits.py).
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        """Same as Gradio's, for a page without components."""
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


def keep_sessions_small() -> None:
    """Make Gradio create a `SmallSession` for each new session."""
    state_holder.SessionState = SmallSession  # type: ignore[misc]


def limit_sessions(demo: gr.Blocks) -> None:
    """Let the queue refuse long session names, and sessions with many unread messages.

    Clients choose their session's name (`session_hash`). Gradio 6.31 keeps the name, and every
    message of the session until a client reads it, without a limit. Call this after
    `demo.queue(...)`.
    """
    queue = demo._queue
    push = queue.push

    async def push_within_limits(body: Any, request: Any, username: str | None) -> Any:
        name = body.session_hash or ""
        body.session_hash = name or None  # Gradio loses the answer of a session named ""
        if len(name) > limits.MAX_SESSION_HASH_LENGTH:
            message = SESSION_HASH_TOO_LONG.format(limit=limits.MAX_SESSION_HASH_LENGTH)
            return False, message, "validator_error"
        messages = queue.pending_messages_per_session.get(name)
        if messages is not None and messages.qsize() > limits.MAX_UNREAD_MESSAGES:
            return False, UNREAD_ANSWERS, "validator_error"
        return await push(body=body, request=request, username=username)

    queue.push = push_within_limits  # type: ignore[method-assign]
