"""Requests whose client waits for the answer itself, in the page's queue, without a server.

Nothing looks from time to time whether a request could start: each starts as soon as it can.
"""

import asyncio
import gc
import threading
import weakref
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import gradio as gr
import pytest

from page import limits
from page.errors import BusyError
from page.server.deadline import LateRequests
from page.server.direct_requests import DirectRequests
from page.server.fair_queue import FairQueue, share_queue
from page.translations import QUESTION_TOO_SLOW, SERVER_BUSY
from sketchdigits import InvalidImageError
from tests.support.asgi_client import run


class Page(NamedTuple):
    """A page whose queue works in this event loop; its functions wait until `go_on` is set."""

    direct: DirectRequests
    fair: FairQueue
    late: LateRequests
    started: list[str]
    go_on: threading.Event

    def ask(self, client: str) -> asyncio.Task[str]:
        def compute() -> str:
            self.started.append(client)
            self.go_on.wait(60)
            return client.upper()

        return asyncio.ensure_future(self.direct.run(compute, request_of(client)))

    async def until_started(self, count: int) -> None:
        while len(self.started) < count:
            await asyncio.sleep(0.01)

    async def until_free(self) -> None:
        """The place of the last request is free a moment after its answer."""
        while self.direct._queue.event_ids_to_events:
            await asyncio.sleep(0.01)

    async def stay_at(self, count: int) -> None:
        """Give another one time to start, if it could."""
        await self.until_started(count)
        await asyncio.sleep(0.2)
        assert len(self.started) == count


def request_of(client: str) -> Any:
    return SimpleNamespace(scope={"client": (client, 1), "headers": [(b"content-length", b"900")]})


@asynccontextmanager
async def working_page():
    with gr.Blocks(analytics_enabled=False) as demo:
        text = gr.Textbox()
        gr.Button().click(str, text, text, api_name="predict", concurrency_id="reading")
    demo.queue(default_concurrency_limit=limits.MAX_CONCURRENT_READS)
    fair, late = share_queue(demo), LateRequests(demo)
    page = Page(DirectRequests(demo, fair, late), fair, late, [], threading.Event())
    # Gradio's loop isn't started: requests start without it.
    demo._queue.active_jobs = [None] * 10
    try:
        yield page
    finally:
        page.go_on.set()


def test_answer_and_error_reach_the_client_and_free_the_place():
    async def ask():
        async with working_page() as page:
            page.go_on.set()
            for _ in range(2 * limits.MAX_CONCURRENT_READS):
                assert await page.ask("a") == "A"
                with pytest.raises(ZeroDivisionError):
                    await page.direct.run(lambda: 1 // 0, request_of("a"))
            queue = page.direct._queue
            await page.until_free()
            assert queue.active_jobs == [None] * 10
            [places] = queue.event_queue_per_concurrency_id.values()
            assert (places.current_concurrency, places.start_times_per_fn) == (0, {})

    run(ask())


class Image:
    """Something that a weak reference may name."""


def refuse(image: Image) -> None:
    raise InvalidImageError(f"{type(image).__name__} is none")


def test_refused_image_is_freed_at_once():
    async def ask():
        async with working_page() as page:
            page.go_on.set()
            image = Image()
            kept = weakref.ref(image)
            with pytest.raises(InvalidImageError):
                await page.direct.run(partial(refuse, image), request_of("a"))
            del image
            await page.until_free()
            await asyncio.sleep(0.01)  # the task that ran it ends
            assert kept() is None

    gc.disable()
    try:
        run(ask())
    finally:
        gc.enable()


def test_cpu_time_of_a_request_is_counted_for_its_client():
    async def ask():
        async with working_page() as page:
            await page.direct.run(lambda: sum(range(300_000)), request_of("a"))
            while not page.fair.usage.of("a"):
                await asyncio.sleep(0.01)
            assert not page.fair.usage.of("b")

    run(ask())


def test_two_requests_run_and_a_client_who_used_hardly_any_gets_the_extra_place():
    async def ask():
        async with working_page() as page:
            tasks = [page.ask("a") for _ in range(5)]
            await page.stay_at(limits.MAX_CONCURRENT_READS)
            tasks.append(page.ask("b"))
            await page.until_started(limits.MAX_CONCURRENT_READS + 1)
            assert page.started[-1] == "b"
            page.go_on.set()
            assert [await task for task in tasks] == ["A"] * 5 + ["B"]

    run(ask())


def test_full_queue_has_room_for_one_request_of_another_client():
    async def ask():
        async with working_page() as page:
            tasks = [page.ask("a") for _ in range(limits.MAX_CONCURRENT_READS)]
            await page.until_started(limits.MAX_CONCURRENT_READS)
            page.fair.usage.add("b", 9.0)
            tasks += [page.ask("a") for _ in range(limits.MAX_QUEUE_SIZE)]
            await asyncio.sleep(0)
            with pytest.raises(BusyError, match=SERVER_BUSY):
                await page.ask("a")
            tasks.append(page.ask("b"))
            await asyncio.sleep(0)
            with pytest.raises(BusyError, match=SERVER_BUSY):
                await page.ask("b")
            page.go_on.set()
            assert (await asyncio.gather(*tasks))[-1] == "B"

    run(ask())


def test_late_requests_keep_their_places_and_others_get_busy(monkeypatch):
    async def ask():
        async with working_page() as page:
            monkeypatch.setattr("page.limits.PREDICTION_TIMEOUT", 0.5)
            stuck = [page.ask("a") for _ in range(limits.MAX_CONCURRENT_READS)]
            waiting = page.ask("a")
            for task in stuck:
                with pytest.raises(BusyError, match=QUESTION_TOO_SLOW):
                    await task
            with pytest.raises(BusyError, match=SERVER_BUSY):
                await waiting
            assert page.late.exist()
            with pytest.raises(BusyError, match=SERVER_BUSY):
                await page.ask("b")
            assert len(page.started) == limits.MAX_CONCURRENT_READS
            monkeypatch.setattr("page.limits.PREDICTION_TIMEOUT", 60)
            page.go_on.set()
            while page.late.exist():
                await asyncio.sleep(0.01)
            assert await page.ask("b") == "B"

    run(ask())
