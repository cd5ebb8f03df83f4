"""The panel "Wrong? Tell us the digit": a click on Send stores the drawing and its label."""

from __future__ import annotations

import gradio as gr

from page.corrections.errors import (
    CorrectionsDiskError,
    CorrectionsFullError,
    CorrectionsQuotaError,
    Quota,
)
from page.corrections.store import Corrections
from page.served_model import ServedModel
from page.server.client_address import IPV6_SITE_BITS, client_address
from page.translations import i18n, texts_for
from page.ui.answer import Reading, describe_error
from sketchdigits import SketchdigitsError

NO_DIGIT = "no digit"  # the choice's value; visitors see its translated label
_QUOTA_SENTENCES = {
    Quota.MINUTE: "corrections_too_fast",
    Quota.DAY: "corrections_enough_today",
    Quota.STORE: "corrections_enough",
}


def build_correction_panel(last: gr.State, corrections: Corrections, served: ServedModel) -> None:
    """Build the panel; `last` holds the last `Reading` of the session."""
    with gr.Accordion(i18n("correction_title"), open=False, elem_id="correction"):
        choices = [(str(digit), str(digit)) for digit in range(10)]
        label = gr.Radio(
            [*choices, (i18n("not_a_digit"), NO_DIGIT)],
            label=i18n("correct_digit"),
            elem_id="label",
        )
        gr.Markdown(i18n("stored_on_hub" if corrections.repo_id else "stored_here"))
        send = gr.Button(i18n("correction_send"), elem_id="send-correction")
        result = gr.Markdown(elem_id="correction-result")

    def send_correction(reading: Reading | None, chosen: str | None, request: gr.Request):
        texts = texts_for(request)
        if reading is None or reading.drawing is None:
            return texts["nothing_to_send"], chosen, reading
        if chosen is None:
            return texts["choose_digit"], chosen, reading
        digit = None if chosen == NO_DIGIT else int(chosen)
        assert request.request is not None  # Gradio calls this for each click
        try:
            corrections.save(
                reading.drawing,
                digit,
                reading.prediction,
                served.model_id,
                served.revision,
                address=client_address(request.request.scope, IPV6_SITE_BITS),
            )
        except SketchdigitsError as error:
            return describe_failure(error, texts), chosen, reading
        # Without its drawing, so that a second click sends nothing.
        return texts["correction_thanks"], None, Reading(None, reading.prediction)

    send.click(
        send_correction,
        [last, label],
        [result, label, last],
        show_progress="hidden",
        api_visibility="private",
    )


def describe_failure(error: SketchdigitsError, texts: dict[str, str]) -> str:
    """One sentence about a correction that could not be stored."""
    if isinstance(error, CorrectionsFullError):
        return texts["corrections_full"]
    if isinstance(error, CorrectionsQuotaError):
        return texts[_QUOTA_SENTENCES[error.quota]]
    if isinstance(error, CorrectionsDiskError):
        return texts["correction_disk_full" if error.disk_full else "correction_not_written"]
    return describe_error(error, texts)
