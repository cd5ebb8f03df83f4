"""A `Prediction` -> what the page shows: a sentence, the bars, and the 28x28 that the model saw."""

from __future__ import annotations

import base64
import html
import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from page import limits
from sketchdigits import BlankDrawingError, DigitClassifier, Prediction, SketchdigitsError
from sketchdigits.preprocessing.decode import ImageInput
from sketchdigits.preprocessing.split import split_side_by_side
from sketchdigits.saliency import occlusion_saliency

TOP_K = 3
UNSURE_BELOW = 0.6
# Nothing is 100 % sure. Of a thousand in the sentence; `gr.Label` rounds its bars to a hundred.
MOST_SURE = 999
LONGEST_BAR = 0.99
# Gradio bounds what runs at once by name, or else each function alone: whatever the model is asked
# for goes by this one.
QUEUE = "reading"
# Of two colours mixed over the grey: what speaks for the answer, and what against it.
FOR, AGAINST = np.array([255, 60, 40], np.float32), np.array([60, 120, 255], np.float32)


@dataclass(frozen=True)
class Reading:
    """What was read last, kept for "why" and for a correction.

    Attributes:
        drawing: the visitor's image, encoded; None for a digit of the gallery.
        prediction: the answer.
    """

    drawing: bytes | None
    prediction: Prediction


def label_value(prediction: Prediction) -> dict[str, float]:
    """What `gr.Label` takes, all ten: `{"7": 0.98, ...}`."""
    return {str(digit): min(probability, LONGEST_BAR) for digit, probability in prediction.top(10)}


def describe(prediction: Prediction, texts: dict[str, str]) -> str:
    """One sentence for people, about what looks like a digit."""
    (best, confidence), (second, _) = prediction.top(2)
    if confidence < UNSURE_BELOW:
        return texts["unsure"].format(best=best, second=second)
    sure = min(math.floor(confidence * 1000), MOST_SURE) / 10
    return texts["this_is"].format(best=best, sure=sure)


def describe_refused(image: ImageInput, classifier: DigitClassifier, texts: dict[str, str]) -> str:
    """One sentence about what doesn't look like one digit: several in a row, or none."""
    parts = split_side_by_side(image)
    if 2 <= len(parts) <= limits.MAX_DIGITS_NAMED:
        predictions = classifier.predict_batch(parts)
        if all(prediction.is_digit for prediction in predictions):
            *others, last = [f"**{prediction.label}**" for prediction in predictions]
            row = texts["comma"].join(others) + texts["and"] + last
            return texts["side_by_side"].format(row=row)
    return texts["no_digit"]


def describe_trouble(error: SketchdigitsError, texts: dict[str, str]) -> str:
    """One sentence about an image that gets no answer."""
    if isinstance(error, BlankDrawingError):
        return texts["ask_for_drawing"]
    return texts["unreadable"].format(reason=error)


def show_seen(
    prediction: Prediction | None, classifier: DigitClassifier, why: bool, texts: dict[str, str]
) -> str:
    """HTML of the 28x28, every pixel a square; with `why`, in colours. An empty frame for None.

    The image travels within the page: no file, no request of its own.
    """
    if prediction is None:
        return '<div class="seen"></div>'
    pixels = prediction.image
    if why:
        pixels = colour_by_saliency(pixels, occlusion_saliency(classifier, prediction))
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    encoded = base64.b64encode(stream.getvalue()).decode()
    alt = html.escape(texts["seen_alt"], quote=True)
    return f'<img class="seen" alt="{alt}" src="data:image/png;base64,{encoded}">'


def colour_by_saliency(image: np.ndarray, saliency: np.ndarray) -> np.ndarray:
    """`(28, 28) uint8` and `(28, 28) float32, -1 to 1` -> `(28, 28, 3) uint8`."""
    grey = image[..., None].astype(np.float32)
    colour = np.where(saliency[..., None] > 0, FOR, AGAINST)
    share = np.abs(saliency)[..., None] * 0.85
    return np.rint((1 - share) * grey + share * colour * (0.35 + 0.65 * grey / 255)).astype(
        np.uint8
    )


def read(
    image: ImageInput, classifier: DigitClassifier, texts: dict[str, str]
) -> tuple[Prediction | None, str]:
    """The answer and a sentence; no answer for what is blank or can't be read."""
    try:
        prediction = classifier.predict(image)
        if prediction.is_digit:
            return prediction, describe(prediction, texts)
        return prediction, describe_refused(image, classifier, texts)
    except SketchdigitsError as error:
        return None, describe_trouble(error, texts)
