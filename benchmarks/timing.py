"""Timing on a machine where others work too."""

from __future__ import annotations

import time
from collections.abc import Callable


def fastest(action: Callable[[], object], *, repeats: int = 2_000, seconds: float = 4.0) -> float:
    """Seconds that `action` takes at best: what else runs can only make it slower.

    Args:
        action: done once before.
        repeats: at most.
        seconds: no new one is begun after these.
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
    """What a process holds in memory, by Linux's count."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        [line] = [line for line in status if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024
