"""Find the long straight lines in a mask, nearly horizontal or nearly vertical.

Enters: a mask, `(H, W) bool`, True where there is ink. Leaves: `StraightLine`s.

Lines are found by the votes of thin runs of ink for slope and position, a Hough transform (Duda and
Hart 1972, "Use of the Hough Transformation to Detect Lines and Curves in Pictures").
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# The steepest slope of a nearly horizontal line, rows per column: 6.8 degrees.
MAX_SLOPE = 0.12
# The thickest line, as a share of the mask's shorter side; and two pixels more, for soft edges.
MAX_THICKNESS = 0.08
# The shortest line, as a share of the side along it.
MIN_LENGTH = 0.42
# The widest gap in a line, as a share of the side along it; at least four pixels. The second one is
# tried if the line is too short with the first one.
MAX_GAPS = (0.1, 0.25)
# The widest gap between thick dashes, as a multiple of their thickness.
MAX_DASH_GAP = 3.5
# Where ink touches the line over a longer piece, this share of the gap's columns is inked.
MIN_GAP_COVER = 0.9
# A line is inked in this share of its columns, and in this share by ink as thin as a line.
MIN_COVER = 0.28
MIN_THIN_COVER = 0.25
# A candidate is a slope and position with this many thin runs: a share of the columns, or at least
# a number.
MIN_RUN_SHARE = 0.14
MIN_RUNS = 7
# At most this many lines are found in each direction.
MAX_LINES = 10
# A mask with more runs than this in each column is noise.
MAX_RUNS_PER_COLUMN = 12
# How much the votes of a slope and position count, and those of the two positions beside it: a line
# may lie between two of them. It is less than half, so that the gap of a double line never wins.
_VOTE, _NEIGHBOURS_VOTE = 20, 9
_MIN_VOTE = 14
# Pixels: how far a run's middle may be from a line: to belong to a candidate, and for the three
# steps of the fit.
_CANDIDATE_DISTANCE = 1.1
_FIT_DISTANCES = (1.6, 1.3, 1.05)
# These distances are larger for a thick line, by this multiple of its thickness.
_PLAY = 0.22


@dataclass(frozen=True)
class StraightLine:
    """A nearly horizontal line; or a nearly vertical one, with rows and columns swapped.

    Attributes:
        is_vertical: whether the line is described in the transposed mask.
        row: its middle row at column 0; may be outside the mask.
        slope: rows per column.
        thickness: in pixels.
        start, end: its first column, and the column after its last one.
    """

    is_vertical: bool
    row: float
    slope: float
    thickness: float
    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start

    def rows_at(self, columns):
        """The middle row at `columns`, a number or an array."""
        return self.row + self.slope * columns


@dataclass(frozen=True)
class _Runs:
    """Vertical runs of ink: the column of each, its middle row and its length; all `(n,)`."""

    columns: np.ndarray
    middles: np.ndarray
    lengths: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> _Runs:
        return _Runs(self.columns[chosen], self.middles[chosen], self.lengths[chosen])

    def distances(self, row: float, slope: float) -> np.ndarray:
        """`(n,)`: how far each middle is above or below the line `row + slope * column`."""
        return np.abs(self.middles - row - slope * self.columns)


def find_straight_lines(mask: np.ndarray) -> list[StraightLine]:
    """Find the long straight lines of `(H, W) bool`: horizontal ones, and then vertical ones."""
    return _find_horizontal(mask, is_vertical=False) + _find_horizontal(mask.T, is_vertical=True)


def column_runs(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The vertical runs of ink of `(H, W) bool`: column, first row and end (exclusive) of each."""
    height, width = mask.shape
    padded = np.zeros((width, height + 2), bool)
    padded[:, 1:-1] = mask.T
    flat = padded.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    columns, starts = np.divmod(changes[::2], height + 2)
    return columns, starts, starts + changes[1::2] - changes[::2]


def _find_horizontal(mask: np.ndarray, *, is_vertical: bool) -> list[StraightLine]:
    height, width = mask.shape
    runs = _thin_runs(mask)
    if not 0 < len(runs.columns) <= MAX_RUNS_PER_COLUMN * width:
        return []
    steps = math.ceil(MAX_SLOPE * width / 2)
    slopes = np.arange(-steps, steps + 1) * (MAX_SLOPE / steps)
    centre = (width - 1) / 2
    margin = math.ceil(MAX_SLOPE * width / 2) + 2
    bin_count = height + 2 * margin
    # The row, at the middle column, of the line through each run, for each slope: `(runs, slopes)`.
    rows = (runs.columns - centre)[:, None] * slopes
    bins = np.rint(np.subtract(runs.middles[:, None], rows, out=rows), out=rows).astype(np.intp)
    bins += margin + np.arange(len(slopes)) * bin_count
    votes = np.bincount(bins.ravel(), minlength=bin_count * len(slopes))
    min_score = _MIN_VOTE * max(MIN_RUNS, MIN_RUN_SHARE * width)
    lines: list[StraightLine] = []
    inked = None
    for _ in range(2 * MAX_LINES):
        # A shortcut: no score is above this one.
        if (_VOTE + 2 * _NEIGHBOURS_VOTE) * int(votes.max()) < min_score:
            break
        scores = votes[:-2] + votes[2:]
        scores *= _NEIGHBOURS_VOTE
        scores += _VOTE * votes[1:-1]
        best = int(scores.argmax()) + 1
        if scores[best - 1] < min_score or len(lines) == MAX_LINES:
            break
        slope = float(slopes[best // bin_count])
        row = best % bin_count - margin - slope * centre
        distances = runs.distances(row, slope)
        used = distances <= _CANDIDATE_DISTANCE
        if not used.any():
            break
        inked = grow_across(mask) if inked is None else inked
        near = runs[distances <= _FIT_DISTANCES[0]]
        line = _fit(inked, runs, near, is_vertical=is_vertical)
        if line is not None:
            lines.append(line)
            is_along = (runs.columns >= line.start) & (runs.columns < line.end)
            reach = max(_CANDIDATE_DISTANCE, line.thickness / 2)
            used |= is_along & (runs.distances(line.row, line.slope) <= reach)
        # These runs don't vote again.
        votes -= np.bincount(bins[used].ravel(), minlength=len(votes))
        runs, bins = runs[~used], bins[~used]
    return lines


def _thin_runs(mask: np.ndarray) -> _Runs:
    columns, starts, ends = column_runs(mask)
    lengths = ends - starts
    is_thin = lengths <= math.ceil(MAX_THICKNESS * min(mask.shape)) + 2
    return _Runs(columns, starts + (lengths - 1) / 2, lengths)[is_thin]


def grow_across(mask: np.ndarray) -> np.ndarray:
    """`(H, W) bool` -> `(H + 4, W) bool`: with the pixels above and below ink.

    The first row is row -2 of the mask. The first and the last one are empty.
    """
    mask = np.ascontiguousarray(mask)
    grown = np.zeros((mask.shape[0] + 4, mask.shape[1]), bool)
    for first in (1, 2, 3):
        grown[first : first + len(mask)] |= mask
    return grown


def _fit(inked: np.ndarray, runs: _Runs, near: _Runs, *, is_vertical: bool) -> StraightLine | None:
    """Fit a line to the runs `near` a candidate; None if it is too short or has gaps.

    `inked` is `grow_across` of the mask, and `runs` are all of it.
    """
    # Noise shortens the runs of a thick line.
    play = max(1.0, _PLAY * _median(near.lengths)) if len(near.lengths) else 1.0
    for distance in _FIT_DISTANCES[1:]:
        if len(near.columns) < 4:
            return None
        count = len(near.columns)
        mean_column, mean_row = near.columns.sum() / count, near.middles.sum() / count
        offsets = near.columns - mean_column
        slope = float(offsets @ (near.middles - mean_row) / max(offsets @ offsets, 1e-6))
        row = float(mean_row - slope * mean_column)
        near = runs[runs.distances(row, slope) <= distance * play]
    if abs(slope) > 1.1 * MAX_SLOPE or not len(near.columns):
        return None
    # Its first and its last column; runs are sorted by column.
    if near.columns[-1] - near.columns[0] + 1 < MIN_LENGTH * inked.shape[1]:
        return None
    thickness = _median(near.lengths)
    covered = covered_columns(inked, row, slope)
    # Only ink that is as thin as the line tells where the line ends.
    thin = np.zeros(len(covered), bool)
    thin[near.columns[2 * near.lengths >= thickness]] = True
    extent = _find_extent(thin, covered, thickness)
    return extent and StraightLine(is_vertical, row, slope, thickness, *extent)


def _median(values: np.ndarray) -> float:
    """The median of `(n,) int`. Of few values it is ten times as fast as NumPy's."""
    ordered, middle = np.sort(values), len(values) // 2
    return float(ordered[middle] + ordered[-1 - middle]) / 2


def covered_columns(inked: np.ndarray, row: float, slope: float) -> np.ndarray:
    """`(W,) bool`: the columns in which the line, or a pixel beside it, is inked.

    `inked` is `grow_across` of the mask.
    """
    height, width = inked.shape
    columns = np.arange(width)
    rows = np.rint(row + slope * columns).astype(np.intp) + 2
    rows = np.minimum(np.maximum(rows, 0), height - 1)
    rows *= width
    rows += columns
    return inked.ravel().take(rows)


def _find_extent(thin: np.ndarray, covered: np.ndarray, thickness: float) -> tuple[int, int] | None:
    """The start and end of the line's longest piece; None if it is too short or has too many gaps.

    `thin` and `covered` are `(W,) bool`: the columns with thin ink, and with any ink on the line.
    """
    width = len(thin)
    inked = np.flatnonzero(thin)
    start = end = count = 0
    for share in MAX_GAPS:
        max_gap = max(4, share * width, MAX_DASH_GAP * thickness)
        gaps = [
            int(gap)
            for gap in np.flatnonzero(inked[1:] - inked[:-1] > max_gap)
            if np.count_nonzero(between := covered[inked[gap] : inked[gap + 1]]) / len(between)
            < MIN_GAP_COVER
        ]
        # The first of the longest pieces.
        pieces = pairwise([0, *(gap + 1 for gap in gaps), len(inked)])
        first, last = max(pieces, key=lambda piece: piece[1] - piece[0])
        if first == last:
            return None
        start, end, count = int(inked[first]), int(inked[last - 1]) + 1, last - first
        if end - start >= MIN_LENGTH * width:
            break
    length = end - start
    if length < MIN_LENGTH * width or count < MIN_THIN_COVER * length:
        return None
    if np.count_nonzero(covered[start:end]) < MIN_COVER * length:
        return None
    # Where the line meets another one, the ink is not thin.
    reach = math.ceil(thickness) + 2
    before = covered[max(0, start - reach) : start][::-1]
    after = covered[end : end + reach]
    start -= len(before) if before.all() else int(before.argmin())
    end += len(after) if after.all() else int(after.argmin())
    return start, end
