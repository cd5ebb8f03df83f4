"""Memory for the bodies of POST requests: while they arrive, and of the API until their answer.

A client may open many requests, each with a drawing of a megabyte, and leave them unfinished until
the server's patience ends. (Uploads go to the disk, and have a room of their own.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from page import limits


class BodyRoom:
    """Counts the bytes of the bodies, of all clients and of each address.

    Args:
        most: bytes of all; default: `MAX_BODY_BYTES`.
        most_of_address: bytes of one address; default: `MAX_BODY_BYTES_PER_ADDRESS`.
    """

    def __init__(self, most: int | None = None, most_of_address: int | None = None) -> None:
        """Start without any."""
        self._most = most or limits.MAX_BODY_BYTES
        self._most_of_address = most_of_address or limits.MAX_BODY_BYTES_PER_ADDRESS
        self._of: Counter[str] = Counter()

    @contextmanager
    def reserved(self, address: str, size: int) -> Iterator[bool]:
        """Reserve `size` bytes until the block ends; yields whether there was room for them."""
        if self._of[address] + size > self._most_of_address or self._of.total() + size > self._most:
            if not self._of[address]:
                del self._of[address]
            yield False
            return
        self._of[address] += size
        try:
            yield True
        finally:
            self._of[address] -= size
            if not self._of[address]:
                del self._of[address]
