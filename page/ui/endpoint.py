"""The public endpoints, `/predict` and `/read_number`: each takes an image file.

`/predict` returns the three likeliest digits, `/read_number` all digits of a number. To add a field
to an answer: add it to `build_answer` or `build_number_answer`, and describe it in
`endpoint_description` or `number_description` of `page/translations.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from page.errors import Refusal
from page.server.decoding_room import read_in_turn
from page.translations import ENGLISH_ONLY, FILE_GONE, NO_FILE
from page.ui.answer import MODEL_QUEUE, TOP_K
from sketchdigits import DigitClassifier, NumberReading, Prediction, SketchdigitsError
from sketchdigits.numbers.number_reading import Box
from sketchdigits.numbers.reader import MAX_DIGITS
from sketchdigits.preprocessing.decode import find_shrinking


def build_endpoints(classifier: DigitClassifier) -> None:
    """Build the endpoints from hidden components, apart from those of the page."""
    # Unlike gr.Image, gr.File opens only uploaded files, even if a request names others.
    image_file = gr.File(label="image", visible=False, type="filepath")
    answer = gr.JSON(label="answer", visible=False)

    def publish(read: Callable[[bytes], dict[str, Any]], description: str) -> None:
        def endpoint(image: str | None) -> dict[str, Any]:
            if image is None:
                raise Refusal(NO_FILE)
            try:
                return read(Path(image).read_bytes())
            except OSError as error:
                raise Refusal(FILE_GONE) from error
            except SketchdigitsError as error:
                raise Refusal(str(error)) from error

        endpoint.__name__ = read.__name__
        endpoint.__doc__ = description  # Gradio shows it in the API docs
        gr.Button(read.__name__, visible=False).click(
            endpoint,
            image_file,
            answer,
            api_name=read.__name__,
            api_visibility="public",
            concurrency_id=MODEL_QUEUE,
            postprocess=False,  # the answer is plain JSON already
        )

    def predict(image: bytes) -> dict[str, Any]:
        return build_answer(classifier.predict(read_in_turn(image)))

    def read_number(image: bytes) -> dict[str, Any]:
        return answer_number(classifier, image)

    publish(predict, ENGLISH_ONLY["endpoint_description"])
    publish(read_number, describe_number_endpoint())


def describe_number_endpoint() -> str:
    """What `/read_number` takes and returns."""
    return ENGLISH_ONLY["number_description"].format(digits=MAX_DIGITS)


def build_answer(prediction: Prediction) -> dict[str, Any]:
    """The answer of `/predict`, a JSON object. New fields go here."""
    return {
        "label": str(prediction.label),
        "confidences": _likeliest(prediction),
        "is_digit": prediction.is_digit,
        "digit_score": prediction.digit_score,
        "verdict": prediction.verdict,
    }


def answer_number(classifier: DigitClassifier, image: bytes) -> dict[str, Any]:
    """Read an encoded image, and return the answer of `/read_number` for it.

    Raises:
        InvalidImageError, BlankDrawingError, ModelPackageError: as `DigitClassifier.read_number`.
    """
    pixels = read_in_turn(image)
    reading = classifier.read_number(pixels)
    return build_number_answer(reading, find_shrinking(image, pixels.shape))


def build_number_answer(reading: NumberReading, shrinking: float = 1.0) -> dict[str, Any]:
    """The answer of `/read_number`, a JSON object. New fields go here.

    Args:
        reading: of the decoded image.
        shrinking: how many of the image's pixels lie along one pixel of the decoded image.
    """

    def enlarge(box: Box) -> list[int]:
        return [round(side * shrinking) for side in box]

    return {
        "text": reading.text,
        "confidence": reading.confidence,
        "is_number": reading.is_number,
        "digits": [
            {
                "label": str(digit.label),
                "confidences": _likeliest(digit),
                "box": enlarge(box),
            }
            for digit, box in zip(reading.digits, reading.boxes, strict=True)
        ],
        "lines": [*reading.lines],
        "left_out": [enlarge(box) for box in reading.left_out],
        "unexplained": [enlarge(box) for box in reading.unexplained],
    }


def _likeliest(prediction: Prediction) -> list[dict[str, Any]]:
    return [
        {"label": str(digit), "confidence": probability}
        for digit, probability in prediction.top(TOP_K)
    ]
