"""How many requests are open at the same time: in all, and from one address.

Clients may hold a request open for as long as they like. Each open page holds a heartbeat, which
tells Gradio when the page is closed. The page also works without it, so heartbeats beyond their
limits are answered at once: neither they nor one address can take the room of all other requests,
and many visitors behind one address can still use the page. Nor can a few addresses: some room is
left for those that hold little.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from starlette.types import Scope

from page import limits
from page.server.client_address import client_address

HEALTH_PATHS = ("/healthz", "/readyz")
# The server asks itself at its launch, which fails without an answer. It has no other effect.
_STARTUP = "/gradio_api/startup-events"
_HEARTBEAT = re.compile(r"/gradio_api/heartbeat/")


class Room(Enum):
    """Whether there is room for one more request: yes, no, or a heartbeat that isn't needed."""

    YES = 0
    NO = 1
    NO_HEARTBEAT = 2


class OpenRequests:
    """Counts the open requests.

    Those that ask for the health don't count, and always have room; the server's own neither.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._all = 0
        self._heartbeats = 0
        self._of: Counter[str] = Counter()
        self._heartbeats_of: Counter[str] = Counter()

    @contextmanager
    def counted(self, scope: Scope) -> Iterator[Room]:
        """Count a request until the block ends; yields whether there is room for it.

        A request for which there is no room counts too, until it was refused.
        """
        if scope["path"] in (*HEALTH_PATHS, _STARTUP) and scope["method"] in ("GET", "HEAD"):
            yield Room.YES
            return
        address = client_address(scope)
        self._all += 1
        self._of[address] += 1
        try:
            is_full = self._all > limits.MAX_OPEN_REQUESTS
            if self._of[address] > limits.MAX_OPEN_REQUESTS_PER_ADDRESS or (
                is_full and not self._fits_in_reserve(address)
            ):
                yield Room.NO
            elif not _HEARTBEAT.match(scope["path"]):
                yield Room.YES
            elif is_full:
                yield Room.NO_HEARTBEAT
            else:
                with self._heartbeat_counted(address) as room:
                    yield room
        finally:
            self._all -= 1
            _decrease(self._of, address)

    def _fits_in_reserve(self, address: str) -> bool:
        """Whether an address with this many requests gets one although the usual room is full."""
        most = limits.MAX_OPEN_REQUESTS + limits.MAX_RESERVED_OPEN_REQUESTS
        return self._all <= most and self._of[address] <= limits.MAX_OPEN_REQUESTS_IN_RESERVE

    @contextmanager
    def _heartbeat_counted(self, address: str) -> Iterator[Room]:
        if (
            self._heartbeats >= limits.MAX_HEARTBEATS
            or self._heartbeats_of[address] >= limits.MAX_HEARTBEATS_PER_ADDRESS
        ):
            yield Room.NO_HEARTBEAT
            return
        self._heartbeats += 1
        self._heartbeats_of[address] += 1
        try:
            yield Room.YES
        finally:
            self._heartbeats -= 1
            _decrease(self._heartbeats_of, address)


def _decrease(counts: Counter[str], address: str) -> None:
    """Count one less, and forget an address without any."""
    counts[address] -= 1
    if counts[address] <= 0:
        del counts[address]
