"""The first tab: canvas and photo on the left, the answer on the right, a gallery below."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from page.answer import Reading, describe_trouble, read
from page.answer_panel import build_answer_panel
from page.corrections import Corrections
from page.gallery_panel import build_gallery
from page.photo import build_photo_input, shrink_for_keeping
from page.sketchpad import SELECT_BRUSH_JS, TAKE_DRAWING_JS, build_sketchpad, decode_drawing
from page.texts import i18n, texts_for
from sketchdigits import SketchdigitsError
from sketchdigits.serving import ServedModel


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

    def answer(image: bytes, kept: bytes | None, marked: bool, texts: dict[str, str]):
        prediction, sentence = read(image, served.classifier, texts)
        reading = Reading(kept or shrink_for_keeping(image), prediction) if prediction else None
        return panel.values(reading, sentence, marked, texts)

    def read_drawing(data_uri: str | None, marked: bool, request: gr.Request):
        texts = texts_for(request)
        try:
            image = decode_drawing(data_uri)
        except SketchdigitsError as error:
            return panel.values(None, describe_trouble(error, texts), marked, texts)
        if image is None:
            return panel.values(None, texts["ask_for_drawing"], marked, texts)
        return answer(image, image, marked, texts)

    def read_photo(path: str | None, marked: bool, request: gr.Request):
        texts = texts_for(request)
        if path is None:
            return panel.values(None, texts["ask_for_drawing"], marked, texts)
        return answer(Path(path).read_bytes(), None, marked, texts)

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
    )
    photo.change(
        read_photo,
        [photo, panel.why],
        panel.outputs,
        trigger_mode="always_last",
        show_progress="hidden",
        api_visibility="private",
    )
    sketchpad.clear(None, None, None, js=SELECT_BRUSH_JS)
