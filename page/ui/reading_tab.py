"""The first tab: canvas and photo on the left, the answer on the right, a gallery below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gradio as gr

from page.corrections.store import Corrections, encode_png
from page.served_model import ServedModel
from page.translations import i18n, texts_for
from page.ui.answer import QUEUE, Reading, describe_trouble, read
from page.ui.answer_panel import build_answer_panel
from page.ui.gallery import build_gallery
from page.ui.photo import build_photo_input
from page.ui.sketchpad import SELECT_BRUSH_JS, TAKE_DRAWING_JS, build_sketchpad, decode_drawing
from sketchdigits import SketchdigitsError
from sketchdigits.preprocessing.decode import read_image


def build_reading_tab(served: ServedModel, corrections: Corrections | None) -> None:
    """Canvas, photo, answer, correction and gallery, wired."""
    with gr.Row():
        with gr.Column(elem_id="ways-in"), gr.Tabs():
            with gr.Tab(i18n("draw_tab")):
                sketchpad = build_sketchpad(i18n("draw_here"))
            with gr.Tab(i18n("photo_tab")):
                photo = build_photo_input(i18n("photo_here"))
                gr.Markdown(i18n("photo_help"))
        with gr.Column():
            panel = build_answer_panel(served, corrections)
    build_gallery(served, panel)

    def answer(load: Callable[[], bytes | None], marked: bool, request: gr.Request, photo: bool):
        """What the panel shows of an encoded image; None where there is none."""
        texts = texts_for(request)
        try:
            image = load()
            if image is None:
                return panel.values(None, texts["ask_for_drawing"], marked, texts)
            pixels = read_image(image)
        except SketchdigitsError as error:
            return panel.values(None, describe_trouble(error, texts), marked, texts)
        prediction, sentence = read(pixels, served.classifier, texts)
        if prediction is None:
            return panel.values(None, sentence, marked, texts)
        # A visitor's session holds no photo of many megapixels.
        kept = encode_png(pixels) if photo else image
        return panel.values(Reading(kept, prediction), sentence, marked, texts)

    def read_drawing(data_uri: str | None, marked: bool, request: gr.Request):
        return answer(lambda: decode_drawing(data_uri), marked, request, photo=False)

    def read_photo(path: str | None, marked: bool, request: gr.Request):
        def load() -> bytes | None:
            return Path(path).read_bytes() if path else None

        return answer(load, marked, request, photo=True)

    # What the browser's script fills and presses, once for each change of the drawing.
    drawing = gr.Textbox(visible=False)
    asked = gr.Button(visible="hidden", elem_id="read-drawing")
    asked.click(
        read_drawing,
        [drawing, panel.why],
        panel.outputs,
        js=TAKE_DRAWING_JS,
        trigger_mode="always_last",
        show_progress="hidden",
        api_visibility="private",
        concurrency_id=QUEUE,
    )
    photo.change(
        read_photo,
        [photo, panel.why],
        panel.outputs,
        trigger_mode="always_last",
        show_progress="hidden",
        api_visibility="private",
        concurrency_id=QUEUE,
    )
    sketchpad.clear(None, None, None, js=SELECT_BRUSH_JS)
