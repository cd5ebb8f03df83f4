"""The visitors' files on the disk: list them, delete one.

A file that is uploaded now is directly in the folder; Gradio moves it to a subfolder once it is
complete (gradio 6.31).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from page import limits

_log = logging.getLogger("sketchdigits")


class StoredFile(NamedTuple):
    """A visitor's file: when it was written, in seconds since 1970; its bytes; its path."""

    modified: float
    size: int
    path: Path


def list_files(folder: Path, keep: frozenset[Path] = frozenset()) -> list[StoredFile]:
    """The files in a folder and its subfolders, the newest first; without links and `keep`."""
    found = []
    for path in folder.rglob("*"):
        if path not in keep and not path.is_symlink():
            with suppress(OSError):  # deleted in the meantime
                if path.is_file():
                    status = path.stat()
                    found.append(StoredFile(status.st_mtime, status.st_size, path))
    return sorted(found, reverse=True)


def complete_files(folder: Path, keep: frozenset[Path]) -> Iterator[StoredFile]:
    """The same files, the newest first, without those that may still be written."""
    oldest = time.time() - 2 * limits.BODY_TIMEOUT
    for file in list_files(folder, keep):
        if file.path.parent != folder or file.modified < oldest:
            yield file


def delete_file(path: Path) -> bool:
    """Delete a file, if it is there; False and a warning if that is not possible."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("A visitor's file could not be deleted: %s", error.strerror)
        return False
    return True
