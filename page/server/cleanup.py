"""Deletes visitors' files and forgets old sessions, every few seconds, in the background.

Without it a server that runs for months would fill its disk and its memory. Gradio's own
`delete_cache` leaves the files of interrupted uploads, and one empty folder for each file (gradio
6.31). `upload_room.py` keeps the files within their limits between two cleanups.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import gradio as gr
from gradio import routes

from page import limits
from page.server.stored_files import delete_file, list_files
from page.server.upload_room import UploadRoom

_log = logging.getLogger("sketchdigits")


def start_cleanup(demo: gr.Blocks, room: UploadRoom) -> None:
    """Start the background thread.

    Args:
        demo: a launched page. The pictures that it shows are never deleted.
        room: for visitors' files, with their folder.
    """
    keep = pictures_of(demo)
    room.keep(keep)
    demo._queue.pending_messages_per_session.max_size = limits.MAX_UNREAD_SESSIONS
    steps: list[Callable[[], None]] = [
        lambda: delete_old_files(room.folder, keep),
        room.recount,
        lambda: forget_closed_sessions(demo),
        forget_finished_uploads,
        lambda: forget_file_names(demo),
    ]

    def clean_up() -> None:
        while True:
            time.sleep(limits.CLEANUP_INTERVAL)
            run_all(steps)

    threading.Thread(target=clean_up, name="cleanup", daemon=True).start()


def run_all(steps: list[Callable[[], None]]) -> None:
    """Run every step, also after one has failed: the thread must not end."""
    for step in steps:
        try:
            step()
        except OSError as error:  # the folder may be on a disk that is not always there
            _log.warning("Visitors' files could not be deleted: %s", error.strerror)
        except Exception:  # noqa: BLE001  the other steps must still run
            _log.exception("A step of the cleanup failed.")


def pictures_of(demo: gr.Blocks) -> frozenset[Path]:
    """The files that the page shows from the start. Gradio lists them in its components."""
    return frozenset(
        Path(path).resolve()
        for block in demo.blocks.values()
        for path in getattr(block, "keep_in_cache", ())
    )


def forget_finished_uploads() -> None:
    """Drop the progress of all uploads except the latest `MAX_TRACKED_UPLOADS`.

    Gradio 6.31 keeps an entry for each upload id that anyone ever asked about.
    """
    uploads = routes.file_upload_statuses
    for name in list(uploads._signals)[: -limits.MAX_TRACKED_UPLOADS]:
        uploads.stop_tracking(name)
        uploads._signals.pop(name, None)


def forget_file_names(demo: gr.Blocks) -> None:
    """Clear Gradio's lists of visitors' files. This module finds the files in their folder.

    Gradio 6.31 notes the path of each file that was uploaded or written, and forgets it only with
    `delete_cache`, which this page does not use. (36,000 names took 51 MB.)
    """
    for names in (demo.upload_file_set, *demo.temp_file_sets):
        names.clear()


def forget_closed_sessions(demo: gr.Blocks) -> None:
    """Drop the event ids of sessions that have no messages left.

    Gradio 6.31 keeps the id of each request that was ever sent to the API. It drops only the
    messages that nobody fetched.
    """
    queue = demo._queue
    for session in list(queue.pending_event_ids_session):
        if session not in queue.pending_messages_per_session:
            queue.pending_event_ids_session.pop(session, None)


def delete_old_files(folder: Path, keep: frozenset[Path] = frozenset()) -> None:
    """Delete files older than `MAX_FILE_AGE`, then the oldest, until the rest is within the limits.

    The other limits are `MAX_FILES_BYTES` and `MAX_FILES`. Empty folders are deleted too, after
    `MAX_EMPTY_FOLDER_AGE`.

    Args:
        folder: the folder, with its subfolders.
        keep: files that are never deleted, and don't count towards the limits.
    """
    total, now = 0, time.time()
    for count, (modified, size, path) in enumerate(list_files(folder, keep), 1):
        total += size
        if (
            now - modified > limits.MAX_FILE_AGE
            or total > limits.MAX_FILES_BYTES
            or count > limits.MAX_FILES
        ):
            delete_file(path)
    for path in folder.glob("*/"):
        try:
            if now - path.stat().st_mtime > limits.MAX_EMPTY_FOLDER_AGE:
                path.rmdir()
        except OSError:  # it isn't empty
            continue
