""" "Wrong? Tell us the digit": keeps a drawing and its right label, on an explicit click alone."""

from __future__ import annotations

import gradio as gr

from page.corrections.store import Corrections
from page.served_model import ServedModel
from page.translations import i18n, texts_for
from page.ui.answer import Reading
from sketchdigits import SketchdigitsError

NO_DIGIT = "no digit"


def build_correction_panel(last: gr.State, corrections: Corrections, served: ServedModel) -> None:
    """The panel, wired to what was read last."""
    with gr.Accordion(i18n("wrong"), open=False, elem_id="correction"):
        choices = [(str(digit), str(digit)) for digit in range(10)]
        label = gr.Radio(
            [*choices, (i18n("not_a_digit"), NO_DIGIT)], label=i18n("right_digit"), elem_id="label"
        )
        gr.Markdown(i18n("kept_on_hub" if corrections.repo_id else "kept_here"))
        send = gr.Button(i18n("send"), elem_id="send-correction")
        told = gr.Markdown(elem_id="correction-told")

    def keep(reading: Reading | None, chosen: str | None, request: gr.Request):
        texts = texts_for(request)
        if reading is None or reading.drawing is None:
            return texts["nothing_to_send"], chosen, reading
        if chosen is None:
            return texts["choose_digit"], chosen, reading
        digit = None if chosen == NO_DIGIT else int(chosen)
        try:
            corrections.save(
                reading.drawing, digit, reading.prediction, served.model_id, served.revision
            )
        except SketchdigitsError as error:
            return str(error), chosen, reading
        # Sent once: a second click has nothing to send.
        return texts["thanks"], None, Reading(None, reading.prediction)

    send.click(
        keep,
        [last, label],
        [told, label, last],
        show_progress="hidden",
        api_visibility="private",
    )
