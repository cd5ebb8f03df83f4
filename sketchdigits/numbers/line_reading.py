"""The marks of all lines -> each line divided into digits.

Enters: the ink of a row, its lines, and the function that reads preprocessed digits. Leaves:
`Line`s.

Marks that stand apart are read first. Only marks that don't look like one digit are cut, so that a
row of separate digits takes little more time than its digits alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sketchdigits.numbers.best_path import Path, Step, find_best_paths
from sketchdigits.numbers.choice import Choice, choose_texts
from sketchdigits.numbers.line_symbols import LineSymbols, ReadLine, read_symbols
from sketchdigits.numbers.pieces import Piece, cut_piece, number_pixels, whole_marks
from sketchdigits.numbers.row_ink import RowInk
from sketchdigits.numbers.segments import Key, Segment, crop_segments, possible_segments
from sketchdigits.numbers.steps import MIN_SCORE, digit_score, possible_steps
from sketchdigits.numbers.text_lines import TextLine
from sketchdigits.prediction import Prediction

Predict = Callable[[np.ndarray], list[Prediction]]
"""Reads preprocessed images, `(n, 28, 28) uint8`."""

# At most this many segments are read: it bounds the time.
MAX_SEGMENTS = 500
# All lines together have at most this many pieces: it bounds the time too.
MAX_PIECES_OF_LINES = 640
# A mark is cut if it is wider than this, as a share of the line's height, or if it is wider than
# the second number and its score is below the third.
MIN_CUT_WIDTH = 1.0
MIN_NARROW_CUT_WIDTH = 0.4
MIN_SURE_SCORE = -0.5


@dataclass
class Line:
    """A line while it is read.

    Attributes:
        height: of its digits, in pixels of the ink.
        pieces: from left to right.
        segments: of these pieces.
        steps: what its pieces may be.
        paths: the best ways to divide it, best first.
        symbols: what the row network reads; None without it.
        choices: the texts that the network and the paths propose, best first; none without it.
    """

    height: float
    pieces: list[Piece]
    segments: list[Segment]
    steps: list[Step]
    paths: list[Path]
    symbols: LineSymbols | None = None
    choices: list[Choice] = field(default_factory=list)

    @property
    def best(self) -> Path:
        """The best way to divide the line."""
        return self.choices[0].path if self.choices else self.paths[0]


def read_lines(
    row: RowInk, text_lines: Sequence[TextLine], known: dict[Key, Prediction], predict: Predict
) -> list[Line]:
    """Read all lines, and add what each segment was read as to `known`.

    Each mark is read first. Only marks that don't look like one digit are cut, or read together
    with others: a mark may be several digits that touch, or a part of a broken one.

    Returns:
        the lines; none if they have too many pieces for a number.
    """
    lines = [
        Line(line.height, whole_marks(row.marks, line.marks), [], [], []) for line in text_lines
    ]
    _read_segments(row, lines, known, predict, unsure=frozenset())
    unsure: set[int] = set()
    is_cut = False
    count = 0
    for line in lines:
        pieces: list[Piece] = []
        for piece in line.pieces:
            score = _score_of_mark(piece, known)
            if score <= MIN_SURE_SCORE:
                unsure.add(piece.mark)
            is_several = _may_be_several(piece, line, score)
            found = cut_piece(piece, line.height) if is_several else [piece]
            is_cut |= len(found) > 1
            count += len(found)
            if count > MAX_PIECES_OF_LINES:
                return []
            pieces += found
        line.pieces = pieces
    if unsure or is_cut:
        _read_segments(row, lines, known, predict, unsure=frozenset(unsure))
    for line in lines:
        line.steps = possible_steps(line.pieces, line.height, line.segments, known)
        line.paths = find_best_paths(line.steps, len(line.pieces))
    return lines


def read_lines_at_once(
    row: RowInk, text_lines: Sequence[TextLine], lines: Sequence[Line], read_line: ReadLine
) -> None:
    """Read all lines with the row network, and choose the best text of each."""
    for text_line, line in zip(text_lines, lines, strict=True):
        line.symbols = read_symbols(row, text_line, read_line)
        if line.symbols is not None:
            line.choices = choose_texts(line.paths, line.steps, len(line.pieces), line.symbols)


def _read_segments(
    row: RowInk,
    lines: Sequence[Line],
    known: dict[Key, Prediction],
    predict: Predict,
    *,
    unsure: frozenset[int],
) -> None:
    """Find the segments of all lines, and read those that are not known yet.

    Segments of several marks are left out, unless they fill the box of a form, or some of these
    marks are `unsure` and the others whole.
    """
    wanted: dict[Key, tuple[Segment, int]] = {}
    before = 0
    for line in lines:
        line.segments = [
            segment
            for segment in possible_segments(line.pieces, line.height, row.uprights)
            if len(segment.key) == 1
            or (row.uprights and not segment.is_part)
            or _may_belong_together(segment, unsure)
        ]
        for segment in line.segments:
            if segment.key not in known and len(known) + len(wanted) < MAX_SEGMENTS:
                wanted.setdefault(segment.key, (segment, before))
        before += len(line.pieces)
    if wanted:
        pieces = [piece for line in lines for piece in line.pieces]
        numbers = number_pixels(pieces, row.ink.shape)
        images = crop_segments(row.ink, numbers, list(wanted.values()))
        known.update(zip(wanted, predict(images), strict=True))


def _may_belong_together(segment: Segment, unsure: frozenset[int]) -> bool:
    """Whether a segment's marks may be one digit, as far as is known of each mark alone."""
    is_sure = [mark not in unsure for mark, _, _ in segment.key]
    is_cut = any(first >= 0 for _, first, _ in segment.key)
    return not any(is_sure) if is_cut else not all(is_sure)


def _score_of_mark(piece: Piece, known: dict[Key, Prediction]) -> float:
    """How surely a whole mark is a digit; the lowest score if it wasn't read."""
    prediction = known.get(((piece.mark, -1, -1),))
    return MIN_SCORE if prediction is None else digit_score(prediction)


def _may_be_several(piece: Piece, line: Line, score: float) -> bool:
    """Whether a mark that is a digit with this score may be several digits that touch."""
    width = (piece.box[3] - piece.box[1]) / line.height
    return width > MIN_CUT_WIDTH or (width > MIN_NARROW_CUT_WIDTH and score <= MIN_SURE_SCORE)
