"""A visitor's session, without what this page never asks of it."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr
from gradio import state_holder


class SmallSession(state_holder.SessionState):
    """Gradio's, without its copy of every component's settings.

    Gradio makes that copy for each new session, which over the API is each question; it took a
    fifth of the server's time (gradio 6.31). It is for deep links, which are closed here (see
    `gatekeeper.py`); what else needs a component's settings adds them when it does.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        """As Gradio's, for a page of no components."""
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]


def keep_sessions_small() -> None:
    """Let Gradio make small sessions from now on."""
    state_holder.SessionState = SmallSession  # type: ignore[misc]
