"""What a command prints to the console: characters that it can't show, and the libraries' logs."""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# File descriptor of stderr.
_STDERR = 2
# Lines that LiteRT, XLA and TensorFlow write about their start. Users can do nothing about them.
_NATIVE_LOG = re.compile(
    rb"INFO: |WARNING: All log messages before absl|[IW]\d{4} [\d:.]+ |"
    rb"\d{4}-\d\d-\d\d [\d:.]+ *[IW] |\d{4}-\d\d-\d\d [\d:.]+: [IW] "
)


def show_every_character() -> None:
    """Make stdout write characters that its encoding lacks as `\\u4e2d`, instead of failing.

    On Windows, stdout often has the encoding cp1252: one Chinese file name would end the command.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def discard_output() -> None:
    """Discard what is left to write: the reader of our pipe, such as `head`, has ended.

    Python flushes stdout at exit, which would raise the same error again.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def hidden_native_log() -> Iterator[None]:
    """Drop the lines that compiled libraries log about their start, which no setting turns off.

    They write to the file descriptor of stderr. In this block it leads to a temporary file, whose
    other lines are written at the end; what Python writes appears at once. For commands only: other
    threads and child processes have the same descriptor.
    """
    try:
        real = os.dup(_STDERR)
    except OSError:  # stderr is closed
        yield
        return
    python_stderr = sys.stderr
    writes_there = False
    with suppress(AttributeError, OSError, ValueError):
        writes_there = python_stderr.fileno() == _STDERR
    with tempfile.TemporaryFile() as log, os.fdopen(real, "w", errors="backslashreplace") as out:
        if writes_there:
            python_stderr.flush()
            sys.stderr = out
        os.dup2(log.fileno(), _STDERR)
        try:
            yield
        finally:
            out.flush()
            os.dup2(real, _STDERR)
            sys.stderr = python_stderr
            log.seek(0)
            for line in log:
                if not _NATIVE_LOG.match(line):
                    os.write(_STDERR, line)
