"""The photo input: an image file that a visitor uploads, pastes or takes with a camera."""

from __future__ import annotations

import gradio as gr
from gradio.i18n import I18nData

from page.server.components import open_uploads_only


def build_photo_input(label: I18nData) -> gr.Image:
    """The photo input. Its value is the path of the uploaded file, and never of another file."""
    photo = gr.Image(
        label=label,
        elem_id="photo",
        sources=["upload", "clipboard", "webcam"],
        type="filepath",
        height=400,
        buttons=[],
    )
    open_uploads_only(photo)
    return photo
