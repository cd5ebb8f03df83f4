"""Does the work of `sketchdigits.package.hdf5_check` for many files, each in a fork of its own.

    python -m tests.support.copy_in_forks

Each line of standard input is JSON, `[file, copy]`. For each it prints a line of JSON,
`[exit status, what the fork printed]`. The status is negative if a signal ended the fork; SIGXCPU
means that the file kept it busy for `MAX_CPU_SECONDS`. Starting Python for each file would take
0.2 seconds.
"""

import json
import os
import resource
import signal
import sys
import traceback
from pathlib import Path

from sketchdigits.package import hdf5_check

MAX_CPU_SECONDS = 1
# A fork that waits without using the CPU, in seconds.
MAX_WAIT = 120


def _copy_and_exit(given: str, copy: str) -> None:
    status = 1
    try:
        signal.alarm(MAX_WAIT)
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS + 1))
        status = hdf5_check._main(given, copy)
    except BaseException:  # noqa: BLE001  Python would print it too
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _copy(given: str, copy: str) -> tuple[int, str]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        _copy_and_exit(given, copy)
    os.close(writer)
    with open(reader, "rb") as output:
        printed = output.read().decode(errors="replace")
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status < 0:
        Path(copy).unlink(missing_ok=True)
    return status, printed


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_copy(*json.loads(line))), flush=True)
