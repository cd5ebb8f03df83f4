"""A `Prediction` -> what the page shows: a sentence, the bars, and the 28x28 image."""

from __future__ import annotations

import base64
import html
import io
import math
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from PIL import Image

from page import limits
from sketchdigits import (
    BlankDrawingError,
    DigitClassifier,
    InvalidImageError,
    Prediction,
    SketchdigitsError,
)
from sketchdigits.saliency import occlusion_saliency

TOP_K = 3
# Every event that runs the model has this `concurrency_id`, so that they share one limit. Without
# it, Gradio limits each function separately.
MODEL_QUEUE = "reading"
# RGB of pixels that support the answer, and of pixels that count against it.
SUPPORT_COLOUR = np.array([255, 60, 40], np.float32)
AGAINST_COLOUR = np.array([60, 120, 255], np.float32)


@dataclass(frozen=True)
class Reading:
    """The last answer, kept in the session for "why" and for a correction.

    Attributes:
        drawing: the visitor's encoded image; None for a gallery digit, or after it was sent.
        prediction: the answer.
    """

    drawing: bytes | None
    prediction: Prediction


def label_value(prediction: Prediction) -> dict[str, float]:
    """The value of a `gr.Label`, with all ten digits: `{"7": 0.98, ...}`."""
    return {
        str(digit): min(probability, limits.MAX_BAR) for digit, probability in prediction.top(10)
    }


def name_digit(digit: int, texts: dict[str, str]) -> str:
    """The digit in bold; in English with its article: "a **4**", "an **8**"."""
    return texts["digit_8" if digit == 8 else "digit"].format(digit=digit)


def describe_digit(prediction: Prediction, texts: dict[str, str]) -> str:
    """One sentence about an image that looks like a digit."""
    (digit, confidence), (second, _) = prediction.top(2)
    best = name_digit(digit, texts)
    if confidence < limits.MIN_SURE_PROBABILITY:
        return texts["unsure_answer"].format(best=best, second=name_digit(second, texts))
    return texts["sure_answer"].format(best=best, sure=sure_percent(confidence))


def sure_percent(confidence: float) -> float:
    """A confidence, 0-1, in percent with one digit after the point, and never 100."""
    return min(math.floor(confidence * 1000), limits.MAX_SHOWN_PERMILLE) / 10


def describe_doubtful(prediction: Prediction, texts: dict[str, str]) -> str:
    """Say that the digit is unusual, or that it is none."""
    if prediction.verdict == "unusual":
        return texts["unusual_answer"].format(best=name_digit(prediction.label, texts))
    return texts["not_one_digit"]


def describe_error(error: SketchdigitsError, texts: dict[str, str]) -> str:
    """One sentence about an image that is blank or can't be read."""
    if isinstance(error, BlankDrawingError):
        return texts["ask_for_drawing"]
    if isinstance(error, InvalidImageError) and error.file_format == "HEIC":
        return texts["heic_image"]
    return texts["unreadable_image"].format(reason=error)


def show_seen(
    prediction: Prediction | None, classifier: DigitClassifier, why: bool, texts: dict[str, str]
) -> str:
    """HTML of the 28x28 image that the model saw; an empty frame if there is no prediction.

    With `why`, colours show which pixels support the answer, unless the model has no finite answer
    without some of them. The image is a data URI, which needs no request of its own.
    """
    if prediction is None:
        return '<div class="seen"></div>'
    pixels = prediction.image
    if why:
        with suppress(SketchdigitsError):
            pixels = colour_by_saliency(pixels, occlusion_saliency(classifier, prediction))
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    encoded = base64.b64encode(stream.getvalue()).decode()
    alt = html.escape(texts["seen_alt"], quote=True)
    return f'<img class="seen" alt="{alt}" src="data:image/png;base64,{encoded}">'


def colour_by_saliency(image: np.ndarray, saliency: np.ndarray) -> np.ndarray:
    """`(28, 28) uint8` and `(28, 28) float32, -1 to 1` -> `(28, 28, 3) uint8`."""
    grey = image[..., None].astype(np.float32)
    colour = np.where(saliency[..., None] > 0, SUPPORT_COLOUR, AGAINST_COLOUR)
    share = np.abs(saliency)[..., None] * 0.85
    return np.rint((1 - share) * grey + share * colour * (0.35 + 0.65 * grey / 255)).astype(
        np.uint8
    )
