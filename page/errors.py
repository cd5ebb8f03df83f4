"""Errors that the page and its server share."""

from __future__ import annotations

import gradio as gr


class Refusal(gr.Error):
    """The server refuses a request. The message is ours, and may be sent to the client as it is."""


class BusyError(Exception):
    """There is no room for a request now; its client may send it again."""


class TooSlowError(Exception):
    """A prediction passed its deadline."""
