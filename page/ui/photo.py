"""A photo of handwriting: uploaded, pasted or taken, and read as the file that it is."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData
from gradio.i18n import I18nData
from gradio.utils import is_in_or_equal

from page.server.error_responses import Refusal

NO_FILE = "Upload an image file: PNG, JPEG, WebP, GIF or BMP."


def build_photo_input(label: I18nData) -> gr.Image:
    """Gradio's Image, that hands on the uploaded file's path, and no other file's.

    Its own preprocessing turns black ink on transparency all black, and opens any file of the
    server that a request names (gradio 6.31).
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
    """The path of the uploaded file.

    Raises:
        Refusal: it is no uploaded file.
    """
    if payload is None or not payload.path:
        return None
    if not is_in_or_equal(payload.path, uploads) or not Path(payload.path).is_file():
        raise Refusal(NO_FILE)
    return payload.path
