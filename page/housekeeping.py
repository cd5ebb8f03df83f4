"""What a server that runs for months has to clear away, every few seconds, in the background."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import gradio as gr
from gradio import routes

from page.uploads import delete_old

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
