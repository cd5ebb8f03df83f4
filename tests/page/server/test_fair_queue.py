"""The queue's fairness: clients who use much CPU time hold up neither others nor the queue."""

import asyncio
import time
import urllib.error
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, EventQueue

from page import limits
from page.server import fair_queue
from page.server.fair_queue import ClientUsage, share_queue
from tests.page.server.test_queue import DRAWING, running_slow_app
from tests.support.corrections_store import wait_for
from tests.support.event_loops import run_in_thread
from tests.support.plain_http import ask_as_the_page_does, find_page_question

HEAVY, OTHER, LIGHT, NEW = "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"


@pytest.fixture
def clock(monkeypatch):
    """The time of `fair_queue`, which stands still unless a test changes `now`."""
    clock = SimpleNamespace(now=100.0, cpu=0.0)
    faked = SimpleNamespace(
        monotonic=lambda: clock.now, time=lambda: clock.now, thread_time=lambda: clock.cpu
    )
    monkeypatch.setattr(fair_queue, "time", faked)
    return clock


class Page:
    """A page whose queue is not started: tests call its methods."""

    def __init__(self, clock: SimpleNamespace) -> None:
        def read(seconds):
            clock.cpu += seconds

        with gr.Blocks(analytics_enabled=False) as demo:
            number = gr.Number()
            gr.Button().click(read, number, None, concurrency_id="reading", concurrency_limit=2)
        demo.queue(max_size=limits.MAX_QUEUE_SIZE + limits.MAX_RESERVED_QUEUE_SIZE)
        [self.function] = demo.fns.values()
        self.fair = share_queue(demo)
        self.queue = demo._queue
        self.queue.active_jobs = [None] * 40
        self.places = EventQueue("reading", 2)
        self.queue.event_queue_per_concurrency_id["reading"] = self.places

    def wait(self, *addresses: str, size: int = 10_000, value: Any = "a drawing") -> None:
        """Let a request of each address wait, with a body of this size that has this value."""
        headers = [(b"content-length", str(size).encode())]
        for address in addresses:
            request = SimpleNamespace(scope={"client": (address, 1), "headers": headers})
            event = Event(None, self.function, request, None)  # type: ignore[arg-type]
            event.data = PredictBodyInternal(data=[value, False], request=None)
            self.places.queue.append(event)

    def start_next(self) -> str | None:
        """Start a request, as Gradio does; return its address."""
        taken = self.queue.get_events()
        if taken is None:
            return None
        self.queue.active_jobs[self.queue.active_jobs.index(None)] = taken[0]
        self.places.current_concurrency += 1
        return taken[0][0].request.scope["client"][0]

    def end(self, address: str) -> None:
        [job, *_] = [
            job
            for job in self.queue.active_jobs
            if job and job[0].request.scope["client"][0] == address
        ]
        self.queue.active_jobs[self.queue.active_jobs.index(job)] = None
        self.places.current_concurrency -= 1

    def waiting(self) -> list[str]:
        return [event.request.scope["client"][0] for event in self.places.queue]


@pytest.fixture
def page(clock):
    return Page(clock)


def test_free_place_goes_to_the_client_who_used_the_least(page):
    page.fair.usage.add(HEAVY, 3.0)
    page.fair.usage.add(OTHER, 2.0)
    page.wait(HEAVY, HEAVY, OTHER, LIGHT, OTHER)
    assert [page.start_next(), page.start_next()] == [LIGHT, OTHER]
    page.end(LIGHT)
    page.end(OTHER)
    assert [page.start_next(), page.start_next()] == [OTHER, HEAVY]


def test_requests_of_one_client_keep_their_order(page):
    page.wait(*[HEAVY] * 3)
    first, second, third = page.places.queue
    page.start_next()
    page.start_next()
    assert page.queue.active_jobs[:2] == [[first], [second]]
    assert page.places.queue == [third]


def test_client_with_a_running_request_waits_behind_one_without(page):
    page.wait(HEAVY, HEAVY, OTHER)
    assert [page.start_next(), page.start_next()] == [HEAVY, OTHER]
    assert page.waiting() == [HEAVY]


def test_client_who_used_little_gets_one_extra_place_while_others_hold_all(page):
    page.wait(*[HEAVY] * 4)
    assert [page.start_next() for _ in range(3)] == [HEAVY, HEAVY, None]
    page.wait(LIGHT)
    assert page.start_next() == LIGHT
    page.wait(OTHER)
    assert page.start_next() is None
    page.end(LIGHT)
    assert page.start_next() == OTHER


def test_client_of_a_long_request_gets_no_extra_place_until_some_time_has_passed(page, clock):
    page.fair.usage.add(OTHER, 3.6 * limits.MAX_LIGHT_REQUEST)
    page.wait(HEAVY, HEAVY)
    page.start_next()
    page.start_next()
    page.wait(OTHER)
    assert page.start_next() is None
    clock.now += limits.USAGE_HALF_LIFE
    assert page.start_next() is None
    clock.now += limits.USAGE_HALF_LIFE
    assert page.start_next() == OTHER


def test_client_of_many_short_requests_waits_neither_for_heavy_clients_nor_for_a_new_one(page):
    """Who draws one digit after another has used more than a new client, whose request is long."""
    for _ in range(100):
        page.fair.usage.add(OTHER, 0.05)
    page.wait(*[HEAVY] * 3)
    page.start_next()
    page.start_next()
    page.wait(OTHER, LIGHT, NEW)
    assert [page.start_next() for _ in range(3)] == [LIGHT, OTHER, None]
    page.wait(OTHER)
    page.end(OTHER)
    assert page.start_next() == OTHER
    page.end(LIGHT)
    assert page.start_next() == NEW


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(
    "request_", [{"size": 60_001}, {"size": "x"}, {"value": {"path": "photograph.jpg"}}]
)
def test_large_request_or_one_about_an_uploaded_file_gets_no_extra_place(page, is_known, request_):
    if is_known:
        page.fair.usage.add(OTHER, 0.01)
    page.wait(HEAVY, HEAVY)
    page.start_next()
    page.start_next()
    page.wait(OTHER, **request_)
    assert page.start_next() is None
    page.end(HEAVY)
    assert page.start_next() == OTHER


def test_usage_counts_half_after_some_time_and_old_clients_are_forgotten(clock, monkeypatch):
    monkeypatch.setattr(limits, "MAX_KNOWN_CLIENTS", 2)
    usage = ClientUsage()
    usage.add(HEAVY, 4.0)
    clock.now += limits.USAGE_HALF_LIFE
    assert (usage.of(HEAVY), usage.longest(HEAVY), usage.longest(OTHER)) == (2.0, 2.0, None)
    usage.add(OTHER, 1.0)
    usage.add(HEAVY, 1.0)
    assert (usage.of(HEAVY), usage.longest(HEAVY)) == (3.0, 2.0)
    usage.add(LIGHT, 1.0)
    assert (usage.of(OTHER), usage.of(HEAVY)) == (0.0, 3.0)


def test_cpu_time_of_a_function_is_counted_for_its_client(page, monkeypatch):
    """In a thread, as Gradio calls it, and also if the function fails."""

    async def process(events, seconds):
        await asyncio.to_thread(page.function.fn, seconds)
        assert page.fair.usage.of(HEAVY) == 1.5  # before the place is free
        with pytest.raises(TypeError):
            await asyncio.to_thread(page.function.fn, None)

    monkeypatch.setattr(page.fair, "_process_events", process)
    page.wait(HEAVY)
    run_in_thread(page.queue.process_events(page.places.queue, 1.5))
    assert page.fair.usage.of(HEAVY) == 1.5
    assert page.function.fn.__name__ == "read"  # Gradio looks at its name and parameters


def test_requests_start_when_they_come_and_when_a_place_is_free(page, monkeypatch):
    """Without Gradio's loop, which looks only from time to time."""
    page.queue.live_updates = False  # nobody listens
    started, go_on = [], asyncio.Event()
    of_request: ContextVar[str] = ContextVar("of_request", default="")

    async def push(body, request, username):
        address = request.scope["client"][0]
        of_request.set(address)
        page.wait(address)
        return True, "its id", "success"

    async def process(events, *_):
        address = events[0].request.scope["client"][0]
        started.append((address, of_request.get()))
        await go_on.wait()
        page.end(address)

    async def ask():
        for address in (HEAVY, HEAVY, HEAVY, OTHER):
            request = SimpleNamespace(scope={"client": (address, 1), "headers": []})
            assert (await page.queue.push(None, request, None))[0]
        await asyncio.sleep(0)
        # Another client's request has the extra place. None knows what another one's context has.
        assert started == [(HEAVY, ""), (HEAVY, ""), (OTHER, "")]
        assert page.waiting() == [HEAVY]
        go_on.set()
        while page.fair._running:
            await asyncio.wait(page.fair._running)
        assert len(started) == 4

    monkeypatch.setattr(page.fair, "_push", push)
    monkeypatch.setattr(page.fair, "_process_events", process)
    run_in_thread(ask())
    assert page.places.current_concurrency == 0


@pytest.mark.slow
def test_one_client_cannot_keep_the_drawings_of_another_out(tmp_path):
    """The first holds both places, and has filled the queue. The limits still hold for others."""
    with running_slow_app(tmp_path, "uploads") as app:
        question = find_page_question(app.url)

        def ask(address):
            # By default, the server trusts a proxy on its own machine.
            return ask_as_the_page_does(app.url, question, DRAWING, f"of {address}", address)

        for _ in range(2):
            ask(HEAVY)
        wait_for(lambda: app.most_at_once() == 2)
        for _ in range(limits.MAX_QUEUE_SIZE):
            ask(HEAVY)
        with pytest.raises(urllib.error.HTTPError) as caught:
            ask(HEAVY)
        assert caught.value.code == 503
        ask(LIGHT)
        wait_for(lambda: app.most_at_once() == 3)
        ask(OTHER)
        with pytest.raises(urllib.error.HTTPError):
            ask(OTHER)
        time.sleep(0.5)  # time for a fourth request to start, if it could
        assert app.most_at_once() == 3
