"""CPU time on machines of any speed, with neighbours that slow them down.

A limit in seconds is for the machine on which it was chosen. Elsewhere, and beside other work, the
same code takes longer: so does a fixed piece of work, which is measured just before and after.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

# CPU seconds of `_reference_work` on the machine on which the limits were chosen, an AMD EPYC,
# with nothing beside it.
REFERENCE_SECONDS = 0.025
MAX_TRIES = 3


def cpu_seconds(work: Callable[[], object], limit: float) -> float:
    """The CPU seconds of the thread in `work`, as on the machine on which limits were chosen.

    Neighbours can only make it slower: `work` is repeated up to `MAX_TRIES` times while it takes
    `limit` or longer, and the least time counts. A faster machine changes nothing.
    """
    least = np.inf
    for _ in range(MAX_TRIES):
        before = _thread_seconds(_reference_work)
        taken = _thread_seconds(work)
        slowness = (before + _thread_seconds(_reference_work)) / 2 / REFERENCE_SECONDS
        least = min(least, taken / max(1.0, slowness))
        if least < limit:
            break
    return float(least)


def _thread_seconds(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started


def _reference_work() -> None:
    """A little of what reading an image does: Python loops, NumPy on small and large arrays."""
    total = 0
    for number in range(100_000):
        total += number
    plane = np.arange(400_000, dtype=np.float32).reshape(500, 800)
    for _ in range(10):
        plane = np.maximum(plane[::-1], plane * np.float32(0.5))
    for _ in range(2_000):
        np.flatnonzero(plane[0] > 0)
