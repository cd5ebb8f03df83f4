"""Memory for the bodies of POST requests: while they arrive, and of the API until their answer.

A client may open many requests, each with a drawing of a megabyte, and leave them unfinished until
the server's patience ends. What the bodies of one address may become, according to their headers,
has a limit of its own. The room that all share is taken only by bytes that have arrived: who claims
much and sends nothing takes none. If it is full, an unfinished body of the address that holds the
most is given up. (Uploads go to the disk, and have a room of their own.)
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import Message, Receive

from page import limits


class NoRoomError(Exception):
    """There is no room for a body; or no longer, because its address held the most."""


class Body:
    """One body that arrives. All calls are in one event loop.

    Args:
        room: counts its bytes.
        address: its client's.
        copies: how many times each byte is held.

    Attributes:
        bytes: the memory that it takes.
        complete: whether all of it has arrived.
    """

    def __init__(self, room: BodyRoom, address: str, copies: int) -> None:
        """See the class."""
        self.address = address
        self.bytes = 0
        self.complete = False
        self._room, self._copies = room, copies
        self._is_given_up = False
        self._timer: asyncio.Timeout | None = None

    async def receive(self, receive: Receive, deadline: float) -> Message:
        """The next message of the body, for whose bytes there is room.

        Raises:
            NoRoomError: there is none, also while the message was awaited.
            TimeoutError: the message didn't arrive before the deadline, in the loop's time.
        """
        if self._is_given_up:
            raise NoRoomError
        try:
            async with asyncio.timeout_at(deadline) as self._timer:
                message = await receive()
        except TimeoutError:
            if self._is_given_up:
                raise NoRoomError from None
            raise
        finally:
            self._timer = None
        self._room.take(self, len(message.get("body", b"")) * self._copies)
        self.complete = not message.get("more_body", False)
        return message

    def give_up(self) -> None:
        """Let `receive` fail, at once if it waits."""
        self._is_given_up = True
        if self._timer:
            self._timer.reschedule(asyncio.get_running_loop().time())


async def receive_in_time(receive: Receive, deadline: float) -> Message:
    """The next message of a body that takes no memory.

    Raises:
        TimeoutError: it didn't arrive before the deadline, in the loop's time.
    """
    async with asyncio.timeout_at(deadline):
        return await receive()


class BodyRoom:
    """Counts the bytes of the bodies, of all clients and of each address.

    Args:
        most: bytes of all that have arrived; default: `MAX_BODY_BYTES`.
        most_of_address: bytes that those of one address may become; default:
            `MAX_BODY_BYTES_PER_ADDRESS`.
    """

    def __init__(self, most: int | None = None, most_of_address: int | None = None) -> None:
        """Start without any."""
        self._most = most or limits.MAX_BODY_BYTES
        self._most_of_address = most_of_address or limits.MAX_BODY_BYTES_PER_ADDRESS
        self._claimed: Counter[str] = Counter()
        self._bodies: set[Body] = set()

    @contextmanager
    def reserved(self, address: str, size: int, copies: int = 1) -> Iterator[Body | None]:
        """Reserve `size` bytes of an address's room, until the block ends.

        Yields:
            a body of at most `size` bytes, each held `copies` times; None if there is no room.
        """
        size *= copies
        if self._claimed[address] + size > self._most_of_address:
            if not self._claimed[address]:
                del self._claimed[address]
            yield None
            return
        self._claimed[address] += size
        body = Body(self, address, copies)
        self._bodies.add(body)
        try:
            yield body
        finally:
            self._bodies.discard(body)
            self._claimed[address] -= size
            if not self._claimed[address]:
                del self._claimed[address]

    def take(self, body: Body, size: int) -> None:
        """Take room for bytes of a body that have arrived.

        Raises:
            NoRoomError: its address holds the most, or all others are complete.
        """
        if sum(each.bytes for each in self._bodies) + size > self._most:
            self._make_room(body, size)
        body.bytes += size

    def _make_room(self, body: Body, size: int) -> None:
        """Give up unfinished bodies of the addresses that hold more than the one of `body`."""
        held: Counter[str] = Counter()
        for each in self._bodies:
            held[each.address] += each.bytes
        while held.total() + size > self._most:
            unfinished = [each for each in self._bodies if each.bytes and not each.complete]
            if not unfinished:
                raise NoRoomError
            heaviest = max(unfinished, key=lambda each: (held[each.address], each.bytes))
            if held[heaviest.address] <= held[body.address] + size:
                raise NoRoomError
            held[heaviest.address] -= heaviest.bytes
            self._bodies.discard(heaviest)
            heaviest.give_up()
