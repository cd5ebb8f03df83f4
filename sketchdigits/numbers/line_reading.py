"""The marks of all lines -> each line divided into digits.

Enters: the ink of a row, its lines, and the function that reads preprocessed digits. Leaves:
`Line`s.

With the row network, each line is read at once, and each digit is cut out where the network sees it
(`divide_lines`). Without it, marks that stand apart are read first (`read_lines`). Only those that
don't look like one digit are cut, so that a row of separate digits takes little more time than its
digits alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sketchdigits.numbers.best_path import Path, find_best_paths, follow_path
from sketchdigits.numbers.confidence import MAX_MARGIN
from sketchdigits.numbers.division import divide_line
from sketchdigits.numbers.line_image import image_width
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
# All lines together have at most this many pieces, and symbols of the row network: they bound the
# time too.
MAX_PIECES_OF_LINES, MAX_SYMBOLS = 640, 64
# Pixels: the images of all lines together are at most this wide, three times as wide as the widest.
# It bounds the time of the row network. 64 lines of one digit take 4,096.
MAX_WIDTH_OF_LINES = 6_144
# A mark is cut if it is wider than this, as a share of the line's height, or if it is wider than
# the second number and its score is below the third.
MIN_CUT_WIDTH = 1.0
MIN_NARROW_CUT_WIDTH = 0.4
MIN_SURE_SCORE = -0.5


Known = dict[Key, Prediction]
"""What each segment was read as."""


@dataclass
class Line:
    """A line while it is read.

    Attributes:
        height: of its digits, in pixels of the ink.
        marks: from left to right.
        pieces: the marks, or what they were cut into.
        segments: of these pieces.
        paths: the best ways to divide it, best first.
        symbols: what the row network reads; None without it.
        is_divided: whether the network's symbols are the text.
    """

    height: float
    marks: list[Piece]
    pieces: list[Piece]
    segments: list[Segment]
    paths: list[Path]
    symbols: LineSymbols | None = None
    is_divided: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether a mark was cut into pieces."""
        return any(piece.parts > 1 for piece in self.pieces)

    @property
    def is_contradicted(self) -> bool:
        """Whether the row network contradicts the best way to divide the line."""
        return self.symbols is not None and self.symbols.contradicts(self.paths[0].text)

    @property
    def network_log(self) -> float | None:
        """The logarithm of the text's probability by the row network; None without it."""
        if self.symbols is None:
            return None
        return self.symbols.log if self.is_divided else self.symbols.log_of(self.paths[0].text)

    @property
    def margin(self) -> float:
        """How much less likely the second best text is: a difference of logarithms."""
        if self.symbols is not None and self.is_divided:
            return self.symbols.margin
        if len(self.paths) < 2:
            return MAX_MARGIN
        return self.paths[0].score - self.paths[1].score


def find_marks(row: RowInk, text_lines: Sequence[TextLine]) -> list[Line]:
    """The lines with their marks as pieces, before anything is read."""
    lines = []
    for line in text_lines:
        marks = whole_marks(row.marks, line.marks)
        lines.append(Line(line.height, marks, marks, [], []))
    return lines


def read_lines(row: RowInk, lines: Sequence[Line], known: Known, predict: Predict) -> bool:
    """Read all lines of `find_marks`, and add what each segment was read as to `known`.

    Each mark is read first. Only marks that don't look like one digit are cut, or read together
    with others: a mark may be several digits that touch, or a part of a broken one.

    Returns:
        False if there are too many pieces for a number.
    """
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
                return False
            pieces += found
        line.pieces = pieces
    if unsure or is_cut:
        _read_segments(row, lines, known, predict, unsure=frozenset(unsure))
    _find_paths(lines, known)
    return True


def read_marks_apart(row: RowInk, lines: Sequence[Line], known: Known, predict: Predict) -> bool:
    """Read each mark of the lines of `find_marks` as one digit, and add it to `known`.

    Returns:
        False if a mark may be several digits, which only a cut would tell.
    """
    _read_segments(row, lines, known, predict, unsure=frozenset())
    for line in lines:
        if any(_may_be_several(mark, line, _score_of_mark(mark, known)) for mark in line.marks):
            return False
    _find_paths(lines, known)
    return True


def _find_paths(lines: Sequence[Line], known: Known) -> None:
    for line in lines:
        steps = possible_steps(line.pieces, line.height, line.segments, known)
        line.paths = find_best_paths(steps, len(line.pieces))


def read_lines_at_once(
    row: RowInk, text_lines: Sequence[TextLine], lines: Sequence[Line], read_line: ReadLine
) -> None:
    """Read all lines with the row network, unless together they are too long for a number."""
    if sum(image_width(row, each) for each in text_lines) > MAX_WIDTH_OF_LINES:
        return
    for text_line, line in zip(text_lines, lines, strict=True):
        line.symbols = read_symbols(row, text_line, read_line)


def divide_lines(row: RowInk, lines: Sequence[Line], known: Known, predict: Predict) -> bool:
    """Divide the lines by what the row network has read, and read each digit that is cut out.

    `known` gets what each of them was read as.

    Returns:
        False if the network has not read a line, has read too much, or a symbol gets no ink.
    """
    divided: list[tuple[list[Piece], list[Segment], Path]] = []
    if sum(len(line.symbols.best) for line in lines if line.symbols is not None) > MAX_SYMBOLS:
        return False
    for line in lines:
        if line.symbols is None:
            return False
        symbols = line.symbols
        found = divide_line(line.marks, line.height, row.uprights, symbols.best, symbols.columns)
        if found is None:
            return False
        divided.append(found)
    wanted: dict[Key, tuple[Segment, int]] = {}
    before = 0
    for pieces, segments, path in divided:
        places = {(step.first, step.end) for step in path.steps if step.kind == "digit"}
        for segment in segments:
            if (segment.first, segment.end) in places:
                wanted[segment.key] = (segment, before)
        before += len(pieces)
    if len(wanted) > MAX_SEGMENTS:
        return False
    if wanted:
        everything = [piece for pieces, _, _ in divided for piece in pieces]
        numbers = number_pixels(everything, row.ink.shape)
        images = crop_segments(row.ink, numbers, list(wanted.values()))
        known.clear()  # parts of marks have other numbers now
        known.update(zip(wanted, predict(images), strict=True))
    for line, (pieces, segments, path) in zip(lines, divided, strict=True):
        line.pieces, line.segments, line.is_divided = pieces, segments, True
        steps = possible_steps(pieces, line.height, segments, known)
        line.paths = [follow_path(steps, path)]
    return True


def _read_segments(
    row: RowInk,
    lines: Sequence[Line],
    known: Known,
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
