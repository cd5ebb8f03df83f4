"""Marks that touch -> pieces, by cuts from top to bottom through little ink.

Enters: the mask of a mark, `(h, w) bool`. Leaves: which piece each pixel belongs to. There may be
more cuts than digits: `best_path.py` chooses.

A cut is a path of least cost from the top row to the bottom one, where ink costs far more than
paper. One step down goes at most one pixel aside, and the whole path stays near one column: it may
follow slanted strokes, but not go around a digit. Columns whose path costs less than those of their
neighbours are cut, also if strokes lie side by side there and the path goes through much ink.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from sketchdigits.preprocessing.connected_components import find_components

# The cost of a pixel of ink, of paper that ink encloses, of other paper, and of one step aside.
INK_COST, HOLE_COST, PAPER_COST, ASIDE_COST = 1.0, 0.1, 0.01, 0.05
# How far a cut may go to the left and right, as a share of the height.
MAX_ASIDE = 0.08
# At most this many cuts in a mark, and for each height of its width.
MAX_CUTS, MAX_CUTS_PER_HEIGHT = 32, 5.0
# Two cuts are at least this far apart, and as far from the mark's ends: a share of its height.
MIN_DISTANCE = 0.12
# Where the digits are known: a cut is at least so far from both, as a share of their distance, and
# each pixel from the middle between them costs so much.
MIN_ASIDE, ASTRAY_COST = 0.15, 0.1
# The end of a stroke that reaches across a cut is at most this long, as a share of the height.
MAX_END = 0.15
# Pixels: columns between two paths that are tried.
COLUMN_STEP = 2
# Paths are found together up to this many costs, one for each pixel that each of them may cross.
MAX_COSTS = 2_000_000


def cut_mark(
    mask: np.ndarray, height: float, digits: Sequence[float] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a mark into pieces from left to right.

    Args:
        mask: `(h, w) bool`.
        height: of a digit, in pixels.
        digits: the columns at which digits stand, ascending: there is one cut between each two of
            them. None: not known, and there may be more cuts than digits.

    Returns:
        the number of each pixel's piece, `(h, w) int32`, from 0; and the ink on each cut, in
        pixels, `(pieces - 1,)`.
    """
    distance = max(2, round(MIN_DISTANCE * height))
    columns = np.arange(distance, mask.shape[1] - distance + 1, COLUMN_STEP)
    pieces = np.zeros(mask.shape, np.int32)
    if not len(columns):
        return pieces, np.zeros(0)
    reach = max(2, round(MAX_ASIDE * height))
    if digits is None:
        costs, paths = _cheapest_paths(mask, columns, reach)
        chosen = _choose_cuts(costs, columns, mask.shape[1], height, distance)
    else:
        columns = np.arange(1, mask.shape[1])
        between = [_columns_between(columns, *pair) for pair in pairwise(digits)]
        columns = columns[np.any(between, axis=0)]
        costs, paths = _cheapest_paths(mask, columns, reach)
        chosen = _choose_cuts_between(costs, columns, digits)
    every = np.arange(mask.shape[1])
    inks = []
    for index in chosen:
        right = _move_ends(mask, mask & (every >= paths(index)[:, None]), height)
        pieces += right
        # Where neighbours in a row are parted now.
        inks.append(float(np.count_nonzero(mask[:, 1:] & mask[:, :-1] & np.diff(right, axis=1))))
    return pieces, np.array(inks)


def _columns_between(columns: np.ndarray, left: float, right: float) -> np.ndarray:
    """`(n,) bool`: the columns between two digits at which they may be cut."""
    room = MIN_ASIDE * (right - left)
    return (columns >= left + room) & (columns <= right - room)


def _choose_cuts_between(
    costs: np.ndarray, columns: np.ndarray, digits: Sequence[float]
) -> list[int]:
    """The index of the best column between each two digits, from left to right."""
    chosen: set[int] = set()
    for left, right in pairwise(digits):
        astray = np.abs(columns - (left + right) / 2)
        allowed = _columns_between(columns, left, right)
        if allowed.any():
            total = np.where(allowed, costs + ASTRAY_COST * astray, np.inf)
            chosen.add(int(total.argmin()))
    return sorted(chosen)


def _choose_cuts(
    costs: np.ndarray, columns: np.ndarray, width: int, height: float, distance: int
) -> list[int]:
    """Indices of the columns that cost less than their neighbours, from left to right."""
    most = min(MAX_CUTS, math.ceil(MAX_CUTS_PER_HEIGHT * width / height))
    chosen: list[int] = []
    for index in np.argsort(costs, kind="stable"):
        if len(chosen) == most:
            break
        near = costs[max(0, index - 1) : index + 2]
        is_lowest = costs[index] <= near.min()
        if is_lowest and all(abs(columns[index] - columns[other]) >= distance for other in chosen):
            chosen.append(int(index))
    return sorted(chosen)


def _move_ends(mask: np.ndarray, right: np.ndarray, height: float) -> np.ndarray:
    """Give the ends of strokes that reach across a cut back to their own side.

    Args:
        mask, right: `(h, w) bool`: a mark, and its part at the right of the cut.
        height: of a digit, in pixels.

    Returns:
        `(h, w) bool`: the part at the right. A piece that is cut off belongs to the other side, as
        it is connected with that side only.
    """
    sides = find_components(np.stack([mask & ~right, right]))
    if len(sides.masks) <= 2:
        return right
    heights = sides.boxes[:, 2] - sides.boxes[:, 0]
    widths = sides.boxes[:, 3] - sides.boxes[:, 1]
    is_end = np.maximum(heights, widths) <= MAX_END * height
    for side in (0, 1):
        own = np.flatnonzero(sides.masks == side)
        if len(own):
            is_end[own[np.argmax(sides.areas[own])]] = False
    if not is_end.any():
        return right
    ends = sides.paint(is_end)
    return (right & ~ends[1]) | ends[0]


def _find_holes(mask: np.ndarray) -> np.ndarray:
    """`(h, w) bool`: the paper that ink encloses, as in a 0."""
    paper = find_components(np.pad(~mask, 1, constant_values=True)[None])
    is_inside = np.arange(len(paper.masks)) > 0  # the first one is that around the mark
    return paper.paint(is_inside)[0, 1:-1, 1:-1]


def _cheapest_paths(mask: np.ndarray, columns: np.ndarray, reach: int):
    """The cheapest path near each of `columns`.

    Returns:
        `(n,) float32`, their costs; and a function that takes the index of a column and returns its
        path, the column in each row, `(h,)`.
    """
    height, width = mask.shape
    padded = np.full((height, width + 2 * reach), PAPER_COST, np.float32)
    inner = padded[:, reach : reach + width]
    inner[_find_holes(mask)] = HOLE_COST
    inner[mask] = INK_COST
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=1)
    # (rows, paths, offsets)
    steps = np.zeros((height, len(columns), 2 * reach + 1), np.int8)
    totals = np.empty(steps.shape[1:], np.float32)
    together = max(1, MAX_COSTS // (height * steps.shape[2]))
    for start in range(0, len(columns), together):
        part = slice(start, start + together)
        totals[part] = _go_down(windows[:, columns[part]], steps[:, part])
    ends = totals.argmin(axis=1)

    def path(index: int) -> np.ndarray:
        offset = int(ends[index])
        found = np.empty(height, np.intp)
        for row in range(height - 1, -1, -1):
            found[row] = columns[index] + offset - reach
            offset += int(steps[row, index, offset])
        return np.clip(found, 0, width)

    return totals.min(axis=1), path


def _go_down(cost: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The least cost of reaching each offset in the last row, `(n, offsets) float32`.

    Args:
        cost: `(rows, n, offsets) float32`.
        steps: `(rows, n, offsets) int8`, all 0; changed to the step, -1 to 1, by which the cheapest
            path reached each of them from the row above.
    """
    total = cost[0]
    for row in range(1, len(cost)):
        best = total.copy()
        step = steps[row]
        from_left, from_right = total[:, :-1] + ASIDE_COST, total[:, 1:] + ASIDE_COST
        is_less = from_left < best[:, 1:]
        np.copyto(best[:, 1:], from_left, where=is_less)
        step[:, 1:][is_less] = -1
        is_less = from_right < best[:, :-1]
        np.copyto(best[:, :-1], from_right, where=is_less)
        step[:, :-1][is_less] = 1
        total = best + cost[row]
    return total
