"""Whose request runs next: each address in its turn, whatever number of requests it has sent."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from page import limits
from page.errors import BusyError


class Turns:
    """Requests that run and requests that wait. All calls are in one event loop.

    Args:
        at_once: how many run at the same time.
    """

    def __init__(self, at_once: int) -> None:
        """Start with none."""
        self._free = at_once
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._count = 0

    async def begin(self, address: str) -> None:
        """Wait until a request from this address may run. Call `end` when it has ended.

        Raises:
            BusyError: `MAX_QUEUE_SIZE` requests wait already, or `MAX_WAITING_PER_ADDRESS` of this
                address.
        """
        if self._free:
            self._free -= 1
            return
        waiting = self._waiting.get(address, deque())
        if self._count >= limits.MAX_QUEUE_SIZE or len(waiting) >= limits.MAX_WAITING_PER_ADDRESS:
            raise BusyError
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        self._waiting[address] = waiting
        self._count += 1
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._remove(address, turn)
            else:  # its turn came at the same moment
                self.end()
            raise

    def end(self) -> None:
        """End a request that ran, and let the next address run one."""
        if not self._waiting:
            self._free += 1
            return
        address = next(iter(self._waiting))
        turn = self._waiting[address][0]
        self._waiting.move_to_end(address)
        self._remove(address, turn)
        if turn.cancelled():
            self.end()
        else:
            turn.set_result(None)

    def _remove(self, address: str, turn: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(address, deque())
        if turn in waiting:
            waiting.remove(turn)
            self._count -= 1
            if not waiting:
                del self._waiting[address]
