"""A line that the row network reads surely -> its digits, each with its ink.

Enters: the marks of a line, and the network's text with the column of each digit. Leaves: pieces,
and the path that gives each digit its pieces, by their places alone. It takes far fewer readings
than trying all ways to divide a line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchdigits.numbers.best_path import Path, Step, find_path_by_place
from sketchdigits.numbers.pieces import Piece, cut_piece
from sketchdigits.numbers.segments import Segment, possible_segments
from sketchdigits.numbers.steps import mark_steps, segment_cost

# The middle of a digit's ink is near the column at which the network reads it: the cost of a
# distance of one height.
ASIDE_COST = 4.0
# A mark is cut if columns of two digits are inside it, at least this far: a share of the height.
MIN_INSIDE = 0.06


def cut_at_digits(pieces: Sequence[Piece], height: float, columns: np.ndarray) -> list[Piece]:
    """Cut the marks in which several digits stand, once between each two of them.

    Args:
        pieces: the marks of a line, from left to right.
        height: of a digit, in pixels.
        columns: `(n,)`, ascending: where the digits stand.
    """
    found: list[Piece] = []
    for piece in pieces:
        _, left, _, right = piece.box
        room = MIN_INSIDE * height
        inside = columns[(columns > left + room) & (columns < right - room)]
        middles = (inside[1:] + inside[:-1]) / 2
        found += cut_piece(piece, height, middles.tolist()) if len(middles) else [piece]
    return found


def divide_by_columns(
    pieces: Sequence[Piece],
    height: float,
    uprights: Sequence[int],
    text: str,
    columns: np.ndarray,
) -> tuple[list[Segment], Path | None]:
    """The segments of a line, and the path that gives each digit of `text` the ink at its column.

    Args:
        pieces: of `cut_at_digits`.
        height: of a digit, in pixels.
        uprights: as for `possible_segments`.
        text: the digits.
        columns: `(n,)`, where they stand.
    """
    segments = possible_segments(pieces, height, uprights)
    steps = mark_steps(pieces, height)
    for segment in segments:
        middle = (segment.box[1] + segment.box[3]) / 2
        aside = ASIDE_COST * np.abs(middle - columns) / height
        scores = -aside - segment_cost(pieces, segment, height)
        steps.append(Step(segment.first, segment.end, "digit", 0.0, "", tuple(scores.tolist())))
    return segments, find_path_by_place(steps, len(pieces), text)
