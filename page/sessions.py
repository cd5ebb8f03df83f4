"""A visitor's session, without what this page never asks of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import state_holder


class SmallSession(state_holder.SessionState):
    """Gradio's, without its copy of the components' settings and values.

    Gradio makes that copy for each new session, which over the API is each question, and keeps it
    up to date; it took a fifth of the server's time (gradio 6.31). It is for deep links, which are
    closed here (see `gatekeeper.py`).
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        """As Gradio's, for a page of no components."""
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


def keep_sessions_small() -> None:
    """Let Gradio make small sessions from now on."""
    state_holder.SessionState = SmallSession  # type: ignore[misc]
