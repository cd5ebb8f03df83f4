"""Memory and CPU time of a process, read from Linux's `/proc`."""

from __future__ import annotations

import os


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


def cpu_seconds(pid: int) -> float:
    """The CPU time that all threads of the process have used."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as status:
        fields = status.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_busy_seconds() -> float:
    """The CPU time that all cores have used together, for any process or another machine."""
    with open("/proc/stat", encoding="utf-8") as status:
        user, nice, system, _, _, irq, soft_irq, steal = map(int, status.readline().split()[1:9])
    return (user + nice + system + irq + soft_irq + steal) / os.sysconf("SC_CLK_TCK")
