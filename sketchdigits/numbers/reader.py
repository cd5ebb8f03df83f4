"""An image of a whole number -> its digits: runs all the steps of `sketchdigits/numbers`.

Enters: any image, and the function that reads preprocessed digits. Leaves: a `NumberReading`.

Marks that stand apart are read first. Only marks that don't look like one digit are cut, so that a
row of separate digits takes little more time than its digits alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sketchdigits.numbers.best_path import Path, find_best_paths
from sketchdigits.numbers.confidence import MAX_MARGIN, Evidence
from sketchdigits.numbers.number_reading import Box, NumberReading
from sketchdigits.numbers.pieces import Piece, cut_piece, number_pixels, whole_marks
from sketchdigits.numbers.row_ink import MAX_INK_PIXELS, RowInk, find_row_ink
from sketchdigits.numbers.segments import Key, Segment, crop_segments, possible_segments
from sketchdigits.numbers.steps import UNEXPLAINED_SCORE, digit_score, possible_steps
from sketchdigits.numbers.text_lines import TextLine, find_text_lines
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

Predict = Callable[[np.ndarray], list[Prediction]]

# A number has at most this many digits, and its lines at most this many marks.
MAX_DIGITS = 64
MAX_MARKS = 160
# The boxes of all marks together have at most this many pixels of the ink, which has half as many
# at most: the marks of a number hardly overlap. And all lines together are cut into at most this
# many pieces. Both bound the time for cuts.
MAX_BOXES = 2 * MAX_INK_PIXELS
MAX_PIECES = 640
# At most this many segments are read: it bounds the time.
MAX_SEGMENTS = 500
# A mark is cut if it is wider than this, as a share of the line's height, or if it is wider than
# the second number and its score is below the third.
MIN_CUT_WIDTH = 1.0
MIN_NARROW_CUT_WIDTH = 0.4
MIN_SURE_SCORE = -0.5
# The whole image is read as one digit too, unless its marks together are wider than this, as a
# share of their height, or there are more than the second number. One digit is preferred by the
# third number.
MAX_WHOLE_WIDTH = 1.6
MAX_WHOLE_MARKS = 12
WHOLE_BONUS = 1.0


@dataclass(frozen=True)
class _View:
    """How the ink lies on the image: the image's size, and its pixels in a pixel of the ink."""

    width: int
    height: int
    scale: float


@dataclass
class _Line:
    """A line while it is read.

    Attributes:
        height: of its digits, in pixels of the ink.
        pieces: from left to right.
        segments: of these pieces.
        paths: the best ways to divide it, best first.
    """

    height: float
    pieces: list[Piece]
    segments: list[Segment]
    paths: list[Path]


def read_number(image: ImageInput, predict: Predict) -> NumberReading:
    """Read the number on an image; `predict` reads `(n, 28, 28) uint8`.

    Raises:
        InvalidImageError, BlankDrawingError: as `DigitClassifier.predict`.
        ModelPackageError: as `predict` raises it.
    """
    return read_with_evidence(image, predict)[0]


def read_with_evidence(
    image: ImageInput, predict: Predict
) -> tuple[NumberReading, Evidence | None]:
    """`read_number`, and what its confidence was computed from; None for one digit or no number.

    Raises:
        InvalidImageError, BlankDrawingError: as `DigitClassifier.predict`.
        ModelPackageError: as `predict` raises it.
    """
    pixels = read_opaque(image)
    shrunk = find_shrinking(image, pixels.shape)
    if is_photograph(pixels):
        inks = None
        row, scale = _find_photo_ink(pixels)
    else:
        inks, scale = to_inks(pixels[None]), 1.0
        row = find_row_ink(inks[0])
    height, width = (round(side * shrunk) for side in pixels.shape[:2])
    view = _View(width, height, scale * shrunk)
    if row.is_crowded or _have_too_many_marks(row):
        return _give_up(row, view), None
    known: dict[Key, Prediction] = {}
    lines = _read_lines(row, find_text_lines(row.marks.boxes), known, predict)
    if not lines:
        return _give_up(row, view), None
    if _may_be_one_digit(row):
        preprocessed = preprocess_stack(pixels[None]) if inks is None else preprocess_inks(inks)
        whole = _read_whole(row, lines, preprocessed, predict)
        if whole is not None:
            return _to_one_digit(row, whole, view), None
    reading, evidence = _to_reading(row, lines, known, view)
    if len(reading.digits) > MAX_DIGITS:
        return _give_up(row, view), None
    return reading, evidence


def _find_photo_ink(pixels: np.ndarray) -> tuple[RowInk, float]:
    """The ink of a photograph, and how many pixels of it one pixel of the ink stands for."""
    ink = extract_photo_marks(pixels, with_lines=True)
    scale = max(pixels.shape[:2]) / max(ink.shape)
    row = find_row_ink(ink, is_upright_needed=True)
    if not row.has_field:
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


def _read_whole(
    row: RowInk, lines: Sequence[_Line], preprocessed: np.ndarray, predict: Predict
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


def _read_lines(
    row: RowInk, text_lines: Sequence[TextLine], known: dict[Key, Prediction], predict: Predict
) -> list[_Line]:
    """Read all lines, and add what each segment was read as to `known`.

    Returns:
        the lines; none if they have too many pieces.
    """
    lines = [_Line(line.height, whole_marks(row.marks, line.marks), [], []) for line in text_lines]
    _read_segments(row, lines, known, predict)
    is_cut, count = False, 0
    for line in lines:
        pieces: list[Piece] = []
        for piece in line.pieces:
            found = (
                cut_piece(piece, line.height) if _may_be_several(piece, line, known) else [piece]
            )
            is_cut |= len(found) > 1
            pieces += found
            count += len(found)
            if count > MAX_PIECES:
                return []
        line.pieces = pieces
    if is_cut:
        _read_segments(row, lines, known, predict)
    for line in lines:
        steps = possible_steps(line.pieces, line.height, line.segments, known)
        line.paths = find_best_paths(steps, len(line.pieces))
    return lines


def _read_segments(
    row: RowInk, lines: Sequence[_Line], known: dict[Key, Prediction], predict: Predict
) -> None:
    """Find the segments of all lines, and read those that are not known yet."""
    wanted: dict[Key, tuple[Segment, int]] = {}
    before = 0
    for line in lines:
        line.segments = possible_segments(line.pieces, line.height)
        for segment in line.segments:
            if segment.key not in known and len(known) + len(wanted) < MAX_SEGMENTS:
                wanted.setdefault(segment.key, (segment, before))
        before += len(line.pieces)
    if wanted:
        pieces = [piece for line in lines for piece in line.pieces]
        numbers = number_pixels(pieces, row.ink.shape)
        images = crop_segments(row.ink, numbers, list(wanted.values()))
        known.update(zip(wanted, predict(images), strict=True))


def _may_be_several(piece: Piece, line: _Line, known: dict[Key, Prediction]) -> bool:
    """Whether a mark may be several digits that touch."""
    width = (piece.box[3] - piece.box[1]) / line.height
    if width > MIN_CUT_WIDTH:
        return True
    prediction = known.get(((piece.mark, -1, -1),))
    is_sure = prediction is not None and digit_score(prediction) > MIN_SURE_SCORE
    return width > MIN_NARROW_CUT_WIDTH and not is_sure


def _to_reading(
    row: RowInk, lines: Sequence[_Line], known: dict[Key, Prediction], view: _View
) -> tuple[NumberReading, Evidence]:
    digits: list[Prediction] = []
    boxes: list[Box] = []
    texts: list[str] = []
    left_out: list[Box] = []
    unexplained: list[Box] = []
    for line in lines:
        segments = {(segment.first, segment.end): segment for segment in line.segments}
        text = ""
        for step in line.paths[0].steps:
            sides = np.array([piece.box for piece in line.pieces[step.first : step.end]])
            box = (*sides[:, :2].min(axis=0), *sides[:, 2:].max(axis=0))
            shown = _to_image_box(row, box, view)
            if step.kind == "mark":
                left_out.append(shown)
                continue
            if step.kind == "digit":
                prediction = known[segments[step.first, step.end].key]
                if prediction.verdict != "no digit":
                    digits.append(prediction)
                    boxes.append(shown)
                    text += step.label
                    continue
            unexplained.append(shown)
        texts.append(text)
    texts = [text for text in texts if text]
    evidence = _weigh(lines)
    is_number = bool(digits) and not unexplained
    is_number &= evidence.is_sure and all(digit.is_digit for digit in digits)
    reading = NumberReading(
        text="\n".join(texts),
        digits=tuple(digits),
        boxes=tuple(boxes),
        confidence=evidence.confidence if digits and not unexplained else 0.0,
        is_number=is_number,
        lines=tuple(texts),
        left_out=tuple(left_out),
        unexplained=tuple(unexplained),
    )
    return reading, evidence


def _weigh(lines: Sequence[_Line]) -> Evidence:
    steps = [step for line in lines for step in line.paths[0].steps if step.kind == "digit"]
    margins = [line.paths[0].score - line.paths[1].score for line in lines if len(line.paths) > 1]
    return Evidence(
        score=sum(line.paths[0].score for line in lines),
        lowest=min((step.score for step in steps), default=UNEXPLAINED_SCORE),
        margin=min(margins, default=MAX_MARGIN),
        count=len(steps),
    )


def _to_image_box(row: RowInk, box: Sequence[float], view: _View) -> Box:
    """A box of the ink, top, left, bottom and right, in the image's pixels."""
    top, left, bottom, right = (float(side) * row.block for side in box)
    x = min(view.width - 1, round((row.origin[0] + left) * view.scale))
    y = min(view.height - 1, round((row.origin[1] + top) * view.scale))
    width, height = round((right - left) * view.scale), round((bottom - top) * view.scale)
    return x, y, max(1, min(width, view.width - x)), max(1, min(height, view.height - y))
