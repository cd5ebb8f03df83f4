"""Which waiting request runs next: that of the client who used the least CPU time lately.

Gradio 6.31 runs requests in the order in which they came. A few clients who ask for the most
expensive images again and again would make all others wait for half a minute, or fill the queue. So

- a place that gets free goes to the client who used the least CPU time lately;
- while other clients hold all places, there are two extra places, for small requests of clients of
  whom none took long lately. Nobody knows how long the first request of a new client takes. So at
  most one of these runs there: clients who are known need not wait for an expensive request;
- if the queue is full, a client who has no waiting request still gets one into it.

Requests start at once if there is a place, or as soon as one is free. (Gradio looks for them every
millisecond, which takes 5 % of a core for ever, and slows the requests that run.)

A client is an address, or for IPv6 a network (see `client_address.py`).
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakSet

import gradio as gr
from gradio.queueing import Event, EventQueue
from gradio.utils import set_task_name
from starlette.datastructures import Headers

from page import limits
from page.server.client_address import client_address
from page.translations import SERVER_BUSY

# Counts CPU seconds for the client of the current request.
_count: ContextVar[Callable[[float], None]] = ContextVar("count", default=lambda _: None)


def share_queue(demo: gr.Blocks) -> FairQueue:
    """Let the page's queue share its places between the clients. Call this after `demo.queue(...)`.

    The queue's `max_size` must be `MAX_QUEUE_SIZE + MAX_RESERVED_QUEUE_SIZE`.
    """
    for function in demo.fns.values():
        if function.fn:
            function.fn = metered(function.fn)
    return FairQueue(demo)


def metered(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, which counts the CPU time of its thread for the client who asks.

    It counts before the place is free: else the client's next request would pass for its first one.
    """

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        started = time.thread_time()
        try:
            return function(*arguments, **options)
        finally:
            _count.get()(time.thread_time() - started)

    return call


class _Noted(NamedTuple):
    """What is known of a client: CPU seconds in all and of the longest request; when it was so."""

    seconds: float
    longest: float
    when: float


class ClientUsage:
    """The CPU time that each client used lately: it counts half after `USAGE_HALF_LIFE`.

    All methods may be called from any thread.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._noted: OrderedDict[str, _Noted] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, client: str) -> float:
        """The seconds that this client used lately."""
        noted = self._now(client)
        return noted.seconds if noted else 0.0

    def longest(self, client: str) -> float | None:
        """The seconds of this client's longest request lately; None for an unknown client."""
        noted = self._now(client)
        return noted.longest if noted else None

    def add(self, client: str, seconds: float) -> None:
        """Count what a request of a client has used just now."""
        with self._lock:
            noted = self._now(client) or _Noted(0.0, 0.0, 0.0)
            longest = max(noted.longest, seconds)
            self._noted[client] = _Noted(noted.seconds + seconds, longest, time.monotonic())
            self._noted.move_to_end(client)
            if len(self._noted) > limits.MAX_KNOWN_CLIENTS:
                self._noted.popitem(last=False)

    def _now(self, client: str) -> _Noted | None:
        noted = self._noted.get(client)
        if noted is None:
            return None
        now = time.monotonic()
        rest = 0.5 ** ((now - noted.when) / limits.USAGE_HALF_LIFE)
        return _Noted(noted.seconds * rest, noted.longest * rest, now)


class FairQueue:
    """Chooses the next request in place of Gradio's queue. All calls are in one event loop.

    Args:
        demo: the page, with its queue.
    """

    def __init__(self, demo: gr.Blocks) -> None:
        """Take the place of three methods of the queue, and let it look less often."""
        self.usage = ClientUsage()
        self._queue = demo._queue
        self._clients: WeakKeyDictionary[Event, str] = WeakKeyDictionary()
        self._first_of_new: WeakSet[Event] = WeakSet()  # those that got an extra place
        self._running: set[asyncio.Task[None]] = set()  # asyncio itself keeps no reference
        queue = demo._queue
        self._push, self._get_events = queue.push, queue.get_events
        self._process_events = queue.process_events
        queue.push = self.push  # type: ignore[method-assign]
        queue.get_events = self.get_events  # type: ignore[method-assign]
        queue.process_events = self.process_events  # type: ignore[method-assign, assignment]
        queue.sleep_when_free = limits.QUEUE_POLL_INTERVAL
        queue.progress_update_sleep_when_free = limits.QUEUE_POLL_INTERVAL

    async def push(self, body: Any, request: Any, username: str | None) -> Any:
        """Let a request wait, if there is room."""
        if not self.has_room(client_address(request.scope)):
            return False, SERVER_BUSY, "queue_full"
        answer = await self._push(body=body, request=request, username=username)
        self.start_waiting()
        return answer

    def has_room(self, client: str) -> bool:
        """Whether a request of this client may wait; in a full queue only one of each client."""
        if len(self._queue) < limits.MAX_QUEUE_SIZE:
            return True
        queues = self._queue.event_queue_per_concurrency_id.values()
        waiting = (event for each in queues for event in each.queue)
        most = limits.MAX_QUEUE_SIZE + limits.MAX_RESERVED_QUEUE_SIZE
        return len(self._queue) < most and all(self._client(event) != client for event in waiting)

    def start_waiting(self) -> None:
        """Start the requests for which there is a place, as Gradio's loop does (gradio 6.31)."""
        queue = self._queue
        while len(queue) and None in queue.active_jobs and (taken := queue.get_events()):
            events, batch, name = taken
            place, start = events[0].fn, time.time()
            queue.active_jobs[queue.active_jobs.index(None)] = events
            places = queue.event_queue_per_concurrency_id[name]
            places.current_concurrency += 1
            places.start_times_per_fn[place].add(start)
            for event in events:
                if noted := queue.event_analytics.get(event._id):
                    noted["status"] = "processing"
            # In a new context: the current one is of another request.
            task = asyncio.get_running_loop().create_task(
                queue.process_events(events, batch, start, place), context=contextvars.Context()
            )
            set_task_name(task, events[0].session_hash, place._id, events[0]._id, batch)
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            if places.queue and queue.live_updates:
                queue.broadcast_estimations(name)

    def get_events(self) -> tuple[list[Event], bool, str] | None:
        """Take a request for which there is a place."""
        used = self._used_with_running()
        for each in self._queue.event_queue_per_concurrency_id.values():
            # Gradio takes the first one, if a place is free.
            if len(each.queue) > 1 and _free_places(each) > 0:
                chosen = self._lightest(each.queue, used)
                each.queue.remove(chosen)
                each.queue.insert(0, chosen)
        return self._get_events() or self._take_for_extra_place(used)

    async def process_events(self, events: list[Event], *arguments: Any) -> None:
        """Process a request, and count the CPU time for its client."""
        client = self._client(events[0])
        # The threads of this request have a copy of this context.
        _count.set(functools.partial(self.usage.add, client))
        try:
            await self._process_events(events, *arguments)
        finally:
            self.start_waiting()

    def _take_for_extra_place(
        self, used: Callable[[str], float]
    ) -> tuple[list[Event], bool, str] | None:
        running = [event for job in self._queue.active_jobs for event in job or ()]
        may_be_new = not any(event in self._first_of_new for event in running)
        for name, each in self._queue.event_queue_per_concurrency_id.items():
            if each.queue and -limits.MAX_EXTRA_READS < _free_places(each) <= 0:
                light = [event for event in each.queue if self._is_light(event, used, may_be_new)]
                if light:
                    chosen = self._lightest(light, used)
                    each.queue.remove(chosen)
                    if self.usage.longest(self._client(chosen)) is None:
                        self._first_of_new.add(chosen)
                    return [chosen], False, name
        return None

    def _is_light(self, event: Event, used: Callable[[str], float], may_be_new: bool) -> bool:
        """Whether a request is small, and no other one of its client runs or took long lately."""
        client = self._client(event)
        longest = self.usage.longest(client)
        runs = used(client) >= self.usage.of(client) + limits.RUNNING_USAGE
        if runs or not _is_small(event):
            return False
        return may_be_new if longest is None else longest < limits.MAX_LIGHT_REQUEST

    def _lightest(self, waiting: list[Event], used: Callable[[str], float]) -> Event:
        """The first request of the client who used the least."""
        first_of: dict[str, Event] = {}
        for event in waiting:
            first_of.setdefault(self._client(event), event)
        return first_of[min(first_of, key=used)]

    def _used_with_running(self) -> Callable[[str], float]:
        """The CPU time of a client, in which each request that runs counts `RUNNING_USAGE`."""
        jobs = filter(None, self._queue.active_jobs)
        running = Counter(self._client(event) for events in jobs for event in events)
        return lambda client: self.usage.of(client) + running[client] * limits.RUNNING_USAGE

    def _client(self, event: Event) -> str:
        client = self._clients.get(event)
        if client is None:
            client = self._clients[event] = client_address(event.request.scope)
        return client


def _free_places(queue: EventQueue) -> float:
    """How many more of these requests may run; -1 if one runs in an extra place."""
    if queue.concurrency_limit is None:
        return float("inf")
    return queue.concurrency_limit - queue.current_concurrency


def _is_small(event: Event) -> bool:
    """Whether the request has a small body, and names no uploaded file."""
    if event.data and any(isinstance(value, dict) for value in event.data.data):
        return False
    length = Headers(scope=event.request.scope).get("content-length", "")
    return length.isdigit() and len(length) < 10 and int(length) <= limits.MAX_LIGHT_BODY
