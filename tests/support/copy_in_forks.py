"""Does the work of `sketchdigits.package.hdf5_check` for many files, in forks of this process.

    python -m tests.support.copy_in_forks

Each line of standard input is JSON, `[file, copy]`. For each it prints a line of JSON,
`[exit status, what was printed]`. The status is negative if a signal ended the fork; SIGXCPU means
that the file kept it busy for `MAX_CPU_SECONDS`.

Starting Python for each file would take 0.2 seconds, and a fork takes most of the time of a copy.
So a fork copies up to `MAX_FILES`. A file that ends it, or that fails otherwise than by a refusal,
is tried again in a new fork: what an earlier file left behind never decides.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sketchdigits.package import hdf5_check

MAX_CPU_SECONDS = 1
# A fork that waits without using the CPU, in seconds.
MAX_WAIT = 120
MAX_FILES = 50
# Below `hdf5_check`'s own limit, which would replace that of a file.
MAX_FORK_CPU_SECONDS = hdf5_check.MAX_COPY_CPU_TIME - 1
EXPECTED = (0, hdf5_check.REFUSED)


@dataclass
class Fork:
    """A fork that waits for requests. `files` counts those that it got."""

    process: int
    requests: TextIO
    responses: TextIO
    files: int = 0


def _copy(given: str, copy: str) -> tuple[int, str]:
    """Copy a file in this process: its status, and what it printed."""
    printed = io.StringIO()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(usage.ru_utime + usage.ru_stime) + 1 + MAX_CPU_SECONDS
    signal.alarm(MAX_WAIT)
    most = MAX_FORK_CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (min(limit, most), most))
    with contextlib.redirect_stdout(printed):
        try:
            status = hdf5_check._main(given, copy)
        except BaseException:  # noqa: BLE001  Python would print it too
            status = 1
            traceback.print_exc(file=printed)
    return status, printed.getvalue()


def _start() -> Fork:
    requests, sending = os.pipe()
    receiving, responses = os.pipe()
    process = os.fork()
    if process:
        os.close(requests)
        os.close(responses)
        return Fork(process, open(sending, "w"), open(receiving))
    os.close(sending)
    os.close(receiving)
    try:
        with open(requests) as lines, open(responses, "w") as answers:
            for line in lines:
                print(json.dumps(_copy(*json.loads(line))), file=answers, flush=True)
    finally:
        os._exit(0)


def _end(fork: Fork) -> int:
    """Let the fork end, if it hasn't; return its status."""
    fork.requests.close()
    fork.responses.close()
    return os.waitstatus_to_exitcode(os.waitpid(fork.process, 0)[1])


def _try(fork: Fork, line: str) -> tuple[Fork | None, int, str]:
    """Send a request; return the fork if it can take another one, the status and the output."""
    fork.files += 1
    print(line, end="", file=fork.requests, flush=True)
    response = fork.responses.readline()
    if not response:
        Path(json.loads(line)[1]).unlink(missing_ok=True)
        return None, _end(fork), ""
    status, printed = json.loads(response)
    if status in EXPECTED and fork.files < MAX_FILES:
        return fork, status, printed
    _end(fork)
    return None, status, printed


def _copy_all() -> None:
    fork: Fork | None = None
    for line in sys.stdin:
        is_new = fork is None
        fork, status, printed = _try(fork or _start(), line)
        if status not in EXPECTED and not is_new:
            fork, status, printed = _try(_start(), line)
        print(json.dumps([status, printed]), flush=True)
    if fork:
        _end(fork)


if __name__ == "__main__":
    _copy_all()
