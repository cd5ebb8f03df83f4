"""What corrections leave in a folder, and waiting for what happens in the background."""

from __future__ import annotations

import json
import time

import pytest


def rows(folder) -> list[dict]:
    metadata = [path.read_text() for path in folder.rglob("metadata.jsonl")]
    return [json.loads(line) for text in metadata for line in text.splitlines()]


def files(folder) -> list:
    return [path for path in folder.rglob("*") if path.is_file()]


def wait_for(condition):
    for _ in range(200):
        if found := condition():
            return found
        time.sleep(0.05)
    pytest.fail("it didn't come")
