"""Find the printed lines of ruled or squared paper in a photograph.

Enters: `(h, w) float32, 0-1`: how much darker each pixel is than the paper around it. Leaves:
`RuledLine`s, which go from one edge of the paper to the other; `photo_ruled_lines.py` erases them.

Lines are found by votes for slope and position, a Hough transform (Duda and Hart 1972, "Use of the
Hough Transformation to Detect Lines and Curves in Pictures").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sketchdigits.preprocessing.ruled_line_votes import (
    MIN_STRIPS,
    MIN_VOTES,
    STRIPS,
    VoteGrid,
    has_votes,
    vote_grid,
)

# The thickest line, as a share of the picture's shorter side.
MAX_THICKNESS = 0.025
# A line must be visible in this share of its first and of its last `END_STRIPS` strips.
MIN_END_VOTES = 0.6
END_STRIPS = 3
# Pixels: paper bends, so a line may be this far from the straight one.
MAX_BEND = 4
# At most this many lines are erased in each direction. At most this many candidates are measured,
# of which nearly all are lines.
MAX_LINES = 80
MAX_MEASURED = 100
# Candidates are looked at in blocks of this size. Noise has tens of thousands of them.
CANDIDATES_BLOCK = 256
# Those with enough votes, before their ends are looked at, in larger ones.
VOTED_BLOCK = 4096


@dataclass(frozen=True)
class RuledLine:
    """A nearly horizontal line.

    Attributes:
        rows: `(w,) int`, its row at every column.
        reach: pixels of the line above and below that row.
        darkness: 0-1, at its darkest row.
    """

    rows: np.ndarray
    reach: int
    darkness: float


def find_ruled_lines(
    darkness: np.ndarray, noise: np.ndarray, is_paper: np.ndarray
) -> list[RuledLine]:
    """Find the nearly horizontal lines; all arguments are `(h, w)`."""
    height, width = darkness.shape
    thickness = max(4, math.ceil(MAX_THICKNESS * min(darkness.shape)))
    grid = vote_grid(height, width)
    columns = grid.columns
    # Both (height, strips): the darkness of thin horizontal marks, and whether they may be a piece
    # of a line.
    profile = _thin_marks(darkness @ grid.means, thickness)
    piece = profile > 0.35 * (noise @ grid.means)
    inside = np.ones(piece.shape, bool)
    if not is_paper.all():
        inside = is_paper.astype(np.float32) @ grid.means > 0.5
        piece &= inside

    lines: list[RuledLine] = []
    thick = _thicken(piece, 2)
    starts, slopes = _candidates(piece, thick, inside, profile, grid)
    position = measured = 0
    while position < len(starts) and len(lines) < MAX_LINES and measured < MAX_MEASURED:
        block = slice(position, position + CANDIDATES_BLOCK)
        straight = starts[block, None] + slopes[block, None] * columns
        are_lines = _is_line(*_votes(thick, inside, straight))
        first = int(are_lines.argmax())
        if not are_lines[first]:
            position += CANDIDATES_BLOCK
            continue
        position += first + 1
        measured += 1
        rows = _fit_curve(profile * piece, straight[first], columns, width)
        line = _measure(rows, darkness, is_paper, noise, thickness)
        reach = MAX_BEND
        if line is not None:
            lines.append(line)
            reach = line.reach + 2
        # The pieces of this line don't vote again.
        piece &= np.abs(np.arange(height)[:, None] - rows[columns.astype(int)]) > reach
        thick = _thicken(piece, 2)
    return lines


def _thin_marks(profile: np.ndarray, thickness: int) -> np.ndarray:
    """`(h, n)`: how much darker each row is than the rows `thickness` above and below, from 0."""
    beside = np.empty_like(profile)
    beside[:thickness], beside[thickness:] = profile[0], profile[:-thickness]
    np.maximum(beside[:-thickness], profile[thickness:], out=beside[:-thickness])
    np.maximum(beside[-thickness:], profile[-1], out=beside[-thickness:])
    return np.maximum(profile - beside, 0)


def _thicken(piece: np.ndarray, by: int) -> np.ndarray:
    """Extend every True by `by` rows upwards and downwards."""
    thick = piece.copy()
    for step in range(1, by + 1):
        thick[step:] |= piece[:-step]
        thick[:-step] |= piece[step:]
    return thick


def _candidates(
    piece: np.ndarray,
    thick: np.ndarray,
    inside: np.ndarray,
    profile: np.ndarray,
    grid: VoteGrid,
) -> tuple[np.ndarray, np.ndarray]:
    """Possible lines, those with the most votes first: start (the row at column 0) and slope.

    Both are `(n,)`.
    """
    height, strips = len(piece), np.arange(STRIPS)
    voted = np.nonzero(has_votes(thick, inside, grid))
    found = []
    for first in range(0, len(voted[0]), VOTED_BLOCK):
        slope, start = (
            values[numbers[first : first + VOTED_BLOCK]]
            for values, numbers in zip((grid.slopes, grid.starts), voted, strict=True)
        )
        line_rows = start[:, None] + slope[:, None] * grid.columns
        votes, crossed = _votes(thick, inside, line_rows)
        chosen = np.flatnonzero(_is_line(votes, crossed))
        if not len(chosen):
            continue
        votes, crossed = votes[chosen], crossed[chosen]
        rows = np.clip(np.rint(line_rows[chosen]), 0, height - 1).astype(int)
        capped = np.minimum(profile, 3 * np.median(profile[piece]))
        strengths = _means_where(capped[rows, strips], crossed)
        shares = votes.sum(axis=1) / crossed.sum(axis=1)
        found.append(np.stack([slope[chosen], start[chosen], strengths, shares]))
    if not found:
        return np.empty(0), np.empty(0)
    # Sorted by the last row first.
    candidates = np.concatenate(found, axis=1)
    candidates = candidates[:, np.lexsort(candidates)[::-1]]
    return candidates[1], candidates[0]


def _means_where(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The mean of each row's chosen values: `(n, strips)` and `(n, strips) bool` -> `(n,)`."""
    counts = chosen.sum(axis=1)
    means = np.empty(len(values))
    for count in np.unique(counts):
        is_same = counts == count
        means[is_same] = values[is_same][chosen[is_same]].reshape(-1, count).mean(axis=1)
    return means


def _votes(
    piece: np.ndarray, inside: np.ndarray, line_rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which strips show the lines at `line_rows`, and which strips the lines cross on paper.

    `piece` and `inside` are `(h, strips) bool`; all others are `(n, strips)`.
    """
    height, strips = piece.shape
    rows = np.rint(line_rows).astype(np.intp)
    np.clip(rows, -1, height, out=rows)
    # With an empty row above and below, and flat indices, which are far faster.
    pixels = (rows + 1) * strips + np.arange(strips)
    padded = np.zeros((2, height + 2, strips), bool)
    padded[:, 1:-1] = piece & inside, inside
    return padded[0].ravel().take(pixels), padded[1].ravel().take(pixels)


def _is_line(votes: np.ndarray, crossed: np.ndarray) -> np.ndarray:
    """`(n, strips)` -> `(n,) bool`: whether it is a line from edge to edge of the paper."""
    # At most 24 strips: small integers are summed far faster.
    vote_counts, counts = (
        plane.view(np.int8).sum(axis=1, dtype=np.int8) for plane in (votes, crossed)
    )
    enough = (vote_counts >= MIN_VOTES * counts) & (counts >= MIN_STRIPS)
    chosen = np.flatnonzero(enough)
    votes, crossed, counts = votes[chosen], crossed[chosen], counts[chosen]
    order = np.cumsum(crossed, axis=1)
    for end in (order <= END_STRIPS, order > counts[:, None] - END_STRIPS):
        enough[chosen] &= (votes & end).sum(axis=1) >= MIN_END_VOTES * END_STRIPS
    return enough


def _fit_curve(
    profile: np.ndarray, straight: np.ndarray, columns: np.ndarray, width: int
) -> np.ndarray:
    """Fit a parabola to the marks near the `straight` line: its row at every column, `(width,)`."""
    offsets = np.arange(-MAX_BEND, MAX_BEND + 1)
    rows = np.rint(straight).astype(int) + offsets[:, None]
    valid = (rows >= 0) & (rows < len(profile))
    weights = profile[np.clip(rows, 0, len(profile) - 1), np.arange(len(columns))] * valid
    total = weights.sum(axis=0)
    seen = total > 0
    centres = (rows * weights).sum(axis=0)[seen] / total[seen]
    fitted = columns[seen]
    # The second fit leaves out the points that are far from the first one.
    for _ in range(2):
        curve = np.polyfit(fitted, centres, 2 if len(fitted) > 8 else 1)
        errors = np.abs(np.polyval(curve, fitted) - centres)
        kept = errors <= max(1.5, float(np.median(errors)))
        if np.count_nonzero(kept) < 3:
            break
        fitted, centres = fitted[kept], centres[kept]
    return np.polyval(curve, np.arange(width))


def _measure(
    rows: np.ndarray, darkness: np.ndarray, is_paper: np.ndarray, noise: np.ndarray, thickness: int
) -> RuledLine | None:
    """Measure the width and darkness of the line along `rows`; None if it is mostly off paper."""
    height, width = darkness.shape
    line_rows = np.rint(rows).astype(int)
    columns = np.flatnonzero((line_rows >= 0) & (line_rows < height))
    columns = columns[is_paper[line_rows[columns], columns]]
    if len(columns) < width // STRIPS:
        return None
    offsets = np.arange(-thickness, thickness + 1)
    nearby_rows = np.clip(line_rows[columns] + offsets[:, None], 0, height - 1)
    across = np.median(darkness[nearby_rows, columns], axis=1)
    across -= min(across[0], across[-1])
    peak = float(across[thickness - 2 : thickness + 3].max())
    reach = 1
    floor = max(0.2 * peak, 0.15 * float(noise[line_rows[columns], columns].mean()))
    while reach < thickness and max(across[thickness - reach], across[thickness + reach]) > floor:
        reach += 1
    return RuledLine(line_rows, reach, peak)
