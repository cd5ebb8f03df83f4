"""Whether straight lines around a digit are printed, or are strokes of the digit.

Enters: the lines as `Side`s, all ink, and what remains of it without them. The bar of a 7, the base
of a 2 and the sides of a square 0 must stay; a frame around a digit must not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sketchdigits.preprocessing.frame_sides import (
    EDGE_DISTANCE,
    MAX_THICKNESS_RATIO,
    OPPOSITE,
    Side,
    are_opposite,
    find_crossing,
)
from sketchdigits.preprocessing.line_removal import touches
from sketchdigits.preprocessing.straight_lines import column_runs, covered_columns

# The longer side of a digit is at least this share of the shorter side of its frame, and its height
# this share of the frame's height; the third one if it touches lines as wide as its strokes.
MIN_DIGIT_LENGTH = 0.2
MIN_DIGIT_HEIGHT = 0.16
MIN_TOUCHED_HEIGHT = 0.3
# At most this share of the digit's longer side lies outside its frame.
MAX_OUTSIDE = 0.2
# A line runs along at least this share of the digit. It is longer than the digit by these factors:
# a side that the digit touches, of an open and of a closed frame; a line of a corner, also if it is
# much thinner than the digit's strokes; and one line or two parallel ones that end before the edge.
MIN_ALONG = 0.8
MIN_TOUCHED_LENGTHS = (1.12, 1.04)
MIN_CORNER_LENGTH, MIN_THIN_CORNER_LENGTH = 1.2, 1.0
MIN_FREE_LENGTHS = (1.3, 1.15)
# At least this share of a frame's side is inked if it may be a bar of the digit, beside the ends
# that were added to it.
MIN_SIDE_COVER = 0.5
# Two lines that cross each other are a table's, not a 4's, if both are longer than the rest of the
# ink by this factor.
MIN_CROSSING_LENGTH = 2.0

# Top, bottom, left, right; bottom and right are exclusive.
Box = tuple[int, int, int, int]


def are_printed(
    sides: Sequence[Side], mask: np.ndarray, digit: np.ndarray, inside: np.ndarray
) -> bool:
    """Whether `sides` are printed around a digit.

    Args:
        sides: one to four lines, at most one on each side of the digit.
        mask: all ink, `(H, W) bool`.
        digit: the ink that remains inside the lines, `(H, W) bool`.
        inside: `(H, W) bool`, the side of the lines where the digit is.
    """
    box = find_box(digit)
    lengths = [_relative_length(side, box) for side in sides]
    if min(lengths) == 0 or not _may_be_digit(digit, inside):
        return False
    width = _stroke_width(digit)
    is_touched = [touches(digit, mask, side) for side in sides]
    doubtful = [
        side
        for side, touched in zip(sides, is_touched, strict=True)
        if touched and _is_as_wide(side, width)
    ]
    top, bottom, _, _ = find_box(inside)
    evidence = _Evidence(
        sides=sides,
        lengths=lengths,
        is_touched=is_touched,
        doubts=len(doubtful),
        is_high=box[1] - box[0] >= MIN_TOUCHED_HEIGHT * (bottom - top),
        is_cropped=_is_cropped(sides, box, mask.shape),
        are_thin=all(2 * side.line.thickness + 1 <= width for side in sides),
    )
    if len(sides) >= 3:
        is_inked = all(_cover(side, mask) >= MIN_SIDE_COVER for side in doubtful)
        return is_inked and _is_frame(evidence)
    if len(sides) == 2 and not are_opposite(sides):
        return _is_corner(evidence)
    return _are_parallel_lines(evidence)


@dataclass(frozen=True)
class _Evidence:
    """What `are_printed` decides on.

    Attributes:
        sides: the lines.
        lengths: of each line, as a multiple of the digit's length along it.
        is_touched: whether the digit touches each line.
        doubts: how many of the touched lines are as wide as the digit's strokes. The digit's own
            bars and stems are.
        is_high: whether the digit is high enough to touch lines.
        is_cropped: whether the digit reaches the picture's edge opposite one of the sides.
        are_thin: whether all lines are less than half as wide as the digit's strokes.
    """

    sides: Sequence[Side]
    lengths: list[float]
    is_touched: list[bool]
    doubts: int
    is_high: bool
    is_cropped: bool
    are_thin: bool


def _is_frame(evidence: _Evidence) -> bool:
    """Three or four sides."""
    if evidence.doubts and not evidence.is_high:
        return False
    is_closed = len(evidence.sides) == 4
    touched = [
        length
        for length, touched in zip(evidence.lengths, evidence.is_touched, strict=True)
        if touched
    ]
    shortest = min(touched, default=np.inf)
    return evidence.doubts <= 1 + is_closed and bool(shortest > MIN_TOUCHED_LENGTHS[is_closed])


def _is_corner(evidence: _Evidence) -> bool:
    """Two sides that meet."""
    if evidence.doubts and (
        sum(evidence.is_touched) > 1
        or evidence.is_cropped
        or not evidence.is_high
        or (_cross(evidence.sides) and min(evidence.lengths) < MIN_CROSSING_LENGTH)
    ):
        return False
    min_length = MIN_THIN_CORNER_LENGTH if evidence.are_thin else MIN_CORNER_LENGTH
    if not any(evidence.is_touched) or min(evidence.lengths) > min_length:
        return True
    return not evidence.doubts and all(all(side.at_edge) for side in evidence.sides)


def _are_parallel_lines(evidence: _Evidence) -> bool:
    """One line, or two opposite ones."""
    is_touched, is_cropped = any(evidence.is_touched), evidence.is_cropped
    if all(all(side.at_edge) for side in evidence.sides):
        # The bar of a 7 goes from edge to edge too in an image cropped to it, but then the 7
        # reaches the opposite edge.
        return not evidence.doubts and not (is_touched and is_cropped)
    if is_touched or (len(evidence.sides) == 1 and is_cropped):
        return False
    return min(evidence.lengths) > MIN_FREE_LENGTHS[len(evidence.sides) - 1]


def find_box(mask: np.ndarray) -> Box:
    """Top, bottom, left and right of the ink in `(H, W) bool`; zeros if there is none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _may_be_digit(digit: np.ndarray, inside: np.ndarray) -> bool:
    """Whether `digit` is large enough for its frame, and most of it is `inside`."""
    height, width = _size(digit)
    frame_height, frame_width = _size(inside)
    length = max(height, width)
    if length < max(5, MIN_DIGIT_LENGTH * min(frame_height, frame_width)):
        return False
    inner_height, inner_width = _size(digit & inside)
    outside = max(height - inner_height, width - inner_width)
    return height >= MIN_DIGIT_HEIGHT * frame_height and outside <= MAX_OUTSIDE * length


def _size(mask: np.ndarray) -> tuple[int, int]:
    """Height and width of the ink."""
    top, bottom, left, right = find_box(mask)
    return bottom - top, right - left


def _relative_length(side: Side, box: Box) -> float:
    """The line's length as a multiple of the digit's, along it; 0 if it misses the digit."""
    low, high = box[:2] if side.line.is_vertical else box[2:]
    along = min(high, side.line.end) - max(low, side.line.start)
    return side.line.length / (high - low) if along >= MIN_ALONG * (high - low) > 0 else 0.0


def _cover(side: Side, mask: np.ndarray) -> float:
    """The share of the line that is inked."""
    line = side.line
    view = mask.T if line.is_vertical else mask
    covered = covered_columns(view, line.row, line.slope)[line.start : line.end]
    return np.count_nonzero(covered) / len(covered)


def _stroke_width(digit: np.ndarray) -> float:
    """The typical width of the strokes in `(H, W) bool`, in pixels."""
    widths = []
    for view in (digit, digit.T):
        _, starts, ends = column_runs(view)
        widths.append(float(np.median(ends - starts)))
    return min(widths)


def _is_as_wide(side: Side, width: float) -> bool:
    thin, thick = sorted([side.line.thickness, width])
    return thick <= MAX_THICKNESS_RATIO * thin + 1


def _is_cropped(sides: Sequence[Side], box: Box, shape: tuple[int, ...]) -> bool:
    """Whether the digit reaches the picture's edge opposite one of the sides."""
    top, bottom, left, right = box
    gaps = {"top": top, "bottom": shape[0] - bottom, "left": left, "right": shape[1] - right}
    gap = min(gaps[OPPOSITE[side.name]] for side in sides)
    return gap <= max(2, EDGE_DISTANCE * max(shape))


def _cross(sides: Sequence[Side]) -> bool:
    """Whether one of two perpendicular lines goes on beyond the other, as those of a 4 do."""
    for side, other in (sides, sides[::-1]):
        line = side.line
        column = find_crossing(line, other.line)
        beyond = min(column - line.start, line.end - 1 - column)
        if beyond > max(2 + line.thickness, 0.08 * line.length):
            return True
    return False
