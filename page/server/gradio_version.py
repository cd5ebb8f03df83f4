"""Checks that the installed Gradio is the one that the patches in this folder were written for.

Another version may have changed what the patches rely on. The check reports that at the start,
before an error that is hard to understand.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable
from operator import attrgetter
from typing import Any

# The same as in requirements.txt and as `sdk_version` in README.md.
GRADIO_VERSION = "6.31.0"

# What the patches need of Gradio's modules. (components.py checks the two components.)
REQUIRED = {
    "gradio.blocks": ("httpx.get",),
    "gradio.data_classes": ("ImageData",),
    "gradio.queueing": (
        "AsyncQueue",
        "Event",
        "Queue.push",
        "error_payload",
        "traceback.print_exc",
    ),
    "gradio.route_utils": ("GradioMultiPartParser.parse", "call_process_api"),
    "gradio.routes": (
        "App",
        "CustomCORSMiddleware",
        "StateHolder",
        "UnexpectedErrorMessage",
        "file_upload_statuses._signals",
        "file_upload_statuses.stop_tracking",
    ),
    "gradio.server_messages": (
        "EstimationMessage",
        "ProcessCompletedMessage",
        "UnexpectedErrorMessage",
    ),
    "gradio.state_holder": (
        "SessionState._update_config",
        "SessionState._update_value_in_config",
        "StateHolder.update",
    ),
    "gradio.utils": ("error_payload", "is_in_or_equal", "set_task_name"),
}
# What they need of a page (`gr.Blocks`).
REQUIRED_OF_PAGE = (
    "_queue.push",
    "_queue.active_jobs",
    "_queue.broadcast_estimations",
    "_queue.create_event_queue_for_fn",
    "_queue.event_analytics",
    "_queue.event_ids_to_events",
    "_queue.event_queue_per_concurrency_id",
    "_queue.get_events",
    "_queue.live_updates",
    "_queue.pending_event_ids_session",
    "_queue.pending_messages_per_session.max_size",
    "_queue.process_events",
    "_queue.progress_update_sleep_when_free",
    "_queue.send_message",
    "_queue.sleep_when_free",
    "blocks",
    "default_config",
    "fns",
    "keep_in_cache",
    "temp_file_sets",
    "upload_file_set",
)

_log = logging.getLogger("sketchdigits")


def check_gradio() -> None:
    """Warn about another version of Gradio. Call this before importing the modules with patches.

    Raises:
        SystemExit: Gradio lacks something that a patch needs.
    """
    import gradio

    if gradio.__version__ != GRADIO_VERSION:
        _log.warning(
            "gradio %s is installed, but page/server patches gradio %s. To install that version: "
            "pip install gradio==%s",
            gradio.__version__,
            GRADIO_VERSION,
            GRADIO_VERSION,
        )
    for module, names in REQUIRED.items():
        try:
            owner = importlib.import_module(module)
        except ImportError as error:
            raise _missing(module) from error
        require_attributes(owner, names, module)


def require_attributes(owner: Any, names: Iterable[str], place: str) -> None:
    """Check that `owner` has these attributes, which may be dotted.

    Args:
        owner: a module or an object of Gradio's.
        names: of the attributes.
        place: the owner's name, for the message.

    Raises:
        SystemExit: one is missing; the message names it.
    """
    for name in names:
        try:
            attrgetter(name)(owner)
        except AttributeError as error:
            raise _missing(f"{place}.{name}") from error


def _missing(name: str) -> SystemExit:
    import gradio

    return SystemExit(
        f"app.py: gradio {gradio.__version__} has no {name}, which a patch in page/server needs. "
        f"Install the version that it was written for: pip install gradio=={GRADIO_VERSION}"
    )
