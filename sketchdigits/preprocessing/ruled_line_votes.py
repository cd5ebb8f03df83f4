"""Count how many strips of a picture show a line, for all slopes and positions at once.

Enters: which pixels of each strip may be a piece of a line, `(h, strips) bool`. Leaves: for which
slopes and starts enough strips do. `ruled_line_search.py` uses it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

# The picture is cut into this many strips across the lines. Each strip votes once on every line.
STRIPS = 24
# The steepest slope of a nearly horizontal line, rows per column.
MAX_SLOPE = 0.2
# A line must be visible in this share of the strips that it crosses.
MIN_VOTES = 0.7
# A line across a corner of the picture crosses at least this many strips.
MIN_STRIPS = 5
# Rows: two ways to add up a position differ by less.
MAX_ROUNDING_ERROR = 1e-9
# The grids of the last sizes of pictures are kept: each is less than a megabyte.
_MAX_GRIDS = 8


@dataclass(frozen=True)
class VoteGrid:
    """The lines on which strips vote, for one size of picture.

    Attributes:
        height: of the picture, in pixels.
        bounds: `(strips + 1,) int`, the first column of each strip, and the picture's width.
        columns: `(strips,) float`, the middle of each strip.
        means: `(width, strips) float32`: the matrix that takes the mean over each strip's columns.
        starts: `(n,) int`, the rows at column 0.
        slopes: `(m,) float`, rows per column.
        pad: empty rows above and below the picture, so that all lines are inside.
        windows: `(m, strips) int`: the row of the first start in each strip, with the empty rows.
        ties: `(3, ties) int32`: where a strip is at half a row, and `windows` rounds it to another
            row than NumPy, which rounds to even rows: the line, flat in `(m, n)`, and the two
            pixels, flat in `(strips, padded height)`.
        needed: `(m, n) uint8`: how many strips must show each line, if all the picture is paper.
    """

    height: int
    bounds: np.ndarray
    columns: np.ndarray
    means: np.ndarray
    starts: np.ndarray
    slopes: np.ndarray
    pad: int
    windows: np.ndarray
    ties: np.ndarray
    needed: np.ndarray


@lru_cache(_MAX_GRIDS)
def vote_grid(height: int, width: int) -> VoteGrid:
    """The grid of all lines for a picture of this size."""
    bounds = np.linspace(0, width, STRIPS + 1).astype(int)
    columns = (bounds[:-1] + bounds[1:] - 1) / 2
    is_in = np.arange(width)[:, None] >= bounds[:-1]
    is_in &= np.arange(width)[:, None] < bounds[1:]
    means = (is_in / np.maximum(1, np.diff(bounds))).astype(np.float32)
    wide = 2 * columns.mean()
    reach = math.ceil(MAX_SLOPE * wide)
    starts = np.arange(-reach, height + reach)
    slopes = np.linspace(-MAX_SLOPE, MAX_SLOPE, 2 * math.ceil(MAX_SLOPE * wide / 4) + 1)
    rises = slopes[:, None] * columns
    pad = max(-int(starts[0]), int(starts[-1]) - height) + math.ceil(np.abs(rises).max()) + 1
    shifts = np.rint(rises).astype(np.intp)
    slope, strip = np.nonzero(np.abs(np.abs(rises - shifts) - 0.5) < MAX_ROUNDING_ERROR)
    rows = np.rint(starts + rises[slope, strip][:, None]).astype(np.intp)
    moved = starts + shifts[slope, strip][:, None]
    pair, start = np.nonzero(rows != moved)
    lines = slope[pair] * len(starts) + start
    pixels = strip[pair] * (height + 2 * pad) + pad + np.stack([rows, moved])[:, pair, start]
    ties = np.stack([lines, *pixels]).astype(np.int32)
    empty = np.empty((0, 0), np.uint8)
    windows = shifts + (pad + starts[0])
    grid = VoteGrid(
        height, bounds, columns, means, starts, slopes, pad, windows, ties, needed=empty
    )
    needed = _needed_votes(_count(np.ones((height, STRIPS), bool), grid))
    return VoteGrid(**{**vars(grid), "needed": needed})


def has_votes(thick: np.ndarray, inside: np.ndarray, grid: VoteGrid) -> np.ndarray:
    """`(slopes, starts) bool`: whether enough strips of a line vote, wherever they are.

    Args:
        thick: `(h, strips) bool`, the pixels that may be a piece of a line.
        inside: `(h, strips) bool`, the pixels of paper. A strip votes only there.
        grid: the lines.
    """
    if inside.all():
        return _count(thick, grid) >= grid.needed
    return _count(thick & inside, grid) >= _needed_votes(_count(inside, grid))


def _needed_votes(crossed: np.ndarray) -> np.ndarray:
    """`(m, n) uint8`: of how many strips that a line crosses -> how many must show it."""
    needed = np.ceil(MIN_VOTES * np.arange(STRIPS + 1)).astype(np.uint8)
    needed[:MIN_STRIPS] = STRIPS + 1
    return needed[crossed]


def _count(pixels: np.ndarray, grid: VoteGrid) -> np.ndarray:
    """`(h, strips) bool` -> `(slopes, starts) uint8`: how many of a line's strips are True."""
    padded = np.zeros((STRIPS, grid.height + 2 * grid.pad), np.uint8)
    padded[:, grid.pad : grid.pad + grid.height] = pixels.T
    # Lines of one slope are moved copies of each other: in each strip, their pixels are a window.
    # A view, as `sliding_window_view` makes one, in a tenth of the time.
    length, shown = padded.shape[1], len(grid.starts)
    windows = np.ndarray(
        (STRIPS, length - shown + 1, shown), np.uint8, padded, strides=(length, 1, 1)
    )
    counts = windows[np.arange(STRIPS), grid.windows].sum(axis=1, dtype=np.uint8)
    lines, rounded, moved = grid.ties
    flat = padded.view(np.int8).ravel()
    np.add.at(counts.view(np.int8).ravel(), lines, flat[rounded] - flat[moved])
    return counts
