"""What the pieces of a line may be, and how likely: the steps of `best_path.py`.

Enters: the pieces of a line and what each segment was read as. Leaves: `Step`s. Their scores are
about logarithms of probabilities; the costs were found on validation rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from sketchdigits.numbers.best_path import Step
from sketchdigits.numbers.pieces import Piece
from sketchdigits.numbers.segments import Key, Segment
from sketchdigits.prediction import Prediction

# The lowest score of a digit, and the score of ink that is left unexplained.
MIN_SCORE, UNEXPLAINED_SCORE = -9.0, -7.0
# Each digit costs a little: of two ways, the one with fewer digits is likelier.
DIGIT_COST = 0.05
# All that stands in one box of a form is rather one digit than several.
PART_OF_BOX_COST = 1.5
# A cut costs, and so does the ink on it, as a share of the line's height.
CUT_COST, CUT_INK_COST = 0.3, 1.5
# Digits that are low, high or wide for their line.
LOW_COST, MIN_HEIGHT = 6.0, 0.62
HIGH_COST, MAX_HEIGHT = 3.0, 1.5
WIDE_COST, MAX_WIDTH = 3.0, 1.1
# Marks that are no digits. A mark above or below a digit is rather a part of it.
DOT_COST, DASH_COST, PART_COST = 0.3, 0.6, 3.0
# A dot is at most this large; a comma this high and this wide; a dash this high and this wide.
MAX_DOT = 0.3
COMMA_SIZE = 0.55, 0.35
DASH_SIZE = 0.25, 1.1


def digit_score(prediction: Prediction) -> float:
    """How surely an image shows the digit that was read: the logarithm of a probability."""
    likely = float(prediction.probabilities.max())
    looks = 1.0 if prediction.digit_score is None else prediction.digit_score
    return max(MIN_SCORE, math.log(max(likely, 1e-6)) + math.log(max(looks, 1e-6)))


def digit_scores(prediction: Prediction) -> np.ndarray:
    """`(10,) float64`: how surely an image shows each digit, as `digit_score`."""
    looks = 1.0 if prediction.digit_score is None else prediction.digit_score
    logs = np.log(np.maximum(prediction.probabilities.astype(np.float64), 1e-6))
    return np.maximum(MIN_SCORE, logs + math.log(max(looks, 1e-6)))


def possible_steps(
    pieces: Sequence[Piece],
    height: float,
    segments: Sequence[Segment],
    known: Mapping[Key, Prediction],
) -> list[Step]:
    """All steps of a line of this `height`."""
    steps = []
    for segment in segments:
        prediction = known.get(segment.key)
        if prediction is not None:
            cost = segment_cost(pieces, segment, height)
            scores = tuple((digit_scores(prediction) - cost).tolist())
            label = prediction.label
            steps.append(
                Step(segment.first, segment.end, "digit", scores[label], str(label), scores)
            )
    return steps + mark_steps(pieces, height)


def segment_cost(pieces: Sequence[Piece], segment: Segment, height: float) -> float:
    """What a segment costs as a digit, by its shape and its cut, whichever digit it is."""
    cost = _shape_cost(segment, height) + DIGIT_COST + _cut_cost(pieces, segment, height)
    return cost + PART_OF_BOX_COST * segment.is_part


def mark_steps(pieces: Sequence[Piece], height: float) -> list[Step]:
    """The steps that leave a piece out: as a dot, a comma or a dash, or unexplained."""
    steps = []
    base = _base_line(pieces, height)
    for index, piece in enumerate(pieces):
        cost = mark_cost(piece, pieces, height, base)
        if cost is None:
            steps.append(Step(index, index + 1, "unexplained", UNEXPLAINED_SCORE))
        else:
            steps.append(Step(index, index + 1, "mark", -cost))
    return steps


def _shape_cost(segment: Segment, height: float) -> float:
    top, left, bottom, right = segment.box
    high, wide = (bottom - top) / height, (right - left) / height
    cost = LOW_COST * max(0.0, MIN_HEIGHT - high) + HIGH_COST * max(0.0, high - MAX_HEIGHT)
    return cost + WIDE_COST * max(0.0, wide - MAX_WIDTH)


def _cut_cost(pieces: Sequence[Piece], segment: Segment, height: float) -> float:
    """The cost of the cut at the segment's left end, if there is one."""
    piece = pieces[segment.first]
    return CUT_COST + CUT_INK_COST * piece.cut / height if piece.part else 0.0


def _base_line(pieces: Sequence[Piece], height: float) -> float:
    """The median row at which the tall pieces end."""
    bottoms = [piece.box[2] for piece in pieces if piece.box[2] - piece.box[0] >= 0.5 * height]
    return float(np.median(bottoms or [piece.box[2] for piece in pieces]))


def mark_cost(piece: Piece, pieces: Sequence[Piece], height: float, base: float) -> float | None:
    """What it costs to leave a piece out as a dot, comma or dash; None if it is none of them."""
    if piece.parts > 1:
        return None
    top, left, bottom, right = piece.box
    high, wide = (bottom - top) / height, (right - left) / height
    middle = (base - (top + bottom) / 2) / height  # above the base line
    if (max(high, wide) <= MAX_DOT and -0.35 <= middle <= 1.0) or (
        high <= COMMA_SIZE[0] and wide <= COMMA_SIZE[1] and -0.4 <= middle <= 0.3
    ):
        cost = DOT_COST
    elif high <= DASH_SIZE[0] and wide <= DASH_SIZE[1] and 0.2 <= middle <= 0.8:
        cost = DASH_COST
    else:
        return None
    covered = max(
        (
            min(right, other.box[3]) - max(left, other.box[1])
            for other in pieces
            if other is not piece and other.box[2] - other.box[0] >= 0.5 * height
        ),
        default=0,
    )
    return cost + PART_COST * max(0.0, covered / max(1, right - left) - 0.3)
