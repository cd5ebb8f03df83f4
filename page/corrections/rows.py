"""The rows of corrections: one JSON object in each line of `metadata.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

METADATA_FILE = "metadata.jsonl"
PART_SUFFIX = ".part"  # of a file that is being written
NO_CODE = "-"  # in place of a client's code, for rows from before there were codes


def read_rows(path: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """The lines of a metadata file, with their rows; an empty row for a damaged line."""
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            row = json.loads(line)
        except ValueError:
            row = {}
        yield line, row if isinstance(row, dict) else {}


def code_of(row: dict[str, Any]) -> str:
    """The code of the client that sent a row (see clients.py)."""
    return str(row.get("client") or NO_CODE)
