"""Bodies that arrive at the same time share a limit on their memory, and each address has one."""

import asyncio
import threading
from contextlib import ExitStack

import pytest

from page import limits
from page.server.body_room import Body, BodyRoom, NoRoomError
from page.server.request_limits import RequestLimits
from page.translations import SERVER_BUSY
from tests.support.asgi_client import Sender, count_bytes, run, scope_of

JOIN = "/gradio_api/queue/join"
DRAWING_BYTES = 1_000_000


def test_each_address_has_a_room_that_is_given_back():
    room = BodyRoom()
    most = limits.MAX_BODY_BYTES_PER_ADDRESS
    with room.reserved("a", most) as first, room.reserved("a", 1) as second:
        assert first
        assert second is None
        with room.reserved("b", most // 2, copies=2) as other:
            assert other
        with room.reserved("b", most, copies=2) as too_much:
            assert too_much is None
    with pytest.raises(ZeroDivisionError), room.reserved("a", most):
        1 / 0  # noqa: B018
    with room.reserved("a", most) as again:
        assert again
    assert not room._claimed
    assert not room._bodies


def test_bytes_that_have_arrived_share_a_room_and_the_heaviest_address_gives_way():
    room = BodyRoom(11)
    with ExitStack() as stack:

        def begin(address: str, size: int) -> Body:
            body = stack.enter_context(room.reserved(address, 100))
            assert body
            room.take(body, size)
            return body

        small, done, large = begin("a", 2), begin("b", 4), begin("c", 4)
        done.complete = True  # it can't give way
        with pytest.raises(NoRoomError):  # "c" would hold the most itself
            room.take(large, 2)
        room.take(small, 1)
        with pytest.raises(NoRoomError):  # no other address holds more than "a" would
            room.take(small, 1)
        new = begin("d", 2)
        assert (large._is_given_up, small._is_given_up, done._is_given_up) == (True, False, False)
        assert sum(body.bytes for body in room._bodies) == small.bytes + done.bytes + new.bytes == 9


def test_addresses_that_claim_all_or_hold_all_and_send_no_more_keep_nobody_out(monkeypatch):
    """Without the limit on time, which is shorter: whoever holds the most gets 503 at once."""
    monkeypatch.setattr(limits, "BODY_TIMEOUT", 600.0)
    size = limits.MAX_UPLOAD_BYTES
    headers = [(b"content-length", b"%d" % size)]

    async def send_many():
        middleware = RequestLimits(count_bytes, threading.Event())

        async def post(sender, address):
            scope = scope_of("POST", "/api/predict", headers=headers) | {"client": (address, 1)}
            await middleware(scope, sender.receive, sender.send)
            return sender.answer

        def begin(held):
            return [
                asyncio.create_task(post(Sender(held, ends=False), f"192.0.2.{address}"))
                for address in (1, 2, 3)
                for _ in range(2)
            ]

        claiming = begin(1)
        await asyncio.sleep(0)
        assert await post(Sender(size), "192.0.2.9") == (200, str(size))
        for task in claiming:
            task.cancel()
        await asyncio.wait(claiming)
        holding = begin(size - 1)
        while sum(body.bytes for body in middleware.images._bodies) < 6 * (size - 1):
            await asyncio.sleep(0.01)
        assert await post(Sender(size), "192.0.2.9") == (200, str(size))
        done, waiting = await asyncio.wait(holding, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result() for task in done] == [(503, SERVER_BUSY)]
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)

    run(send_many())


@pytest.mark.parametrize("is_claimed", [True, False])
def test_unfinished_drawings_of_one_address_keep_no_other_address_out(is_claimed):
    """They are all refused at the end, when they have taken too long."""

    async def send_many():
        middleware = RequestLimits(count_bytes, threading.Event())
        headers = [(b"content-length", b"%d" % DRAWING_BYTES)] if is_claimed else []

        async def post(sender, address):
            scope = scope_of("POST", JOIN, headers=headers) | {"client": (address, 1)}
            await middleware(scope, sender.receive, sender.send)
            return sender.answer

        stuck = [Sender(DRAWING_BYTES - 1, ends=False) for _ in range(20)]
        tasks = [asyncio.create_task(post(sender, "192.0.2.1")) for sender in stuck]
        await asyncio.sleep(0)  # each begins
        assert await post(Sender(DRAWING_BYTES), "192.0.2.1") == (503, SERVER_BUSY)
        assert await post(Sender(DRAWING_BYTES), "192.0.2.2") == (200, str(DRAWING_BYTES))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert await post(Sender(DRAWING_BYTES), "192.0.2.1") == (200, str(DRAWING_BYTES))

    run(send_many())


@pytest.mark.parametrize(
    ("kind", "most"), [(b"image/png", 2), (b"multipart/form-data", 2), (b"application/json", 1)]
)
def test_images_for_the_api_have_a_room_of_their_own(kind, most):
    """For the largest image there is room in each form. In JSON, it takes twice its size."""
    size = limits.MAX_UPLOAD_BYTES + limits.MAX_FORM_BYTES
    headers = [(b"content-type", kind), (b"content-length", b"%d" % size)]

    async def send_many():
        middleware = RequestLimits(count_bytes, threading.Event())

        async def post(sender, address):
            scope = scope_of("POST", "/api/predict", headers=headers) | {"client": (address, 1)}
            await middleware(scope, sender.receive, sender.send)
            return sender.answer

        stuck = [Sender(1, ends=False) for _ in range(most)]
        tasks = [asyncio.create_task(post(sender, "192.0.2.1")) for sender in stuck]
        await asyncio.sleep(0)  # each begins
        assert await post(Sender(size), "192.0.2.1") == (503, SERVER_BUSY)
        assert await post(Sender(size), "192.0.2.2") == (200, str(size))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(send_many())
