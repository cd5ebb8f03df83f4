"""Visitors' files on the server's disk: few, and not for long.

Gradio's own `delete_cache` leaves what uploads that broke off have written, and a folder for each
file (gradio 6.31); and until their time has come, files may fill any disk.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

# Seconds that a file stays. It is read within seconds, and the page shows a photo for a while.
MOST_AGE = 1800.0
# Seconds that an empty folder stays: a new one may be about to get its file.
EMPTY_AGE = 20.0
# Bytes of all visitors' files; the oldest go first.
MOST_BYTES = 500_000_000
# Files: Gradio lets one upload bring a thousand.
MOST_FILES = 5_000


def delete_old(
    folder: Path,
    own: frozenset[Path] = frozenset(),
    *,
    most_age: float = MOST_AGE,
    most_bytes: int = MOST_BYTES,
    most_files: int = MOST_FILES,
) -> None:
    """Delete files older than `most_age` seconds, then the oldest, until the rest is within bounds.

    Args:
        folder: with its folders, which go once they are empty.
        own: files that stay.
        most_age: seconds.
        most_bytes: of all files but those that stay.
        most_files: the same.
    """
    found = []
    for path in files_in(folder):
        if path not in own:
            try:
                status = path.stat()
            except OSError:  # deleted meanwhile
                continue
            found.append((status.st_mtime, status.st_size, path))
    found.sort(reverse=True)
    kept, now = 0, time.time()
    for count, (modified, size, path) in enumerate(found, 1):
        kept += size
        if now - modified > most_age or kept > most_bytes or count > most_files:
            path.unlink(missing_ok=True)
    for path in folder.glob("*/"):
        try:
            if now - path.stat().st_mtime > EMPTY_AGE:
                path.rmdir()
        except OSError:  # it isn't empty
            continue


def files_in(folder: Path) -> Iterator[Path]:
    """Every file in a folder and its folders; no links."""
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
