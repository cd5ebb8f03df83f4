"""Launches the page: Gradio's queue, the middleware, the routes. Returns after a signal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from page import limits
from page.server.cleanup import start_cleanup
from page.server.connections import limit_connections
from page.server.cross_origin import open_api_to_other_sites
from page.server.deadline import set_deadline
from page.server.direct_requests import DirectRequests
from page.server.error_responses import EXCEPTION_HANDLERS, explain_errors
from page.server.fair_queue import share_queue
from page.server.gradio_version import REQUIRED_OF_PAGE, require_attributes
from page.server.health import health_routes
from page.server.host_header import forget_hosts
from page.server.log_limits import limit_logs
from page.server.own_requests import ask_own_server_directly
from page.server.rate_limit import RateLimit
from page.server.request_limits import RequestLimits
from page.server.root_path import PrefixRemoval
from page.server.sessions import keep_sessions_small, limit_sessions
from page.server.shutdown import note_signals, serve_until_signal
from page.server.upload_room import UploadRoom
from page.server.uploads import accept_one_file
from page.translations import i18n
from sketchdigits import DigitClassifier


def serve(
    demo: gr.Blocks,
    classifier: DigitClassifier,
    *,
    rate_limit: RateLimit | None,
    root_path: str,
    uploads: Path,
    routes: Callable[[DirectRequests], Sequence[BaseRoute]],
    look: dict[str, Any],
) -> None:
    """Serve the page until SIGTERM or Ctrl-C.

    Args:
        demo: the page.
        classifier: the model that answers; `/readyz` checks it.
        rate_limit: for each client; None: no limit.
        root_path: the prefix of the page's address, behind a proxy; "": none.
        uploads: the folder of visitors' files. Old files in it are deleted.
        routes: builds the page's own, beside `/healthz` and `/readyz`; it gets what runs
            requests to the API.
        look: arguments of `gr.Blocks.launch`: theme, CSS, head, icon.
    """
    sys.setswitchinterval(limits.THREAD_SWITCH_INTERVAL)
    limit_logs()
    keep_sessions_small()
    explain_errors()
    forget_hosts()
    accept_one_file()
    open_api_to_other_sites(root_path)
    ask_own_server_directly()
    room = UploadRoom(uploads)
    closing = threading.Event()
    # With `api_open`, a request could bypass the queue and all its limits.
    demo.queue(
        max_size=limits.MAX_QUEUE_SIZE + limits.MAX_RESERVED_QUEUE_SIZE,
        default_concurrency_limit=limits.MAX_CONCURRENT_READS,
        api_open=False,
    )
    require_attributes(demo, REQUIRED_OF_PAGE, "Blocks")
    limit_sessions(demo)
    fair = share_queue(demo)
    late = set_deadline(demo)
    direct = DirectRequests(demo, fair, late)
    note_signals()
    demo.launch(
        enable_monitoring=False,
        run_history=False,
        max_file_size=limits.MAX_UPLOAD_BYTES,
        ssr_mode=False,
        state_session_capacity=limits.MAX_SESSION_STATES,
        prevent_thread_lock=True,
        # Don't ask for the page first: Gradio would end the start if it is not there in 3 s, or if
        # other clients have taken all the room by then.
        _frontend=False,
        i18n=i18n,
        root_path=root_path,
        app_kwargs={
            "routes": [*routes(direct), *health_routes(classifier, closing, late.exist)],
            "middleware": [
                Middleware(PrefixRemoval, root_path=root_path),
                Middleware(RequestLimits, closing=closing, rate_limit=rate_limit, room=room),
            ],
            "exception_handlers": EXCEPTION_HANDLERS,
        },
        footer_links=["api", "gradio"],
        **look,
    )
    limit_logs()  # uvicorn has its own handlers by now
    if demo.server:
        limit_connections(demo.server)
    start_cleanup(demo, room)
    serve_until_signal(demo, closing)
