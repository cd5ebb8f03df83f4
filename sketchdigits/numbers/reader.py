"""An image of a whole number -> its digits: runs all the steps of `sketchdigits/numbers`.

Enters: any image, and the function that reads preprocessed digits. Leaves: a `NumberReading`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchdigits.numbers.answer import View, give_up, to_one_digit, to_reading
from sketchdigits.numbers.confidence import Evidence
from sketchdigits.numbers.line_reading import (
    Known,
    Line,
    Predict,
    divide_lines,
    find_marks,
    read_lines,
    read_lines_at_once,
    read_marks_apart,
)
from sketchdigits.numbers.line_symbols import ReadLine
from sketchdigits.numbers.number_reading import NumberReading
from sketchdigits.numbers.pieces import number_pixels
from sketchdigits.numbers.row_ink import MAX_INK_PIXELS, RowInk, find_row_ink
from sketchdigits.numbers.segments import Segment, crop_segments, is_whole_mark
from sketchdigits.numbers.steps import digit_score
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
# Digits that stand apart count against the row network if each has at least this score, a log.
MIN_APART_SCORE = -0.15
# A mark that is narrower than this, as a share of its height, is one digit at most.
MIN_SEVERAL_WIDTH = 0.6
# On a photograph, a mark wider than this share of the picture may be a line of ruled paper.
MAX_MARK_WIDTH = 0.6


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
    view = View(width, height, scale * shrunk)
    if row.is_crowded or _have_too_many_marks(row):
        return give_up(row, view), None
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
        return give_up(row, view), None
    if is_read and may_be_one_digit:
        preprocessed = preprocess_stack(pixels[None]) if inks is None else preprocess_inks(inks)
        whole = _read_whole(row, lines, preprocessed, predict)
        is_sure = whole is not None and whole.is_digit
        if read_line is not None and not is_sure and lines[0].symbols is None:
            read_lines_at_once(row, text_lines, lines, read_line)
        may_be_several = any(line.symbols and line.symbols.may_be_several for line in lines)
        if whole is not None and (is_sure or not may_be_several):
            return to_one_digit(row, whole, view), None
    is_right = is_form and not any(line.is_contradicted for line in lines)
    is_divided = not is_right and divide_lines(row, lines, known, predict)
    if not (is_divided or is_read) and not read_lines(row, lines, known, predict):
        return give_up(row, view), None
    reading, evidence = to_reading(row, lines, known, view)
    is_unsure = not reading.is_number and evidence.sees_digits_alone
    if is_divided and (is_unsure or any(line.is_cut for line in lines)):
        # The network may add 1s to bold strokes. Digits that stand apart are read well without it.
        marks = find_marks(row, text_lines)
        known = {key: found for key, found in known.items() if is_whole_mark(key)}
        if read_marks_apart(row, marks, known, predict):
            apart, evidence_of_marks = to_reading(row, marks, known, view)
            if apart.is_number and evidence_of_marks.lowest >= MIN_APART_SCORE:
                reading, evidence = apart, evidence_of_marks
    if len(reading.digits) > MAX_DIGITS:
        return give_up(row, view), None
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
