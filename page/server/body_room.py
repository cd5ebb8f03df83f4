"""Memory for the bodies of API requests: from their first byte until they are answered.

Uploads of the page are files on the disk, for which upload_room.py has room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from page import limits
from page.errors import BusyError
from page.translations import SERVER_BUSY


class BodyRoom:
    """Counts the bytes of all bodies, and of each address. All calls are in one event loop."""

    def __init__(self) -> None:
        """Start without any."""
        self._of: Counter[str] = Counter()  # address -> bytes

    @contextmanager
    def held(self, address: str) -> Iterator[Callable[[int], None]]:
        """Hold bytes for a request until the block ends.

        Yields:
            a function: call it with the number of bytes before more of them are kept. It raises
            `BusyError` if there is no room for them.
        """
        held = 0

        def hold(size: int) -> None:
            nonlocal held
            if (
                self._of.total() + size > limits.MAX_BODIES_BYTES
                or self._of[address] + size > limits.MAX_BODIES_BYTES_PER_ADDRESS
            ):
                raise BusyError(SERVER_BUSY)
            self._of[address] += size
            held += size

        try:
            yield hold
        finally:
            self._of[address] -= held
            if not self._of[address]:
                del self._of[address]
