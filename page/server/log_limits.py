"""Limits on the log: strangers can't fill it, and no text of theirs begins a line of its own.

asyncio alone wrote a megabyte a second when all file descriptors were in use: a traceback for each
connection that waited (Python 3.11).
"""

from __future__ import annotations

import errno
import logging
import re
import time
import traceback
from collections.abc import Iterable

from page import limits

_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TRACEBACK_MARGIN = "  | "
# Logged by asyncio for each connection that it can't accept.
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)


class LogLimit(logging.Filter):
    """Passes on `MAX_LOG_LINES` records a minute of each line of code that logs, each on one line.

    A record of an exception of ours keeps its traceback, with a margin on the left.
    """

    def __init__(self) -> None:
        """Start with an empty minute."""
        super().__init__()
        self._counts: dict[tuple[str, int], tuple[float, int]] = {}  # place -> start, records

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; puts its message on one line."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        start, count = self._counts.get(place, (now, 0))
        dropped = 0
        if now - start >= limits.LOG_PERIOD:
            dropped, start, count = max(0, count - limits.MAX_LOG_LINES), now, 0
        self._counts[place] = start, count + 1
        if count >= limits.MAX_LOG_LINES:
            return False
        _put_on_one_line(record, f" ({dropped} more like this were not logged)" if dropped else "")
        return True


def limit_logs(loggers: Iterable[str] = ("", "uvicorn")) -> None:
    """Filter what these loggers' handlers write, and what is written without any handler."""
    handlers = [each for name in loggers for each in logging.getLogger(name).handlers]
    if logging.lastResort:
        handlers.append(logging.lastResort)
    for handler in handlers:
        if not any(isinstance(each, LogLimit) for each in handler.filters):
            handler.addFilter(LogLimit())


def _put_on_one_line(record: logging.LogRecord, end: str) -> None:
    """Replace the record's message and traceback."""
    record.msg, record.args = _escape(record.getMessage()) + end, ()
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, OSError) and error.errno in _OUT_OF_DESCRIPTORS:
        record.exc_info = record.exc_text = None
    elif error:
        lines = "".join(traceback.format_exception(error)).splitlines()
        record.exc_text = "\n".join(_TRACEBACK_MARGIN + _escape(line) for line in lines)


def _escape(text: str) -> str:
    return _CONTROL_CHARACTER.sub(lambda found: repr(found[0])[1:-1], text)
