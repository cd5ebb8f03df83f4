"""Bodies that arrive at the same time share a limit on their memory, and each address has one."""

import asyncio
import threading

import pytest

from page import limits
from page.server.body_room import BodyRoom
from page.server.request_limits import RequestLimits
from page.translations import SERVER_BUSY
from tests.page.server.test_request_limits import Sender, count_bytes, run, scope_of

JOIN = "/gradio_api/queue/join"
DRAWING_BYTES = 1_000_000


def test_room_is_for_all_and_for_each_address_and_is_given_back():
    room = BodyRoom()
    most = limits.MAX_BODY_BYTES_PER_ADDRESS
    with room.reserved("a", most) as first, room.reserved("a", 1) as second:
        assert (first, second) == (True, False)
        with room.reserved("b", most) as other:
            assert other
    with room.reserved("a", most) as again:
        assert again
    with pytest.raises(ZeroDivisionError), room.reserved("a", most):
        1 / 0  # noqa: B018
    with room.reserved("a", most) as again:
        assert again
    assert not room._of


def test_addresses_together_have_a_limit(monkeypatch):
    monkeypatch.setattr(limits, "MAX_BODY_BYTES", 10)
    room = BodyRoom()
    with room.reserved("a", 6), room.reserved("b", 5) as too_much, room.reserved("c", 4) as fits:
        assert (too_much, fits) == (False, True)


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
