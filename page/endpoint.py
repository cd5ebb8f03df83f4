"""The public endpoint, `/predict`: an image file in, the three likeliest digits out."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from page.answer import TOP_K, label_value
from sketchdigits import DigitClassifier, SketchdigitsError


def build_endpoint(classifier: DigitClassifier) -> None:
    """Components of its own, in their own shape, that the page doesn't show."""

    def predict(image: str | None) -> dict[str, float]:
        """Read the digit on an image file: PNG, JPEG, WebP, GIF or BMP, one digit, any colours."""
        if image is None:
            raise gr.Error("Upload an image file: PNG, JPEG, WebP, GIF or BMP.")
        try:
            return label_value(classifier.predict(Path(image).read_bytes()), TOP_K)
        except OSError as error:
            raise gr.Error("The uploaded file is gone. Upload it again.") from error
        except SketchdigitsError as error:
            raise gr.Error(str(error)) from error

    # gr.File, unlike gr.Image, opens nothing but uploads, whatever the request's shape.
    image_file = gr.File(label="image", visible=False, type="filepath")
    answer = gr.Label(label="answer", num_top_classes=TOP_K, visible=False)
    gr.Button("predict", visible=False).click(
        predict, image_file, answer, api_name="predict", api_visibility="public"
    )
