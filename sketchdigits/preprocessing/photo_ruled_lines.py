"""Erase the printed lines of ruled or squared paper from a photograph.

Enters and leaves: `(h, w) float32, 0-1`: how much darker each pixel is than the paper around it.

A printed line is thin, nearly straight and goes from one edge of the paper to the other. In a
picture cropped to its digit a stroke may do so too: the stem of a 1 or the bar of a 5. It doesn't
repeat, doesn't lie aside, and is as thick and dark as the rest of the ink.

Lines are found by votes for slope and position, a Hough transform (Duda and Hart 1972, "Use of the
Hough Transformation to Detect Lines and Curves in Pictures").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# The picture is cut into this many strips across the lines. Each strip votes once on every line.
STRIPS = 24
# The steepest slope of a nearly horizontal line, rows per column.
MAX_SLOPE = 0.2
# The thickest line, as a share of the picture's shorter side.
MAX_THICKNESS = 0.025
# A line must be visible in this share of the strips that it crosses ...
MIN_VOTES = 0.7
# ... and in this share of its first and of its last `END_STRIPS` strips.
MIN_END_VOTES = 0.6
END_STRIPS = 3
# Pixels: paper bends, so a line may be this far from the straight one.
MAX_BEND = 4
# A line across a corner of the picture crosses at least this many strips.
MIN_STRIPS = 5
# At most this many lines are erased in each direction. At most this many candidates are measured,
# of which nearly all are lines.
MAX_LINES = 80
MAX_MEASURED = 100
# Candidates are looked at in blocks of this size. Noise has tens of thousands of them.
CANDIDATES_BLOCK = 256
# Where the brightness is below this share of the median, the picture shows the table, not paper.
MIN_PAPER_BRIGHTNESS = 0.45
# This many parallel lines repeat, so they are printed, however thick and dark they are.
MIN_REPEATS = 3
# A line within this share of the picture's side from its edge lies aside, as those of a table do.
MAX_ASIDE = 0.12
# Another line that doesn't repeat is a stroke of the digit if it is about as thick and dark as the
# rest of the ink: its thickness and darkness are at least these shares of the rest's.
MIN_STROKE_THICKNESS = 0.6
MIN_STROKE_DARKNESS = 0.75
# Without other ink than this, as a share of the line's own area, the line is all the ink there is.
MIN_DIGIT_AREA = 0.25
# Pixels of a line that are darker than the line by this factor are ink on top of it.
MIN_INK_OVER_LINE = 1.5


@dataclass(frozen=True)
class _Line:
    """A nearly horizontal line.

    Attributes:
        rows: `(w,) int`, its row at every column.
        reach: pixels of the line above and below that row.
        darkness: 0-1, at its darkest row.
    """

    rows: np.ndarray
    reach: int
    darkness: float


def erase_ruled_lines(darkness: np.ndarray, paper: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """`(h, w) float32, 0-1` -> `(h, w) float32, 0-1` without printed lines.

    Args:
        darkness: how much darker each pixel is than the paper around it.
        paper: the brightness of that paper, `(h, w) float32`, any scale.
        noise: `(h, w) float32`, the darkness that the paper's grain can reach.
    """
    is_paper = paper > MIN_PAPER_BRIGHTNESS * np.median(paper)
    printed = np.zeros(darkness.shape, bool)
    erased = darkness.copy()
    # Horizontal lines in the arrays, and vertical lines in their transposes, which are views.
    arrays: tuple[np.ndarray, ...] = (darkness, noise, is_paper, printed, erased)
    views = [arrays, tuple(array.T for array in arrays)]
    lines = [_find_lines(*view[:3]) for view in views]
    for view, found in zip(views, lines, strict=True):
        for line in found:
            _mark_line(view[3], line, view[0], view[1])
    lines = [
        [
            line
            for line in found
            if len(found) >= MIN_REPEATS
            or not _is_stroke(line, np.where(view[3], 0, view[0]), view[1], view[3])
        ]
        for view, found in zip(views, lines, strict=True)
    ]
    printed[:] = False
    for view, found in zip(views, lines, strict=True):
        for line in found:
            _mark_line(view[3], line, view[0], view[1])
    erased[printed] = 0
    for view, found in zip(views, lines, strict=True):
        for line in found:
            _bridge_gaps(view[4], line, view[3], view[1])
    return erased


def _find_lines(darkness: np.ndarray, noise: np.ndarray, is_paper: np.ndarray) -> list[_Line]:
    """Find the nearly horizontal lines; all arguments are `(h, w)`."""
    height, width = darkness.shape
    thickness = max(4, math.ceil(MAX_THICKNESS * min(darkness.shape)))
    bounds = np.linspace(0, width, STRIPS + 1).astype(int)
    columns = (bounds[:-1] + bounds[1:] - 1) / 2
    # Both (height, strips): the darkness of thin horizontal marks, and whether they may be a piece
    # of a line.
    profile = _thin_marks(_strip_means(darkness, bounds), thickness)
    inside = _strip_means(is_paper.astype(np.float32), bounds) > 0.5
    piece = (profile > 0.35 * _strip_means(noise, bounds)) & inside

    lines: list[_Line] = []
    starts, slopes = _candidates(piece, inside, profile, columns)
    thick = _thicken(piece, 2)
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


def _strip_means(plane: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """`(h, w)` -> `(h, strips)`: the mean over each strip's columns."""
    return np.add.reduceat(plane, bounds[:-1], axis=1) / np.diff(bounds)


def _thin_marks(profile: np.ndarray, thickness: int) -> np.ndarray:
    """`(h, n)`: how much darker each row is than the rows `thickness` above and below, from 0."""
    padded = np.pad(profile, ((thickness, thickness), (0, 0)), mode="edge")
    beside = np.maximum(padded[: -2 * thickness], padded[2 * thickness :])
    return np.maximum(profile - beside, 0)


def _thicken(piece: np.ndarray, by: int) -> np.ndarray:
    """Extend every True by `by` rows upwards and downwards."""
    thick = piece.copy()
    for step in range(1, by + 1):
        thick[step:] |= piece[:-step]
        thick[:-step] |= piece[step:]
    return thick


def _candidates(
    piece: np.ndarray, inside: np.ndarray, profile: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Possible lines, those with the most votes first: start (the row at column 0) and slope.

    Both are `(n,)`.
    """
    height = len(piece)
    width = 2 * columns.mean()
    thick = _thicken(piece, 2)
    capped = np.minimum(profile, 3 * np.median(profile[piece])) if piece.any() else profile
    strips = np.arange(len(columns))
    starts = np.arange(-math.ceil(MAX_SLOPE * width), height + math.ceil(MAX_SLOPE * width))
    found = []
    for slope in np.linspace(-MAX_SLOPE, MAX_SLOPE, 2 * math.ceil(MAX_SLOPE * width / 4) + 1):
        line_rows = starts[:, None] + slope * columns
        votes, crossed = _votes(thick, inside, line_rows)
        chosen = np.flatnonzero(_is_line(votes, crossed))
        if not len(chosen):
            continue
        votes, crossed = votes[chosen], crossed[chosen]
        rows = np.clip(np.rint(line_rows[chosen]), 0, height - 1).astype(int)
        strengths = _means_where(capped[rows, strips], crossed)
        shares = votes.sum(axis=1) / crossed.sum(axis=1)
        found.append(np.stack([np.full(len(chosen), slope), starts[chosen], strengths, shares]))
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
) -> _Line | None:
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
    return _Line(line_rows, reach, peak)


def _is_stroke(line: _Line, rest: np.ndarray, noise: np.ndarray, printed: np.ndarray) -> bool:
    """Whether a line is a stroke: as thick and dark as the `rest` of the ink, and attached to it.

    If there is no other ink, the line is the digit. All arrays are `(h, w)`; `printed` are the
    pixels of all lines.
    """
    height = len(rest)
    middle = float(line.rows.mean())
    if min(middle, height - middle) < MAX_ASIDE * height:
        return False
    ink = rest > np.maximum(0.5 * line.darkness, 2 * noise)
    area = np.count_nonzero(ink)
    thickness = 2 * line.reach - 1
    if area < thickness * MIN_DIGIT_AREA * len(line.rows):
        return True
    outline = sum(np.count_nonzero(np.diff(ink, axis=axis)) for axis in (0, 1))
    # A stroke has two sides; the outline of a slanted one is longer by a quarter on average.
    rest_thickness = 2.5 * area / max(1, outline)
    if thickness < MIN_STROKE_THICKNESS * rest_thickness:
        return False
    if line.darkness < MIN_STROKE_DARKNESS * float(np.percentile(rest[ink], 70)):
        return False
    columns = np.flatnonzero((line.rows >= 0) & (line.rows < height))
    for offset in (-line.reach - 1, line.reach + 1):
        beside = np.clip(line.rows[columns] + offset, 0, height - 1)
        if (ink[beside, columns] & ~printed[beside, columns]).any():
            return True
    return False


def _line_pixels(line: _Line, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the line's pixels, both `(2 reach + 1, n)`."""
    height = shape[0]
    columns = np.flatnonzero((line.rows >= 0) & (line.rows < height))
    rows = line.rows[columns] + np.arange(-line.reach, line.reach + 1)[:, None]
    return np.clip(rows, 0, height - 1), np.broadcast_to(columns, rows.shape)


def _mark_line(printed: np.ndarray, line: _Line, darkness: np.ndarray, noise: np.ndarray) -> None:
    """Mark the line's pixels as printed, except clear ink that crosses it; in place."""
    pixels = _line_pixels(line, printed.shape)
    min_ink = np.maximum(MIN_INK_OVER_LINE * line.darkness, line.darkness + noise[pixels])
    printed[pixels] |= ~(darkness[pixels] > min_ink)


def _bridge_gaps(erased: np.ndarray, line: _Line, printed: np.ndarray, noise: np.ndarray) -> None:
    """Continue strokes across the erased line where there is ink on both sides of it; in place."""
    rows, columns = _line_pixels(line, erased.shape)
    sides = []
    for offsets in (-line.reach - 2, -line.reach - 1), (line.reach + 1, line.reach + 2):
        beside = np.clip(line.rows[columns[0]] + np.array(offsets)[:, None], 0, len(erased) - 1)
        ink = erased[beside, columns[:2]].max(axis=0)
        # A slanted stroke is a little to the left or right on the other side.
        shift = line.reach + 1
        padded = np.pad(ink, shift)
        sides.append(np.max([padded[s : s + len(ink)] for s in range(2 * shift + 1)], axis=0))
    bridge = np.minimum(*sides)
    bridge = np.where(bridge > noise[rows, columns].mean(axis=0), bridge, 0)
    erased[rows, columns] = np.where(
        printed[rows, columns], np.maximum(erased[rows, columns], bridge), erased[rows, columns]
    )
