"""Memory for decoding images: those that are decoded at the same time share one limit.

Each image takes less than `sketchdigits` allows for one. Without a limit on all of them, a server
that reads several at a time would need a multiple of that.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from page import limits
from sketchdigits.preprocessing.decode import read_image


class DecodingRoom:
    """A number of bytes; whoever wants more than are free waits.

    Args:
        total: in bytes.
        small: who wants at most this many bytes neither waits nor takes any.
    """

    def __init__(self, total: int, small: int = 0) -> None:
        """Start with all bytes free."""
        self._small = small
        self._free = self._total = total
        self._changed = threading.Condition()

    @contextmanager
    def reserved(self, wanted: int) -> Iterator[None]:
        """Wait for `wanted` bytes, or for all if there are fewer, and keep them in this context."""
        if wanted <= self._small:
            yield
            return
        wanted = min(wanted, self._total)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= wanted)
            self._free -= wanted
        try:
            yield
        finally:
            with self._changed:
                self._free += wanted
                self._changed.notify_all()


_room = DecodingRoom(limits.MAX_DECODING_BYTES, limits.SMALL_DECODING_BYTES)


def read_in_turn(image: bytes | np.ndarray) -> np.ndarray:
    """`read_image` for a visitor's image: an encoded one waits while others take the memory.

    Raises:
        InvalidImageError: as `read_image`.
    """
    return read_image(image, _room.reserved)
