"""Timing on a machine that runs other work too."""

from __future__ import annotations

import time
from collections.abc import Callable


def fastest(action: Callable[[], object], *, repeats: int = 2_000, seconds: float = 4.0) -> float:
    """Return the shortest time of `action` in seconds: other work can only make it slower.

    Args:
        action: called once before the measurement, then repeatedly.
        repeats: maximum number of measured calls.
        seconds: no new call starts after this time.
    """
    action()
    best, end = float("inf"), time.perf_counter() + seconds
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - started)
        if time.perf_counter() > end:
            break
    return best


def resident_megabytes(pid: int | str = "self") -> float:
    """Resident memory (RSS) of a process, on Linux."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        [line] = [line for line in status if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024
