"""The public endpoint, `/predict`: an image file in, the three likeliest digits out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from page.errors import Refusal
from page.translations import FILE_GONE, NO_FILE
from page.ui.answer import QUEUE, TOP_K
from sketchdigits import DigitClassifier, Prediction, SketchdigitsError


def build_endpoint(classifier: DigitClassifier) -> None:
    """Components of its own, in their own shape, that the page doesn't show."""

    def predict(image: str | None) -> dict[str, Any]:
        """Read the digit on an image file: PNG, JPEG, WebP, GIF or BMP, one digit, any colours.

        `label` is the likeliest digit, `confidences` are those of the three likeliest. `is_digit`
        is false for what doesn't look like one digit; `digit_score` (0-1) says how much it does.
        """
        if image is None:
            raise Refusal(NO_FILE)
        try:
            return describe_prediction(classifier.predict(Path(image).read_bytes()))
        except OSError as error:
            raise Refusal(FILE_GONE) from error
        except SketchdigitsError as error:
            raise Refusal(str(error)) from error

    # gr.File, unlike gr.Image, opens nothing but uploads, whatever the request's shape.
    image_file = gr.File(label="image", visible=False, type="filepath")
    answer = gr.JSON(label="answer", visible=False)
    gr.Button("predict", visible=False).click(
        predict,
        image_file,
        answer,
        api_name="predict",
        api_visibility="public",
        concurrency_id=QUEUE,
        postprocess=False,  # it is plain JSON already
    )


def describe_prediction(prediction: Prediction) -> dict[str, Any]:
    """What the endpoint answers, as JSON has it."""
    return {
        "label": str(prediction.label),
        "confidences": [
            {"label": str(digit), "confidence": probability}
            for digit, probability in prediction.top(TOP_K)
        ],
        "is_digit": prediction.is_digit,
        "digit_score": prediction.digit_score,
    }
