"""What a server that runs for months has to clear away, every few seconds, in the background."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
from gradio import routes

EVERY = 20.0
# Sessions whose answers wait to be heard, each of some 80 kB; the latest are kept.
MOST_UNHEARD = 500
# Uploads whose progress can be asked for.
MOST_UPLOADS = 500
_log = logging.getLogger("sketchdigits")


def start_housekeeping(demo: gr.Blocks, uploads: Path) -> None:
    """Keep `uploads` small, but for the page's own pictures, and the queue's memory flat."""
    folder, own = uploads.resolve(), pictures_of(demo)
    demo._queue.pending_messages_per_session.max_size = MOST_UNHEARD

    def keep_house() -> None:
        while True:
            time.sleep(EVERY)
            try:
                delete_old(folder, own)
                forget_gone_sessions(demo)
                forget_past_uploads()
            except OSError as error:  # the folder may be on a disk that comes and goes
                _log.warning("Can't clear away visitors' files: %s", error.strerror)

    threading.Thread(target=keep_house, name="housekeeping", daemon=True).start()


def pictures_of(demo: gr.Blocks) -> frozenset[Path]:
    """What the page shows from the start: Gradio notes these files with their components."""
    return frozenset(
        Path(path).resolve()
        for block in demo.blocks.values()
        for path in getattr(block, "keep_in_cache", ())
    )


def forget_past_uploads() -> None:
    """Drop the notes of how far uploads have come, but for the latest.

    Gradio 6.31 keeps one for each name that was ever asked about.
    """
    uploads = routes.file_upload_statuses
    for name in list(uploads._signals)[:-MOST_UPLOADS]:
        uploads.stop_tracking(name)
        uploads._signals.pop(name, None)


def forget_gone_sessions(demo: gr.Blocks) -> None:
    """Drop the queue's notes of sessions that nobody can listen to any more.

    Gradio 6.31 keeps one for each question that was ever asked over the API, and forgets only the
    answers that nobody came for.
    """
    queue = demo._queue
    for session in list(queue.pending_event_ids_session):
        if session not in queue.pending_messages_per_session:
            queue.pending_event_ids_session.pop(session, None)


# MERGED-DOC
# """Visitors' files on the server's disk: few, and not for long.
#
# Gradio's own `delete_cache` leaves what uploads that broke off have written, and a folder for each
# file (gradio 6.31); and until their time has come, files may fill any disk.
# """

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
