"""The panel on the right: a sentence, then a digit with its bars and 28x28 image, or a number."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from page import limits
from page.corrections.store import Corrections
from page.served_model import ServedModel
from page.translations import i18n, texts_for
from page.ui.answer import MODEL_QUEUE, TOP_K, Reading, label_value, show_seen
from page.ui.correction_panel import build_correction_panel
from sketchdigits import DigitClassifier


class AnswerPanel(NamedTuple):
    """The components that show an answer.

    Attributes:
        classifier: computes the colours for "why".
        why: the checkbox for the colours; an input of each event that shows an answer.
        outputs: the components that `values` fills, in the same order.
    """

    classifier: DigitClassifier
    why: gr.Checkbox
    outputs: list[Any]

    def values(
        self,
        reading: Reading | None,
        sentence: str,
        why: bool,
        texts: dict[str, str],
        number: str = "",
    ) -> tuple[Any, ...]:
        """The values of `outputs`; without a reading, all are empty except sentence and number.

        While there is a `number`, HTML from `show_number`, the style sheet hides what belongs to
        one digit.
        """
        prediction = reading.prediction if reading else None
        bars = label_value(prediction) if prediction else None
        seen = show_seen(prediction, self.classifier, why, texts)
        return sentence, bars, bars, seen, reading, number


def build_answer_panel(served: ServedModel, corrections: Corrections | None) -> AnswerPanel:
    """Build the empty panel; connect "why" and the correction to the last reading."""
    message = gr.Markdown(i18n("ask_for_drawing"), elem_id="message")
    number = gr.HTML("", elem_id="number")
    prediction = gr.Label(show_label=False, num_top_classes=TOP_K, elem_id="prediction")
    with gr.Row(elem_id="seen-row"):
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

    def show_why(reading: Reading | None, why: bool, request: gr.Request) -> str:
        prediction = reading.prediction if reading else None
        return show_seen(prediction, served.classifier, why, texts_for(request))

    why.change(
        show_why,
        [last, why],
        seen,
        show_progress="hidden",
        api_visibility="private",
        concurrency_id=MODEL_QUEUE,
    )
    return AnswerPanel(served.classifier, why, [message, prediction, all_ten, seen, last, number])
