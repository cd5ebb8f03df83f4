"""Find the long straight lines in a mask, nearly horizontal or nearly vertical.

Enters: a mask, `(H, W) bool`, True where there is ink. Leaves: `StraightLine`s.

Lines are found by the votes of thin runs of ink for slope and position, a Hough transform (Duda and
Hart 1972, "Use of the Hough Transformation to Detect Lines and Curves in Pictures").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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
# A line is inked in this share of its columns, and in this share by ink as thin as a line.
MIN_COVER = 0.28
MIN_THIN_COVER = 0.25
# At most this many lines are found in each direction.
MAX_LINES = 10
# A mask with more runs than this in each column is noise.
MAX_RUNS_PER_COLUMN = 12


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

    def rows_at(self, columns):
        """The middle row at `columns`, a number or an array."""
        return self.row + self.slope * columns


def find_straight_lines(mask: np.ndarray) -> list[StraightLine]:
    """Find the long straight lines of `(H, W) bool`, those with the most ink first by direction."""
    return _find_horizontal(mask, False) + _find_horizontal(mask.T, True)


def _find_horizontal(mask: np.ndarray, is_vertical: bool) -> list[StraightLine]:
    height, width = mask.shape
    columns, starts, ends = column_runs(mask)
    lengths = ends - starts
    is_thin = lengths <= math.ceil(MAX_THICKNESS * min(height, width)) + 2
    columns, starts, lengths = columns[is_thin], starts[is_thin], lengths[is_thin]
    if not 0 < len(columns) <= MAX_RUNS_PER_COLUMN * width:
        return []
    middles = starts + (lengths - 1) / 2
    steps = math.ceil(MAX_SLOPE * width / 2)
    slopes = np.arange(-steps, steps + 1) * (MAX_SLOPE / steps)
    centre = (width - 1) / 2
    margin = math.ceil(MAX_SLOPE * width / 2) + 2
    bin_count = height + 2 * margin
    # The row at the middle column of the line through each run, for each slope.
    bins = np.rint(middles - slopes[:, None] * (columns - centre)).astype(np.intp) + margin
    bins += np.arange(len(slopes))[:, None] * bin_count
    votes = np.bincount(bins.ravel(), minlength=bin_count * len(slopes))
    min_votes = MIN_THIN_COVER * MIN_LENGTH * width
    lines: list[StraightLine] = []
    for _ in range(2 * MAX_LINES):
        # A line may lie between two bins: the neighbours count a little less than half, so that the
        # gap of a double line never wins.
        scores = 20 * votes[1:-1] + 9 * (votes[:-2] + votes[2:])
        best = int(scores.argmax()) + 1
        if scores[best - 1] < 14 * min_votes or len(lines) == MAX_LINES:
            break
        slope = slopes[best // bin_count]
        row = best % bin_count - margin - slope * centre
        is_near = np.abs(middles - row - slope * columns) <= 1.1
        if not is_near.any():
            break
        line = _fit(mask, is_vertical, columns, middles, lengths, row, slope)
        if line is not None:
            lines.append(line)
            near = np.abs(middles - line.rows_at(columns)) <= max(1.1, line.thickness / 2)
            is_near |= near & (columns >= line.start) & (columns < line.end)
        # The runs of this line don't vote again.
        votes -= np.bincount(bins[:, is_near].ravel(), minlength=len(votes))
        keep = ~is_near
        columns, middles, lengths, bins = (
            columns[keep],
            middles[keep],
            lengths[keep],
            bins[:, keep],
        )
    return lines


def column_runs(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The vertical runs of ink of `(H, W) bool`: column, first row and end (exclusive) of each."""
    height, width = mask.shape
    padded = np.zeros((width, height + 2), bool)
    padded[:, 1:-1] = mask.T
    flat = padded.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    columns, starts = np.divmod(changes[::2], height + 2)
    return columns, starts, starts + changes[1::2] - changes[::2]


def _fit(
    mask: np.ndarray,
    is_vertical: bool,
    columns: np.ndarray,
    middles: np.ndarray,
    lengths: np.ndarray,
    row: float,
    slope: float,
) -> StraightLine | None:
    """Fit a line to the runs near `row + slope * column`; None if it is too short or has gaps."""
    height, width = mask.shape
    near = np.abs(middles - row - slope * columns) <= 1.6
    for tolerance in (1.3, 1.05):
        if np.count_nonzero(near) < 4:
            return None
        mean_column, mean_row = columns[near].mean(), middles[near].mean()
        offsets = columns[near] - mean_column
        slope = float(offsets @ (middles[near] - mean_row) / max(offsets @ offsets, 1e-6))
        row = float(mean_row - slope * mean_column)
        near = np.abs(middles - row - slope * columns) <= tolerance
    if abs(slope) > 1.1 * MAX_SLOPE:
        return None
    every = np.arange(width)
    rows = np.rint(row + slope * every).astype(np.intp)
    covered = np.zeros(width, bool)
    for shift in (-1, 0, 1):
        inside = (rows + shift >= 0) & (rows + shift < height)
        covered[inside] |= mask[rows[inside] + shift, every[inside]]
    if not near.any():
        return None
    thickness = float(np.median(lengths[near]))
    # Only ink as thin as the line says where the line ends.
    thin = np.zeros(width, bool)
    thin[columns[near & (2 * lengths >= thickness)]] = True
    inked = np.flatnonzero(thin)
    for share in MAX_GAPS:
        max_gap = max(4, share * width, MAX_DASH_GAP * thickness)
        groups = np.split(inked, np.flatnonzero(np.diff(inked) > max_gap) + 1)
        group = max(groups, key=len)
        if not len(group):
            return None
        start, end = int(group[0]), int(group[-1]) + 1
        length = end - start
        if length >= MIN_LENGTH * width:
            break
    if (
        length < MIN_LENGTH * width
        or len(group) < MIN_THIN_COVER * length
        or np.count_nonzero(covered[start:end]) < MIN_COVER * length
    ):
        return None
    # Where it meets another line, the ink is not thin.
    reach = math.ceil(thickness) + 2
    while start > 0 and reach > 0 and covered[start - 1]:
        start, reach = start - 1, reach - 1
    reach = math.ceil(thickness) + 2
    while end < width and reach > 0 and covered[end]:
        end, reach = end + 1, reach - 1
    return StraightLine(is_vertical, row, slope, thickness, start, end)
