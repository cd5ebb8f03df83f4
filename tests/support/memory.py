"""Memory of a process in megabytes, read from Linux's `/proc`."""

from __future__ import annotations


def resident_megabytes(pid: int | str = "self") -> float:
    """The memory that the process uses now."""
    return _megabytes(pid, "VmRSS")


def peak_megabytes(pid: int | str = "self") -> float:
    """The most memory that the process has used. (`getrusage` counts its parent's peak too.)"""
    return _megabytes(pid, "VmHWM")


def _megabytes(pid: int | str, key: str) -> float:
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        [line] = [line for line in status if line.startswith(key)]
    return int(line.split()[1]) / 1024
