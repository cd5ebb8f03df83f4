"""Read the rows and files of a corrections folder, and wait for background work."""

from __future__ import annotations

import json
import time
from itertools import count

import pytest

_numbers = count()


def rows(folder) -> list[dict]:
    """The lines of all metadata files below `folder`."""
    metadata = [path.read_text() for path in folder.rglob("metadata.jsonl")]
    return [json.loads(line) for text in metadata for line in text.splitlines()]


def new_address() -> str:
    """The address of a client that has sent nothing yet."""
    number = next(_numbers)
    return f"10.1.{number // 256}.{number % 256}"


def files(folder) -> list:
    return [path for path in folder.rglob("*") if path.is_file()]


def wait_for(condition, seconds=10, pause=0.05):
    """Call `condition` until it returns a true value; fail after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(pause)
    pytest.fail(f"the condition did not become true in {seconds} s")
