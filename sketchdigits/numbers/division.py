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
# A mark is cut if columns of two digits are inside it, or outside by less than this: a share of the
# height.
MAX_OUTSIDE = 0.04


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
        room = MAX_OUTSIDE * height
        inside = columns[(columns > left - room) & (columns < right + room)]
        digits = np.clip(inside, left, right).tolist()
        found += cut_piece(piece, height, digits) if len(inside) > 1 else [piece]
    return found


def divide_by_columns(
    pieces: Sequence[Piece],
    height: float,
    uprights: Sequence[int],
    symbols: Sequence[int],
    columns: np.ndarray,
) -> tuple[list[Segment], Path | None]:
    """The segments of a line, and the path that gives each symbol the ink at its column.

    Symbols that are no digits are unexplained steps of the path. There is no path if a symbol gets
    no ink.

    Args:
        pieces: of `cut_at_digits`.
        height: of a digit, in pixels.
        uprights: as for `possible_segments`.
        symbols: digits and `OTHER`.
        columns: `(n,)`, where they stand.
    """
    segments = possible_segments(pieces, height, uprights, any_size=True)
    steps = mark_steps(pieces, height)
    for segment in segments:
        middle = (segment.box[1] + segment.box[3]) / 2
        aside = ASIDE_COST * np.abs(middle - columns) / height
        scores = -aside - segment_cost(pieces, segment, height)
        steps.append(Step(segment.first, segment.end, "digit", 0.0, "", tuple(scores.tolist())))
    labels = ["" if symbol == OTHER else str(symbol) for symbol in symbols]
    path = find_path_by_place(steps, len(pieces), labels)
    if path is None:
        return segments, None
    taken = tuple(
        step
        if step.kind != "digit" or step.label
        else Step(step.first, step.end, "unexplained", UNEXPLAINED_SCORE, OTHER_LABEL)
        for step in path.steps
    )
    return segments, replace(path, steps=taken)
