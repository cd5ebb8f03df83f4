"""Memory for the bodies of POST requests that arrive at the same time, except uploads.

A client may open many requests, each with a drawing of a megabyte, and leave them unfinished until
the server's patience ends. (Uploads go to the disk, and have a room of their own.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from page import limits


class BodyRoom:
    """Counts the bytes of the bodies that arrive, of all clients and of each address."""

    def __init__(self) -> None:
        """Start without any."""
        self._of: Counter[str] = Counter()

    @contextmanager
    def reserved(self, address: str, size: int) -> Iterator[bool]:
        """Reserve `size` bytes until the block ends; yields whether there was room for them."""
        if (
            self._of[address] + size > limits.MAX_BODY_BYTES_PER_ADDRESS
            or self._of.total() + size > limits.MAX_BODY_BYTES
        ):
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
