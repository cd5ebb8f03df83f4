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


def cut_mark(mask: np.ndarray, height: float) -> tuple[np.ndarray, np.ndarray]:
    """Cut a mark into pieces from left to right.

    Args:
        mask: `(h, w) bool`.
        height: of a digit, in pixels.

    Returns:
        the number of each pixel's piece, `(h, w) int32`, from 0; and the ink on each cut, in
        pixels, `(pieces - 1,)`.
    """
    distance = max(2, round(MIN_DISTANCE * height))
    columns = np.arange(distance, mask.shape[1] - distance + 1, COLUMN_STEP)
    if not len(columns):
        return np.zeros(mask.shape, np.int32), np.zeros(0)
    reach = max(2, round(MAX_ASIDE * height))
    costs, path = _cheapest_paths(mask, columns, reach)
    chosen = _choose_cuts(costs, columns, mask.shape[1], height, distance)
    return _part(mask, [path(index) for index in chosen], height)


def cut_mark_between(
    mask: np.ndarray, height: float, digits: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a mark once between each two digits.

    Args:
        mask: `(h, w) bool`.
        height: of a digit, in pixels.
        digits: the columns at which digits stand, ascending.

    Returns:
        as `cut_mark`.
    """
    cost = _costs(mask)
    paths = []
    for left, right in pairwise(digits):
        room = MIN_ASIDE * (right - left)
        first, end = max(1, math.ceil(left + room)), min(mask.shape[1], int(right - room) + 1)
        if first < end:
            paths.append(first + _path_within(cost[:, first:end], (left + right) / 2 - first))
    return _part(mask, paths, height)


def _part(
    mask: np.ndarray, paths: Sequence[np.ndarray], height: float
) -> tuple[np.ndarray, np.ndarray]:
    """Part a mark along paths, from left to right; returns what `cut_mark` returns."""
    pieces = np.zeros(mask.shape, np.int32)
    every = np.arange(mask.shape[1])
    inks = []
    for path in paths:
        right = _move_ends(mask, mask & (every >= path[:, None]), height)
        pieces += right
        # Where neighbours in a row are parted now.
        inks.append(float(np.count_nonzero(mask[:, 1:] & mask[:, :-1] & np.diff(right, axis=1))))
    return pieces, np.array(inks)


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


def _costs(mask: np.ndarray) -> np.ndarray:
    """The cost of each pixel for a path: `(h, w) float32`."""
    costs = np.full(mask.shape, PAPER_COST, np.float32)
    costs[_find_holes(mask)] = HOLE_COST
    costs[mask] = INK_COST
    return costs


def _path_within(costs: np.ndarray, middle: float) -> np.ndarray:
    """The cheapest path from the top row to the bottom one, its column in each row: `(h,)`.

    Args:
        costs: `(h, w) float32`, of the columns that it may cross.
        middle: the column near which it stays if nothing else counts.
    """
    height, width = costs.shape
    astray = np.abs(np.arange(width, dtype=np.float32) - np.float32(middle))
    costs = costs + astray * np.float32(ASTRAY_COST / height)
    # The least cost of reaching each pixel; at both sides there is a column that is never reached.
    totals = np.full((height, width + 2), np.inf, np.float32)
    totals[0, 1:-1] = costs[0]
    aside = np.float32(ASIDE_COST)
    for before, after, cost in zip(totals[:-1], totals[1:, 1:-1], costs[1:], strict=True):
        np.minimum(before[:-2], before[2:], out=after)
        np.add(after, aside, out=after)
        np.minimum(after, before[1:-1], out=after)
        np.add(after, cost, out=after)
    asides = np.array([ASIDE_COST, 0.0, ASIDE_COST], np.float32)
    path = np.empty(height, np.intp)
    path[-1] = totals[-1, 1:-1].argmin()
    for row in range(height - 2, -1, -1):
        near = totals[row, path[row + 1] : path[row + 1] + 3] + asides
        path[row] = path[row + 1] + near.argmin() - 1
    return path


def _cheapest_paths(mask: np.ndarray, columns: np.ndarray, reach: int):
    """The cheapest path near each of `columns`.

    Returns:
        `(n,) float32`, their costs; and a function that takes the index of a column and returns its
        path, the column in each row, `(h,)`.
    """
    height, width = mask.shape
    padded = np.pad(_costs(mask), ((0, 0), (reach, reach)), constant_values=PAPER_COST)
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
