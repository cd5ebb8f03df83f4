"""The first tab: canvas and photo on the left, the answer on the right, the gallery below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gradio as gr
from gradio.components import Component

from page.corrections.store import Corrections, encode_png
from page.pad_setting import PadChoice
from page.served_model import ServedModel
from page.server.decoding_room import read_in_turn
from page.translations import i18n, texts_for
from page.ui.answer import MODEL_QUEUE, Reading, describe_error
from page.ui.answer_panel import build_answer_panel
from page.ui.gallery import build_gallery
from page.ui.image_answer import answer_image
from page.ui.pad_choice import build_pads
from page.ui.photo import build_photo_input
from page.ui.sketchpad import (
    TAKE_DRAWING_JS,
    build_widening_button,
    decode_drawing,
)
from sketchdigits import SketchdigitsError


def build_reading_tab(
    served: ServedModel, corrections: Corrections | None, pad: PadChoice
) -> list[Component]:
    """Build canvas, photo, answer, correction and gallery, and connect them. Returns the pads."""
    with gr.Row():
        with gr.Column(elem_id="image-inputs"), gr.Tabs():
            with gr.Tab(i18n("draw_tab")):
                pads = build_pads(pad)
                build_widening_button(i18n("widen_canvas"))
            with gr.Tab(i18n("photo_tab")):
                photo = build_photo_input(i18n("photo_label"))
                gr.Markdown(i18n("photo_help"))
        with gr.Column():
            panel = build_answer_panel(served, corrections)
    build_gallery(served, panel)

    def answer(
        load: Callable[[], bytes | None], why: bool, texts: dict[str, str], *, is_photo: bool
    ):
        """The panel's values for the encoded image that `load` returns; None: there is no image."""
        try:
            image = load()
            if image is None:
                return panel.values(None, texts["ask_for_drawing"], why, texts)
            pixels = read_in_turn(image)
        except SketchdigitsError as error:
            return panel.values(None, describe_error(error, texts), why, texts)
        prediction, sentence, number = answer_image(pixels, served.classifier, texts)
        if prediction is None:
            return panel.values(None, sentence, why, texts, number)
        # Photos are scaled down, so that no session holds many megapixels.
        kept = encode_png(pixels) if is_photo else image
        return panel.values(Reading(kept, prediction), sentence, why, texts)

    def read_drawing(data_uri: str | None, why: bool, request: gr.Request):
        texts = texts_for(request)
        return answer(lambda: decode_drawing(data_uri, texts), why, texts, is_photo=False)

    def read_photo(path: str | None, why: bool, request: gr.Request):
        def load() -> bytes | None:
            return Path(path).read_bytes() if path else None

        return answer(load, why, texts_for(request), is_photo=True)

    # On each change of the drawing, the browser's script clicks the button and fills the text box.
    drawing = gr.Textbox(visible=False)
    read_button = gr.Button(visible="hidden", elem_id="read-drawing")
    read_button.click(
        read_drawing,
        [drawing, panel.why],
        panel.outputs,
        js=TAKE_DRAWING_JS,
        trigger_mode="always_last",
        show_progress="hidden",
        api_visibility="private",
        concurrency_id=MODEL_QUEUE,
    )
    photo.change(
        read_photo,
        [photo, panel.why],
        panel.outputs,
        trigger_mode="always_last",
        show_progress="hidden",
        api_visibility="private",
        concurrency_id=MODEL_QUEUE,
    )
    return pads
