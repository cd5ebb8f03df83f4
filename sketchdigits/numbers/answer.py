"""Divided lines, one digit or neither -> a `NumberReading`, with boxes in the image's pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sketchdigits.numbers.confidence import Evidence
from sketchdigits.numbers.division import OTHER_LABEL
from sketchdigits.numbers.line_reading import Known, Line
from sketchdigits.numbers.line_symbols import LineSymbols
from sketchdigits.numbers.number_reading import Box, NumberReading
from sketchdigits.numbers.row_ink import RowInk
from sketchdigits.numbers.steps import UNEXPLAINED_SCORE, digit_score
from sketchdigits.prediction import Prediction


@dataclass(frozen=True)
class View:
    """How the ink lies on the image: the image's size, and its pixels in a pixel of the ink."""

    width: int
    height: int
    scale: float


def to_one_digit(row: RowInk, whole: Prediction, view: View) -> NumberReading:
    """The answer for a single digit, which is that of `DigitClassifier.predict`."""
    boxes = row.marks.boxes
    sides = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
    box = _to_image_box(row, sides, view)
    if whole.verdict == "no digit":
        return NumberReading("", (), (), 0.0, False, (), (), (box,))
    text = str(whole.label)
    confidence = math.exp(digit_score(whole))
    return NumberReading(text, (whole,), (box,), confidence, whole.is_digit, (text,))


def give_up(row: RowInk, view: View) -> NumberReading:
    """The answer for a page of text, a pattern or noise."""
    box = _to_image_box(row, (0, 0, *row.ink.shape), view)
    return NumberReading("", (), (), 0.0, False, (), (), (box,))


def to_reading(
    row: RowInk, lines: Sequence[Line], known: Known, view: View
) -> tuple[NumberReading, Evidence]:
    """The answer for lines that are divided, and what its confidence is computed from."""
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
    # The row network tells well whether several digits are ones, and `predict` whether a single is.
    if evidence.network is None or len(digits) == 1:
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


def _to_image_box(row: RowInk, box: Sequence[float], view: View) -> Box:
    """A box of the ink, top, left, bottom and right, in the image's pixels."""
    top, left, bottom, right = (float(side) * row.block for side in box)
    x = min(view.width - 1, round((row.origin[0] + left) * view.scale))
    y = min(view.height - 1, round((row.origin[1] + top) * view.scale))
    width, height = round((right - left) * view.scale), round((bottom - top) * view.scale)
    return x, y, max(1, min(width, view.width - x)), max(1, min(height, view.height - y))
