"""Predictions of the API: whose turn it is, the shared places, late ones, and room for bodies."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from gradio.queueing import EventQueue

from page import limits
from page.errors import BusyError, TooSlowError
from page.server.body_room import BodyRoom
from page.server.deadline import MODEL_QUEUE, LateRequests
from page.server.reads import Reads
from page.server.turns import Turns
from tests.page.server.test_request_limits import run


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


def waiting(turns: Turns, addresses: str, begun: list[str]) -> list[asyncio.Task[None]]:
    """A task for each letter, an address: it waits for its turn, and then notes its address."""

    async def begin(address):
        await turns.begin(address)
        begun.append(address)

    return [asyncio.ensure_future(begin(address)) for address in addresses]


def test_each_address_gets_its_turn_whatever_another_has_sent():
    async def crowd():
        turns, begun = Turns(1), []
        waiting(turns, "aaaabbc", begun)
        await settle()
        for _ in range(6):
            turns.end()
            await settle()
        return "".join(begun)

    assert run(crowd()) == "aabcaba"


def test_one_address_waits_at_most_48_times_and_all_64_times(monkeypatch):
    async def crowd():
        turns, begun = Turns(2), []
        await turns.begin("a")
        await turns.begin("a")
        waiting(turns, "a" * limits.MAX_WAITING_PER_ADDRESS, begun)
        await settle()
        with pytest.raises(BusyError):
            await turns.begin("a")
        waiting(turns, "b" * 16, begun)
        await settle()
        with pytest.raises(BusyError):
            await turns.begin("c")
        turns.end()
        await settle()
        assert begun == ["a"]
        [task] = waiting(turns, "c", begun)
        await settle()
        assert not task.done()

    assert (limits.MAX_WAITING_PER_ADDRESS, limits.MAX_QUEUE_SIZE) == (48, 64)
    run(crowd())


def test_request_that_is_cancelled_loses_no_place():
    async def crowd():
        turns, begun = Turns(1), []
        await turns.begin("a")
        first, second, third = waiting(turns, "abc", begun)
        await settle()
        first.cancel()
        await settle()
        turns.end()
        second.cancel()  # its turn has come, but it doesn't know yet
        await settle()
        assert begun == ["c"]
        assert third.done()
        turns.end()
        await asyncio.wait_for(turns.begin("d"), 5)

    run(crowd())


def reads_and_late() -> tuple[Reads, LateRequests]:
    queue = EventQueue(MODEL_QUEUE, limits.MAX_CONCURRENT_READS)
    page: Any = SimpleNamespace(
        _queue=SimpleNamespace(
            event_queue_per_concurrency_id={MODEL_QUEUE: queue}, event_ids_to_events={}
        )
    )
    late = LateRequests(page)
    return Reads(late), late


def test_late_reads_keep_their_places_and_others_get_busy(monkeypatch):
    go_on = threading.Event()

    def stuck(image):
        go_on.wait(60)
        return image

    async def crowd():
        reads, late = reads_and_late()
        monkeypatch.setattr("page.limits.PREDICTION_TIMEOUT", 0.2)
        for _ in range(limits.MAX_CONCURRENT_READS):
            assert not late.fill(MODEL_QUEUE)
            with pytest.raises(TooSlowError):
                await reads.run("a", stuck, b"")
        assert late.exist()
        with pytest.raises(BusyError):
            await reads.run("b", bytes, b"7")
        monkeypatch.setattr("page.limits.PREDICTION_TIMEOUT", 60)
        go_on.set()
        while late.exist():
            await asyncio.sleep(0.01)
        assert await reads.run("b", bytes, b"7") == b"7"

    run(crowd())


def test_reads_wait_for_the_places_that_the_queue_has_taken(monkeypatch):
    async def crowd():
        reads, late = reads_and_late()
        for _ in range(limits.MAX_CONCURRENT_READS):
            await late.places.acquire()
        task = asyncio.ensure_future(reads.run("a", bytes, b"7"))
        await settle()
        assert not task.done()
        late.places.release()
        assert await task == b"7"
        monkeypatch.setattr("page.limits.PREDICTION_TIMEOUT", 0.1)
        await late.places.acquire()
        with pytest.raises(BusyError):
            await reads.run("a", bytes, b"7")
        late.places.release()
        assert await reads.run("a", bytes, b"7") == b"7"

    run(crowd())


def test_error_of_a_read_reaches_its_client_and_frees_the_place():
    async def crowd():
        reads, _ = reads_and_late()
        for _ in range(2 * limits.MAX_CONCURRENT_READS):
            with pytest.raises(ZeroDivisionError):
                await reads.run("a", lambda image: 1 // 0, b"")

    run(crowd())


def test_bodies_share_their_room_and_one_address_gets_half_of_it(monkeypatch):
    monkeypatch.setattr("page.limits.MAX_BODIES_BYTES", 100)
    monkeypatch.setattr("page.limits.MAX_BODIES_BYTES_PER_ADDRESS", 50)
    room = BodyRoom()
    with room.held("a") as hold_a, room.held("b") as hold_b:
        hold_a(50)
        with pytest.raises(BusyError):
            hold_a(1)
        hold_b(50)
        with room.held("c") as hold_c, pytest.raises(BusyError):
            hold_c(1)
    with room.held("a") as hold_a:
        hold_a(50)


def test_largest_body_of_each_form_has_room():
    """In JSON, it is held twice."""
    largest = limits.MAX_UPLOAD_BYTES + limits.MAX_FORM_BYTES
    assert 2 * largest <= limits.MAX_BODIES_BYTES_PER_ADDRESS <= limits.MAX_BODIES_BYTES
