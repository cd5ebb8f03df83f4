"""What a process holds in memory, by Linux's count."""

from __future__ import annotations


def resident_megabytes(pid: int | str = "self") -> float:
    """Now."""
    return _megabytes(pid, "VmRSS")


def peak_megabytes(pid: int | str = "self") -> float:
    """At most, since it began. (The peak that `getrusage` tells begins with the parent's.)"""
    return _megabytes(pid, "VmHWM")


def _megabytes(pid: int | str, key: str) -> float:
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        [line] = [line for line in status if line.startswith(key)]
    return int(line.split()[1]) / 1024
