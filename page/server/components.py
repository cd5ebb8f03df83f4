"""Patches of two Gradio components: the Image opens uploads only, the Sketchpad stores nothing.

They change one instance each. A subclass would not do: Gradio writes a `.pyi` file beside the
source of each subclass of its components (gradio 6.31).
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData
from gradio.utils import is_in_or_equal

from page.errors import Refusal
from page.server.gradio_version import require_attributes
from page.translations import NO_FILE


def open_uploads_only(photo: gr.Image) -> None:
    """Let the component hand on the path of an uploaded file, and of no other file.

    Gradio's own `preprocess` opens any file of the server that a request names, and turns black
    ink on a transparent background into a black square (gradio 6.31).
    """
    require_attributes(photo, ("preprocess", "GRADIO_CACHE"), "Image")
    uploads = Path(photo.GRADIO_CACHE)
    photo.preprocess = lambda payload: uploaded_path(payload, uploads)  # type: ignore[method-assign]


def uploaded_path(payload: ImageData | None, uploads: Path) -> str | None:
    """The path of the uploaded file; None without a payload or a path.

    Raises:
        Refusal: the path is outside `uploads`, or there is no file.
    """
    if payload is None or not payload.path:
        return None
    if not is_in_or_equal(payload.path, uploads) or not Path(payload.path).is_file():
        raise Refusal(NO_FILE)
    return payload.path


def store_no_blobs(sketchpad: gr.ImageEditor) -> None:
    """Close the component's server function `accept_blobs`.

    It stores anything that anyone sends, without a limit (gradio 6.31). It serves the component's
    `change` event, which this page does not use.
    """
    require_attributes(sketchpad, ("accept_blobs",), "Sketchpad")
    sketchpad.accept_blobs = None
