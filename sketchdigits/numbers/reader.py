"""An image of a whole number -> its digits: runs all the steps of `sketchdigits/numbers`.

Enters: any image, and the function that reads preprocessed digits. Leaves: a `NumberReading`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sketchdigits.numbers.confidence import Evidence
from sketchdigits.numbers.division import OTHER_LABEL
from sketchdigits.numbers.line_reading import (
    Known,
    Line,
    Predict,
    divide_lines,
    find_marks,
    read_lines,
    read_lines_at_once,
)
from sketchdigits.numbers.line_symbols import LineSymbols, ReadLine
from sketchdigits.numbers.number_reading import Box, NumberReading
from sketchdigits.numbers.pieces import number_pixels
from sketchdigits.numbers.row_ink import MAX_INK_PIXELS, RowInk, find_row_ink
from sketchdigits.numbers.segments import Segment, crop_segments
from sketchdigits.numbers.steps import UNEXPLAINED_SCORE, digit_score
from sketchdigits.numbers.text_lines import TextLine, find_text_lines, join_lines
from sketchdigits.prediction import Prediction
from sketchdigits.preprocessing.decode import ImageInput, find_shrinking
from sketchdigits.preprocessing.photo import extract_photo_marks
from sketchdigits.preprocessing.photo_or_drawing import is_photograph
from sketchdigits.preprocessing.pipeline import (
    preprocess_inks,
    preprocess_stack,
    read_opaque,
    to_inks,
)

# A number has at most this many digits, and its lines at most this many marks.
MAX_DIGITS = 64
MAX_MARKS = 160
# The boxes of all marks together have at most this many pixels of the ink, which has half as many
# at most: the marks of a number hardly overlap. It bounds the time for cuts.
MAX_BOXES = 2 * MAX_INK_PIXELS
# The whole image is read as one digit too, unless its marks together are wider than this, as a
# share of their height, or there are more than the second number. One digit is preferred by the
# third number.
MAX_WHOLE_WIDTH = 1.6
MAX_WHOLE_MARKS = 12
WHOLE_BONUS = 1.0
# A mark that is narrower than this, as a share of its height, is one digit at most.
MIN_SEVERAL_WIDTH = 0.6
# On a photograph, a mark wider than this share of the picture may be a line of ruled paper.
MAX_MARK_WIDTH = 0.6


@dataclass(frozen=True)
class _View:
    """How the ink lies on the image: the image's size, and its pixels in a pixel of the ink."""

    width: int
    height: int
    scale: float


def read_number(
    image: ImageInput, predict: Predict, read_line: ReadLine | None = None
) -> NumberReading:
    """Read the number on an image.

    Args:
        image: any.
        predict: reads `(n, 28, 28) uint8`.
        read_line: runs the row network; None: marks that touch are divided without it.

    Raises:
        InvalidImageError, BlankDrawingError: as `DigitClassifier.predict`.
        ModelPackageError: as `predict` raises it.
    """
    return read_with_evidence(image, predict, read_line)[0]


def read_with_evidence(
    image: ImageInput, predict: Predict, read_line: ReadLine | None = None
) -> tuple[NumberReading, Evidence | None]:
    """`read_number`, and what its confidence was computed from; None for one digit or no number.

    Raises:
        InvalidImageError, BlankDrawingError: as `DigitClassifier.predict`.
        ModelPackageError: as `predict` raises it.
    """
    pixels = read_opaque(image)
    shrunk = find_shrinking(image, pixels.shape)
    row, inks, scale = _find_ink(pixels)
    height, width = (round(side * shrunk) for side in pixels.shape[:2])
    view = _View(width, height, scale * shrunk)
    if row.is_crowded or _have_too_many_marks(row):
        return _give_up(row, view), None
    known: Known = {}
    text_lines = _find_text_lines(row)
    lines = find_marks(row, text_lines)
    may_be_one_digit = _may_be_one_digit(row)
    # In the boxes of a form digits stand apart: they are divided first, and the network checks it.
    is_form = bool(row.uprights)
    if read_line is not None and not (may_be_one_digit and (is_form or _is_narrow(row))):
        read_lines_at_once(row, text_lines, lines, read_line)
    has_several = any(line.symbols is not None and line.symbols.has_several for line in lines)
    is_read = is_form or (may_be_one_digit and not has_several)
    if is_read and not read_lines(row, lines, known, predict):
        return _give_up(row, view), None
    if is_read and may_be_one_digit:
        preprocessed = preprocess_stack(pixels[None]) if inks is None else preprocess_inks(inks)
        whole = _read_whole(row, lines, preprocessed, predict)
        if whole is not None:
            return _to_one_digit(row, whole, view), None
        if read_line is not None and lines[0].symbols is None:
            read_lines_at_once(row, text_lines, lines, read_line)
    is_right = is_form and not any(line.is_contradicted for line in lines)
    is_done = is_right or divide_lines(row, lines, known, predict) or is_read
    if not is_done and not read_lines(row, lines, known, predict):
        return _give_up(row, view), None
    reading, evidence = _to_reading(row, lines, known, view)
    if len(reading.digits) > MAX_DIGITS:
        return _give_up(row, view), None
    return reading, evidence


def find_lines(image: ImageInput) -> tuple[RowInk, list[TextLine]] | None:
    """The ink of an image and its lines, as `read_number` finds them; None: no number.

    Raises:
        InvalidImageError, BlankDrawingError: as `DigitClassifier.predict`.
    """
    row, _, _ = _find_ink(read_opaque(image))
    if row.is_crowded or _have_too_many_marks(row):
        return None
    return row, _find_text_lines(row)


def _find_text_lines(row: RowInk) -> list[TextLine]:
    lines = find_text_lines(row.marks.boxes)
    return [join_lines(row.marks.boxes, lines)] if row.uprights else lines


def _find_ink(pixels: np.ndarray) -> tuple[RowInk, np.ndarray | None, float]:
    """The ink of `(H, W, 1|3) uint8`; that of a drawing, `(1, H, W)`; and the image's scale."""
    if is_photograph(pixels):
        row, scale = _find_photo_ink(pixels)
        return row, None, scale
    inks = to_inks(pixels[None])
    return find_row_ink(inks[0]), inks, 1.0


def _find_photo_ink(pixels: np.ndarray) -> tuple[RowInk, float]:
    """The ink of a photograph, and how many pixels of it one pixel of the ink stands for."""
    ink = extract_photo_marks(pixels, with_lines=True)
    scale = max(pixels.shape[:2]) / max(ink.shape)
    row = find_row_ink(ink, is_upright_needed=True)
    widths = (row.marks.boxes[:, 3] - row.marks.boxes[:, 1]) * row.block
    if not row.has_field and widths.max(initial=0) > MAX_MARK_WIDTH * ink.shape[1]:
        row = find_row_ink(extract_photo_marks(pixels))
    return row, scale


def _have_too_many_marks(row: RowInk) -> bool:
    """Whether there are more marks, or larger ones, than a number has."""
    boxes = row.marks.boxes
    pixels = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1).sum()
    return len(boxes) > MAX_MARKS or bool(pixels > MAX_BOXES)


def _may_be_one_digit(row: RowInk) -> bool:
    """Whether all marks together may be one digit, by their shape."""
    boxes = row.marks.boxes
    height, width = boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)
    return bool(width <= MAX_WHOLE_WIDTH * height) and len(boxes) <= MAX_WHOLE_MARKS


def _is_narrow(row: RowInk) -> bool:
    """Whether there is one mark, too narrow for several digits side by side."""
    height, width = row.ink.shape
    return len(row.marks.masks) == 1 and width < MIN_SEVERAL_WIDTH * height


def _read_whole(
    row: RowInk, lines: Sequence[Line], preprocessed: np.ndarray, predict: Predict
) -> Prediction | None:
    """Read all marks together as one digit; None if they are not.

    Preprocessing of a single digit removes what it takes for a printed line, which may be a 1. So
    the answer to its image, `(1, 28, 28)`, counts only if all marks together are read alike.
    """
    pieces = [piece for line in lines for piece in line.pieces]
    steps = [step for line in lines for step in line.paths[0].steps]
    everything = Segment(0, len(pieces), (0, 0, *row.ink.shape), ())
    numbers = number_pixels(pieces, row.ink.shape)
    together = crop_segments(row.ink, numbers, [(everything, 0)])
    whole, check = predict(np.concatenate([preprocessed, together]))
    if len(steps) == 1:
        return whole
    if whole.label != check.label or not (whole.is_digit and check.is_digit):
        return None
    score = sum(line.paths[0].score for line in lines)
    return whole if digit_score(whole) + WHOLE_BONUS >= score else None


def _to_one_digit(row: RowInk, whole: Prediction, view: _View) -> NumberReading:
    """The answer for a single digit, which is that of `DigitClassifier.predict`."""
    boxes = row.marks.boxes
    sides = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
    box = _to_image_box(row, sides, view)
    if whole.verdict == "no digit":
        return NumberReading("", (), (), 0.0, False, (), (), (box,))
    text = str(whole.label)
    confidence = math.exp(digit_score(whole))
    return NumberReading(text, (whole,), (box,), confidence, whole.is_digit, (text,))


def _give_up(row: RowInk, view: _View) -> NumberReading:
    """The answer for a page of text, a pattern or noise."""
    box = _to_image_box(row, (0, 0, *row.ink.shape), view)
    return NumberReading("", (), (), 0.0, False, (), (), (box,))


def _to_reading(
    row: RowInk, lines: Sequence[Line], known: Known, view: _View
) -> tuple[NumberReading, Evidence]:
    digits: list[Prediction] = []
    boxes: list[Box] = []
    texts: list[str] = []
    left_out: list[Box] = []
    unexplained: list[Box] = []
    for line in lines:
        segments = {(segment.first, segment.end): segment for segment in line.segments}
        text = ""
        place = -1  # in the row network's symbols
        for step in line.paths[0].steps:
            place += step.kind == "digit" or step.label == OTHER_LABEL
            sides = np.array([piece.box for piece in line.pieces[step.first : step.end]])
            box = (*sides[:, :2].min(axis=0), *sides[:, 2:].max(axis=0))
            shown = _to_image_box(row, box, view)
            if step.kind == "mark":
                left_out.append(shown)
                continue
            if step.kind == "digit":
                prediction = known[segments[step.first, step.end].key]
                if line.symbols is not None and line.is_divided:
                    prediction = _agree(prediction, line.symbols, place)
                if prediction.verdict != "no digit":
                    digits.append(prediction)
                    boxes.append(shown)
                    text += step.label
                    continue
            unexplained.append(shown)
        texts.append(text)
    texts = [text for text in texts if text]
    evidence = _weigh(lines)
    is_number = bool(digits) and not unexplained and evidence.is_sure
    if evidence.network is None:
        is_number &= all(digit.is_digit for digit in digits)
    reading = NumberReading(
        text="\n".join(texts),
        digits=tuple(digits),
        boxes=tuple(boxes),
        confidence=evidence.confidence if digits else 0.0,
        is_number=is_number,
        lines=tuple(texts),
        left_out=tuple(left_out),
        unexplained=tuple(unexplained),
    )
    return reading, evidence


def _agree(prediction: Prediction, symbols: LineSymbols, place: int) -> Prediction:
    """The prediction of a digit that is part of a text: its label is the one in the text.

    A digit that touches others is read better by the row network than when it is cut out.
    """
    changes: dict[str, Any] = {}
    if prediction.label != symbols.best[place]:
        changes["probabilities"] = symbols.probabilities(place)
    if prediction.verdict == "no digit":
        changes["verdict"] = "unusual"
    return replace(prediction, **changes) if changes else prediction


def _weigh(lines: Sequence[Line]) -> Evidence:
    steps = [step for line in lines for step in line.paths[0].steps if step.kind == "digit"]
    logs = [line.network_log for line in lines]
    known_logs = [log for log in logs if log is not None]
    symbols = [line.symbols for line in lines if line.symbols is not None]
    return Evidence(
        score=sum(line.paths[0].score for line in lines),
        lowest=min((step.score for step in steps), default=UNEXPLAINED_SCORE),
        margin=min(line.margin for line in lines),
        count=len(steps),
        network=sum(known_logs) if len(known_logs) == len(lines) else None,
        only_digits=sum(found.only_digits for found in symbols),
    )


def _to_image_box(row: RowInk, box: Sequence[float], view: _View) -> Box:
    """A box of the ink, top, left, bottom and right, in the image's pixels."""
    top, left, bottom, right = (float(side) * row.block for side in box)
    x = min(view.width - 1, round((row.origin[0] + left) * view.scale))
    y = min(view.height - 1, round((row.origin[1] + top) * view.scale))
    width, height = round((right - left) * view.scale), round((bottom - top) * view.scale)
    return x, y, max(1, min(width, view.width - x)), max(1, min(height, view.height - y))
