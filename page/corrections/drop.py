"""Drop all corrections of one client from a folder: a store, or its dataset from the Hub."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from page.corrections.rows import METADATA_FILE, PART_SUFFIX, code_of, read_rows


class Client(NamedTuple):
    """A client: its code, the number of its corrections, the times of the first and the last."""

    code: str
    corrections: int
    first: str
    last: str


def list_clients(folder: Path) -> list[Client]:
    """The clients of all corrections below `folder`, the one with the most first."""
    dates: dict[str, list[str]] = {}
    for path in folder.rglob(METADATA_FILE):
        for _, row in read_rows(path):
            dates.setdefault(code_of(row), []).append(str(row.get("date") or ""))
    found = [Client(code, len(each), min(each), max(each)) for code, each in dates.items()]
    return sorted(found, key=lambda client: (-client.corrections, client.code))


def drop_client(folder: Path, code: str) -> int:
    """Delete the rows and the drawings of one client below `folder`.

    No process may store corrections in this folder meanwhile.

    Returns:
        The number of dropped corrections.
    """
    dropped = 0
    for path in [*folder.rglob(METADATA_FILE)]:
        rows = [*read_rows(path)]
        gone = [row for _, row in rows if code_of(row) == code]
        if gone:
            _rewrite(path, [line for line, row in rows if code_of(row) != code])
            for row in gone:
                _delete_drawing(path.parent, row)
            dropped += len(gone)
    return dropped


def _rewrite(path: Path, lines: list[bytes]) -> None:
    """Replace the file by one with these lines; delete it if there are none."""
    if not lines:
        path.unlink()
        return
    part = path.with_name(f".{path.name}{PART_SUFFIX}")
    part.write_bytes(b"".join(lines))
    os.replace(part, path)


def _delete_drawing(folder: Path, row: dict[str, Any]) -> None:
    name = str(row.get("file_name") or "")
    if Path(name).name == name and name.endswith(".png"):  # no file elsewhere
        (folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # it isn't empty
            folder.rmdir()
