"""Numbers to click, below the gallery: rows of its digits, with the model's answers."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
import numpy as np
from PIL import Image

from page.errors import Refusal
from page.translations import EXPECTED_REQUEST, i18n, texts_for
from page.ui.answer import MODEL_QUEUE
from page.ui.answer_panel import AnswerPanel
from page.ui.number_answer import show_number
from sketchdigits import DigitClassifier, NumberReading, Prediction, SketchdigitsError
from sketchdigits.package.examples import Example

# Digits of each number. A gallery of fewer digits has fewer numbers.
LENGTHS = (4, 3, 5, 2)
# Pixels: the height of a row, and the paper between two digits and around the row.
ROW_HEIGHT = 28
GAP, MARGIN = 4, 6
# Whole factor by which a row is enlarged on the page.
MAGNIFICATION = 3
# Ink of an example above this share of its brightest pixel is kept when it is cropped.
KEPT_INK = 0.2


@dataclass(frozen=True)
class NumberExample:
    """A number of the gallery, and the model's answer.

    Attributes:
        image: `(h, w) uint8, 0-255`, ink bright.
        label: its true digits.
        reading: the answer.
    """

    image: np.ndarray
    label: str
    reading: NumberReading

    @property
    def is_right(self) -> bool:
        """Whether all digits are right, and nothing else was found."""
        return self.reading.is_number and self.reading.text == self.label


def build_number_gallery(
    examples: list[Example],
    answers: list[Prediction],
    classifier: DigitClassifier,
    panel: AnswerPanel,
) -> None:
    """Build the rows of `examples`; a click on one shows its answer in `panel`."""
    numbers = read_rows(compose_rows(examples, answers), classifier)
    if not numbers:
        return
    gr.Markdown(i18n("number_gallery_help"))
    gallery = gr.Gallery(
        [
            (
                number.image.repeat(MAGNIFICATION, axis=0).repeat(MAGNIFICATION, axis=1),
                caption_number(number),
            )
            for number in numbers
        ],
        show_label=False,
        elem_id="number-gallery",
        columns=len(LENGTHS),
        height="auto",
        object_fit="contain",
        allow_preview=False,
        interactive=False,
        buttons=[],
        format="png",
    )

    def show_example(why: bool, selected: gr.SelectData, request: gr.Request):
        texts = texts_for(request)
        index = selected.index
        if not isinstance(index, int) or not 0 <= index < len(numbers):
            raise Refusal(EXPECTED_REQUEST)
        number = numbers[index]
        sentence = texts["gallery_answer"].format(
            label=number.label,
            best=texts["list_comma"].join(number.reading.lines),
            verdict=texts["verdict_right" if number.is_right else "verdict_wrong"],
        )
        picture = show_number(number.reading, number.image[..., None], texts)
        return panel.values(None, sentence, why, texts, picture)

    gallery.select(
        show_example,
        panel.why,
        panel.outputs,
        show_progress="hidden",
        api_visibility="private",
        concurrency_id=MODEL_QUEUE,
    )


def compose_rows(
    examples: list[Example], answers: list[Prediction]
) -> list[tuple[np.ndarray, str]]:
    """Rows of the examples that are read right one by one, and their digits.

    The gallery has mostly digits that are hard to read. Rows of them would say little about rows.
    """
    right = [
        example
        for example, answer in zip(examples, answers, strict=True)
        if answer.label == example.label and answer.is_digit
    ]
    rows = []
    for length in LENGTHS:
        chosen, right = right[:length], right[length:]
        if len(chosen) == length:
            label = "".join(str(example.label) for example in chosen)
            rows.append((set_side_by_side([example.image for example in chosen]), label))
    return rows


def set_side_by_side(images: list[np.ndarray]) -> np.ndarray:
    """Digits, each `(h, w) uint8` with bright ink, in one row: `(h, w) uint8`."""
    paper = np.zeros((ROW_HEIGHT, GAP), np.uint8)
    parts = []
    for image in images:
        width = max(1, round(image.shape[1] * ROW_HEIGHT / image.shape[0]))
        scaled = np.asarray(Image.fromarray(image).resize((width, ROW_HEIGHT)))
        inked = np.flatnonzero((scaled > KEPT_INK * scaled.max()).any(axis=0))
        parts += [scaled[:, inked[0] : inked[-1] + 1], paper]
    return np.pad(np.concatenate(parts[:-1], axis=1), MARGIN)


def read_rows(
    rows: list[tuple[np.ndarray, str]], classifier: DigitClassifier
) -> list[NumberExample]:
    """Read each row; leave out those in which no digit is found."""
    numbers = []
    for image, label in rows:
        try:
            reading = classifier.read_number(image)
        except SketchdigitsError:
            continue
        if reading.digits:
            numbers.append(NumberExample(image, label, reading))
    return numbers


def caption_number(number: NumberExample) -> str:
    """The true number and, if it differs, the model's answer."""
    if number.is_right:
        return f"{number.label} ✓"
    return f"{number.label} → {' '.join(number.reading.lines)} ✗"
