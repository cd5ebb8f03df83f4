"""What strangers can write into the log: few lines, and never one that they made up."""

import errno
import io
import logging

import pytest

from page import limits
from page.server.log_limits import LogLimit, limit_logs


@pytest.fixture
def log():
    """A logger with one limited handler, and what it wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(LogLimit())
    logger = logging.Logger("limited")
    logger.addHandler(handler)
    return logger, stream


def test_one_place_logs_a_few_lines_a_minute_and_then_says_how_many_more(log, monkeypatch):
    logger, stream = log
    now = 1_000.0
    monkeypatch.setattr("page.server.log_limits.time.monotonic", lambda: now)

    def complain(number):
        logger.warning("request %d made no sense", number)

    for number in range(5_000):
        complain(number)
    logger.warning("another place in the code")
    lines = stream.getvalue().splitlines()
    assert len(lines) == limits.MAX_LOG_LINES + 1
    assert lines[-1] == "another place in the code"
    now += limits.LOG_PERIOD
    complain(5_000)
    more = 5_000 - limits.MAX_LOG_LINES
    assert stream.getvalue().splitlines()[-1] == (
        f"request 5000 made no sense ({more} more like this were not logged)"
    )


@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "\x1b[2K", "\0"])
def test_text_of_a_client_begins_no_line(log, end):
    logger, stream = log
    logger.warning("no such file: %s", f"a{end}ERROR forged")
    try:
        raise ValueError(f"b{end}ERROR forged")
    except ValueError:
        logger.exception("failed")
    first, *others = stream.getvalue().split("\n")[:-1]
    assert first.startswith("no such file: a\\")
    assert others[0] == "failed"
    assert others[1:]
    assert all(line.startswith("  | ") for line in others[1:])
    assert "\x1b" not in stream.getvalue()


def test_connections_at_the_descriptor_limit_write_no_tracebacks(log):
    """asyncio logs each connection that it can't accept, thousands a second."""
    logger, stream = log
    for _ in range(5_000):
        try:
            raise OSError(errno.EMFILE, "Too many open files")
        except OSError as error:
            logger.error("socket.accept() out of system resource\nsocket: x", exc_info=error)
    lines = stream.getvalue().splitlines()
    assert lines == ["socket.accept() out of system resource\\nsocket: x"] * limits.MAX_LOG_LINES


def test_handlers_of_the_server_are_limited_once():
    names = ("test_log_limits",)
    handler = logging.StreamHandler(io.StringIO())
    logging.getLogger(names[0]).addHandler(handler)
    last = logging.lastResort
    assert last
    before = list(last.filters)
    try:
        limit_logs(names)
        limit_logs(names)
        assert [type(each) for each in handler.filters] == [LogLimit]
        assert sum(isinstance(each, LogLimit) for each in last.filters) == 1
    finally:
        last.filters = before
        logging.getLogger(names[0]).removeHandler(handler)
