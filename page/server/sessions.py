"""Patches of Gradio's sessions: less memory for each, limits on unread messages."""

from __future__ import annotations

import asyncio
import sys
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import queueing, routes, state_holder
from gradio.server_messages import EstimationMessage
from pydantic import BaseModel

from page import limits
from page.translations import SESSION_HASH_TOO_LONG, UNREAD_ANSWERS


class SmallSession(state_holder.SessionState):
    """Gradio's session, without its copy of the components' settings and values.

    Gradio 6.31 makes this copy for each new session (over the API, each request is one), and
    updates it with every value. That took a fifth of the server's time. Only deep links need the
    copy, and they are closed here (see request_limits.py).

    Attributes:
        keep: called once the session has a state to keep; None: it is kept already.
    """

    def __init__(self, blocks: gr.Blocks, keep: Callable[[SmallSession], None] | None = None):
        """Same as Gradio's, for a page without components."""
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]
        self.keep = keep

    def __setitem__(self, key: int, value: Any) -> None:
        """Store a value, and keep the session from the first state on."""
        super().__setitem__(key, value)
        if self.keep and value is not None:
            keep, self.keep = self.keep, None
            keep(self)

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class StatefulSessions(state_holder.StateHolder):
    """Gradio's sessions, of which only those with a state are kept.

    Gradio 6.31 keeps each session that anyone names, and over the API each request has its own:
    220 of them pushed the drawings of all visitors out.
    """

    def __getitem__(self, session_id: str) -> state_holder.SessionState:
        """The session of this name; a new one, if none is kept."""
        if session_id in self.session_data:
            return super().__getitem__(session_id)
        return SmallSession(self.blocks, partial(self._keep, session_id))

    def _keep(self, session_id: str, session: SmallSession) -> None:
        self.session_data[session_id] = session
        super().__getitem__(session_id)  # notes the time, and drops the oldest session


class UnreadMessages(asyncio.Queue[Any]):
    """Gradio's messages for one session that no client has read yet.

    Of the messages about an event's place in the queue, only the last one is kept. Gradio 6.31
    sends one to each waiting event whenever another one leaves the queue: 40 questions of one
    client caused hundreds of messages before it read the first.

    Attributes:
        bytes: the memory that the messages take, about.
    """

    bytes = 0

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._places: dict[str | None, list[Any]] = {}  # event id -> [message, its bytes]

    def _put(self, item: Any) -> None:
        entry = [item, memory_bytes(item)]
        self.bytes += entry[1]
        if isinstance(item, EstimationMessage):
            earlier = self._places.get(item.event_id)
            if earlier:
                self.bytes -= earlier[1]
                earlier[:] = entry
                return
            self._places[item.event_id] = entry
        super()._put(entry)

    def _get(self) -> Any:
        item, size = super()._get()
        self.bytes -= size
        if isinstance(item, EstimationMessage):
            del self._places[item.event_id]
        return item


def memory_bytes(value: Any) -> int:
    """The bytes of a message and of all values in it. Values that occur twice count twice."""
    if isinstance(value, BaseModel):
        value = value.__dict__
    size = sys.getsizeof(value)
    if isinstance(value, dict):
        return size + sum(memory_bytes(key) + memory_bytes(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return size + sum(map(memory_bytes, value))
    return size


def keep_sessions_small() -> None:
    """Make Gradio keep only sessions with a state, and count the bytes of unread messages."""
    state_holder.SessionState = SmallSession  # type: ignore[misc]
    routes.StateHolder = StatefulSessions  # type: ignore[misc]
    queueing.AsyncQueue = UnreadMessages  # type: ignore[misc]


def limit_sessions(demo: gr.Blocks) -> None:
    """Let the queue refuse long session names, and sessions with many unread messages.

    Clients choose their session's name (`session_hash`). Gradio 6.31 keeps the name, and every
    message of the session until a client reads it, without a limit. If the messages of all
    sessions take too much memory, those of the oldest sessions are dropped. A request that waits
    keeps its drawing once, not also the body that it came in. Call this after `demo.queue(...)`.
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
        if isinstance(messages, UnreadMessages) and (
            messages.qsize() > limits.MAX_UNREAD_MESSAGES
            or messages.bytes > limits.MAX_UNREAD_BYTES_PER_SESSION
        ):
            return False, UNREAD_ANSWERS, "queue_full"
        drop_oldest_messages(queue.pending_messages_per_session)
        if hasattr(request, "_body"):  # parsed already; the queue keeps the request until its turn
            del request._body
        return await push(body=body, request=request, username=username)

    queue.push = push_within_limits  # type: ignore[method-assign]


def drop_oldest_messages(unread: OrderedDict[str, Any]) -> None:
    """Drop the messages of the oldest sessions until the rest is within `MAX_UNREAD_BYTES`.

    Args:
        unread: an `UnreadMessages` for each session, the oldest first.
    """
    total = sum(messages.bytes for messages in unread.values())
    while total > limits.MAX_UNREAD_BYTES:
        _, messages = unread.popitem(last=False)
        total -= messages.bytes
