"""Errors that the page and its server share."""

from __future__ import annotations

import gradio as gr


class Refusal(gr.Error):
    """The server refuses a request. The message is ours, and may be sent to the client as it is."""


class BusyError(Exception):
    """A request can't be answered now; its client may send it again. The message says why."""
