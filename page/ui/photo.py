"""The photo input: an image file that a visitor uploads, pastes or takes with a camera."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData
from gradio.i18n import I18nData
from gradio.utils import is_in_or_equal

from page.server.error_responses import Refusal
from page.translations import ENGLISH_ONLY

NO_FILE = ENGLISH_ONLY["no_image_file"]


def build_photo_input(label: I18nData) -> gr.Image:
    """Build a `gr.Image` whose value is the path of an uploaded file, and of no other file.

    Gradio's own preprocessing makes black ink on a transparent background all black, and opens any
    file of the server that a request names (gradio 6.31).
    """
    photo = gr.Image(
        label=label,
        elem_id="photo",
        sources=["upload", "clipboard", "webcam"],
        type="filepath",
        height=400,
        buttons=[],
    )
    uploads = Path(photo.GRADIO_CACHE)
    photo.preprocess = lambda payload: uploaded_path(payload, uploads)  # type: ignore[method-assign]
    return photo


def uploaded_path(payload: ImageData | None, uploads: Path) -> str | None:
    """The path of the uploaded file; None if nothing was uploaded.

    Raises:
        Refusal: the path is not that of an uploaded file.
    """
    if payload is None or not payload.path:
        return None
    if not is_in_or_equal(payload.path, uploads) or not Path(payload.path).is_file():
        raise Refusal(NO_FILE)
    return payload.path
