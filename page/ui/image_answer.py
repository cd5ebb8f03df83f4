"""An image -> the answer that the page shows: one digit, a number, or why there is neither."""

from __future__ import annotations

from typing import NamedTuple

from page.ui.answer import describe_digit, describe_doubtful, describe_error
from page.ui.number_answer import describe_number, find_number, show_number
from sketchdigits import DigitClassifier, Prediction, SketchdigitsError
from sketchdigits.preprocessing.decode import ImageInput
from sketchdigits.preprocessing.pipeline import preprocess_inks, read_opaque, to_inks


class ImageAnswer(NamedTuple):
    """The answer for an image.

    Attributes:
        prediction: of one digit; None if the image shows a number, is blank, or can't be read.
        sentence: says what the image shows.
        number: HTML of a number (see `show_number`); "": there is none.
    """

    prediction: Prediction | None
    sentence: str
    number: str = ""


def answer_image(
    image: ImageInput, classifier: DigitClassifier, texts: dict[str, str]
) -> ImageAnswer:
    """Read an image as one digit; as a number if it may be one. Raises nothing."""
    try:
        pixels = read_opaque(image)
        # The ink is found once, for the answer and for its parts: of a photograph it takes longest.
        inks = to_inks(pixels[None])
        [prediction] = classifier.predict_preprocessed(preprocess_inks(inks))
    except SketchdigitsError as error:
        return ImageAnswer(None, describe_error(error, texts))
    number = find_number(pixels, inks[0], prediction, classifier)
    if number:
        return ImageAnswer(None, describe_number(number, texts), show_number(number, pixels, texts))
    describe = describe_digit if prediction.is_digit else describe_doubtful
    return ImageAnswer(prediction, describe(prediction, texts))
