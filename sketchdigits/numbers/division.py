"""A line that the row network has read -> its digits, each with its ink.

Enters: the marks of a line, and the network's symbols with the column of each. Leaves: pieces,
and the path that gives each symbol its pieces, by their places alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sketchdigits.architectures.row_cnn import OTHER
from sketchdigits.numbers.best_path import Path, Step, find_path_by_place
from sketchdigits.numbers.pieces import Piece, cut_piece
from sketchdigits.numbers.segments import Segment, possible_segments
from sketchdigits.numbers.steps import UNEXPLAINED_SCORE, mark_steps, segment_cost

# The middle of a digit's ink is near the column at which the network reads it: the cost of a
# distance of one height.
ASIDE_COST = 4.0
# The label of a step at which the network reads something that is no digit.
OTHER_LABEL = "?"
# A mark is cut if columns of two digits are inside it, or outside by less than this share of the
# height: the second number if a symbol would get no ink otherwise.
MAX_OUTSIDE, MAX_FAR_OUTSIDE = 0.04, 0.3


def divide_line(
    marks: Sequence[Piece],
    height: float,
    uprights: Sequence[int],
    symbols: Sequence[int],
    columns: np.ndarray,
) -> tuple[list[Piece], list[Segment], Path] | None:
    """Give each symbol the ink at its column.

    Args:
        marks: of the line, from left to right.
        height: of a digit, in pixels.
        uprights: as for `possible_segments`.
        symbols: digits and `OTHER`.
        columns: `(n,)`, ascending: where they stand.

    Returns:
        The pieces into which the marks were cut, their segments, and the path through them. Symbols
        that are no digits are unexplained steps of the path. None if a symbol gets no ink.
    """
    for room in (MAX_OUTSIDE * height, MAX_FAR_OUTSIDE * height):
        pieces = _cut_at_digits(marks, height, columns, room)
        segments = possible_segments(pieces, height, uprights, any_size=True)
        path = _find_path(pieces, height, segments, symbols, columns)
        if path is not None:
            return pieces, segments, path
    return None


def _cut_at_digits(
    marks: Sequence[Piece], height: float, columns: np.ndarray, room: float
) -> list[Piece]:
    """Cut the marks in which several digits stand, once between each two of them."""
    found: list[Piece] = []
    for mark in marks:
        _, left, _, right = mark.box
        inside = columns[(columns > left - room) & (columns < right + room)]
        digits = np.clip(inside, left, right).tolist()
        found += cut_piece(mark, height, digits) if len(inside) > 1 else [mark]
    return found


def _find_path(
    pieces: Sequence[Piece],
    height: float,
    segments: Sequence[Segment],
    symbols: Sequence[int],
    columns: np.ndarray,
) -> Path | None:
    steps = mark_steps(pieces, height)
    for segment in segments:
        middle = (segment.box[1] + segment.box[3]) / 2
        aside = ASIDE_COST * np.abs(middle - columns) / height
        scores = -aside - segment_cost(pieces, segment, height)
        steps.append(Step(segment.first, segment.end, "digit", 0.0, "", tuple(scores.tolist())))
    labels = ["" if symbol == OTHER else str(symbol) for symbol in symbols]
    path = find_path_by_place(steps, len(pieces), labels)
    if path is None:
        return None
    taken = tuple(
        step
        if step.kind != "digit" or step.label
        else Step(step.first, step.end, "unexplained", UNEXPLAINED_SCORE, OTHER_LABEL)
        for step in path.steps
    )
    return replace(path, steps=taken)
