"""Marks and parts of marks: what the segments of a line are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sketchdigits.numbers.cuts import cut_mark, cut_mark_between
from sketchdigits.preprocessing.connected_components import Components

# Pixels: how far a stroke's soft edge reaches.
SOFT_EDGE = 2


@dataclass(frozen=True)
class Piece:
    """A mark, or a part of it between two cuts.

    Attributes:
        mark: the number of the mark.
        part, parts: which part of the mark it is, from 0, and how many parts the mark has.
        box: top, left, bottom, right.
        mask: `(bottom - top, right - left) bool`, its ink.
        cut: ink on the cut at its left, in pixels; 0 for the first part.
    """

    mark: int
    part: int
    parts: int
    box: tuple[int, int, int, int]
    mask: np.ndarray
    cut: float = 0.0


def whole_marks(marks: Components, numbers: Iterable[int]) -> list[Piece]:
    """The marks of a line as pieces."""
    pieces = []
    for number in numbers:
        top, left, bottom, right = (int(side) for side in marks.boxes[number])
        mask = marks.labels[0, top:bottom, left:right] == number
        pieces.append(Piece(number, 0, 1, (top, left, bottom, right), mask))
    return pieces


def cut_piece(piece: Piece, height: float, digits: Sequence[float] | None = None) -> list[Piece]:
    """Cut a mark into pieces from left to right.

    Args:
        piece: the mark.
        height: of a digit, in pixels.
        digits: columns of the ink at which digits stand, ascending: there is one cut
            between each two of them. None: not known, and there may be more cuts.
    """
    top, left, _, _ = piece.box
    if digits is None:
        numbers, inks = cut_mark(piece.mask, height)
    else:
        places = [column - left for column in digits]
        numbers, inks = cut_mark_between(piece.mask, height, places)
    found: list[tuple[tuple[int, int, int, int], np.ndarray, float]] = []
    for number in range(len(inks) + 1):
        mask = piece.mask & (numbers == number)
        if not mask.any():
            continue
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        first_row, end_row = int(rows[0]), int(rows[-1]) + 1
        first_column, end_column = int(columns[0]), int(columns[-1]) + 1
        box = (top + first_row, left + first_column, top + end_row, left + end_column)
        ink = float(inks[number - 1]) if number else 0.0
        found.append((box, mask[first_row:end_row, first_column:end_column], ink))
    return [
        Piece(piece.mark, part, len(found), box, mask, ink if part else 0.0)
        for part, (box, mask, ink) in enumerate(found)
    ]


def number_pixels(pieces: Sequence[Piece], shape: tuple[int, int]) -> np.ndarray:
    """`(h, w) int32`: the index of each pixel's piece; -1 for paper.

    Paper beside a piece gets its index too, so that strokes keep their soft edges.
    """
    labels = np.full(shape, -1, np.int32)
    for index, piece in enumerate(pieces):
        top, left, bottom, right = piece.box
        labels[top:bottom, left:right][piece.mask] = index
    flat = labels.reshape(-1)
    for _ in range(SOFT_EDGE):
        before = flat.copy()
        # To the right, left, bottom and top. Ends of rows may spill: only paper gets an index.
        for step in (1, shape[1]):
            for there, here in ((flat[step:], before[:-step]), (flat[:-step], before[step:])):
                np.copyto(there, here, where=there < 0)
    return labels
