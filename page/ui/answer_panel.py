"""The right-hand side: a sentence, the digit large, the bars, what the model saw, and why."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from page import limits
from page.corrections.store import Corrections
from page.served_model import ServedModel
from page.translations import i18n, texts_for
from page.ui.answer import QUEUE, TOP_K, Reading, label_value, show_seen
from page.ui.correction_panel import build_correction_panel
from sketchdigits import DigitClassifier


class AnswerPanel(NamedTuple):
    """What a reading is shown in.

    Attributes:
        classifier: says why.
        why: whether the 28x28 is shown in colours; an input of each reading.
        outputs: what `values` are for.
    """

    classifier: DigitClassifier
    why: gr.Checkbox
    outputs: list[Any]

    def values(
        self, reading: Reading | None, sentence: str, marked: bool, texts: dict[str, str]
    ) -> tuple[Any, ...]:
        """The values of the outputs; without a reading all but the sentence are empty."""
        found = reading.prediction if reading else None
        bars = label_value(found) if found else None
        return sentence, bars, bars, show_seen(found, self.classifier, marked, texts), reading


def build_answer_panel(served: ServedModel, corrections: Corrections | None) -> AnswerPanel:
    """The panel, empty, with "why" and the correction wired to what is read last."""
    message = gr.Markdown(i18n("ask_for_drawing"), elem_id="message")
    prediction = gr.Label(show_label=False, num_top_classes=TOP_K, elem_id="prediction")
    with gr.Row():
        with gr.Column(scale=0, min_width=180):
            seen = gr.HTML(show_seen(None, served.classifier, False, {}), elem_id="seen")
        with gr.Column(scale=1, min_width=120):
            gr.Markdown(i18n("seen"))
            why = gr.Checkbox(label=i18n("why"), info=i18n("why_help"), elem_id="why")
    with gr.Accordion(i18n("all_ten"), open=False, elem_id="all-ten"):
        all_ten = gr.Label(show_label=False, num_top_classes=10, show_heading=False)
    last = gr.State(None, time_to_live=limits.SESSION_STATE_TIMEOUT)
    if corrections:
        build_correction_panel(last, corrections, served)

    def mark(reading: Reading | None, marked: bool, request: gr.Request) -> str:
        found = reading.prediction if reading else None
        return show_seen(found, served.classifier, marked, texts_for(request))

    why.change(
        mark,
        [last, why],
        seen,
        show_progress="hidden",
        api_visibility="private",
        concurrency_id=QUEUE,
    )
    return AnswerPanel(served.classifier, why, [message, prediction, all_ten, seen, last])
