"""The public endpoint, `/predict`: takes an image file, returns the three likeliest digits.

To add a field to the answer: add it to `build_answer`, and describe it in `endpoint_description` of
`page/translations.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from page.errors import Refusal
from page.server.decoding_room import read_in_turn
from page.translations import ENGLISH_ONLY, FILE_GONE, NO_FILE
from page.ui.answer import MODEL_QUEUE, TOP_K
from sketchdigits import DigitClassifier, Prediction, SketchdigitsError


def build_endpoint(classifier: DigitClassifier) -> None:
    """Build the endpoint from hidden components, apart from those of the page."""

    def predict(image: str | None) -> dict[str, Any]:
        if image is None:
            raise Refusal(NO_FILE)
        try:
            return build_answer(classifier.predict(read_in_turn(Path(image).read_bytes())))
        except OSError as error:
            raise Refusal(FILE_GONE) from error
        except SketchdigitsError as error:
            raise Refusal(str(error)) from error

    predict.__doc__ = ENGLISH_ONLY["endpoint_description"]  # Gradio shows it in the API docs
    # Unlike gr.Image, gr.File opens only uploaded files, even if a request names others.
    image_file = gr.File(label="image", visible=False, type="filepath")
    answer = gr.JSON(label="answer", visible=False)
    gr.Button("predict", visible=False).click(
        predict,
        image_file,
        answer,
        api_name="predict",
        api_visibility="public",
        concurrency_id=MODEL_QUEUE,
        postprocess=False,  # the answer is plain JSON already
    )


def build_answer(prediction: Prediction) -> dict[str, Any]:
    """The endpoint's answer, a JSON object. New fields go here."""
    return {
        "label": str(prediction.label),
        "confidences": [
            {"label": str(digit), "confidence": probability}
            for digit, probability in prediction.top(TOP_K)
        ],
        "is_digit": prediction.is_digit,
        "digit_score": prediction.digit_score,
        "verdict": prediction.verdict,
    }
