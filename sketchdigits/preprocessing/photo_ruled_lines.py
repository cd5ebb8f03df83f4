"""Erase the printed lines of ruled or squared paper from a photograph.

Enters and leaves: `(h, w) float32, 0-1`: how much darker each pixel is than the paper around it.

A printed line is thin, nearly straight and goes from one edge of the paper to the other. In a
picture cropped to its digit a stroke may do so too: the stem of a 1 or the bar of a 5. It doesn't
repeat, doesn't lie aside, and is as thick and dark as the rest of the ink.

`ruled_line_search.py` finds the lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchdigits.preprocessing.medians import median
from sketchdigits.preprocessing.ruled_line_search import RuledLine, find_ruled_lines

# Where the brightness is below this share of the median, the picture shows the table, not paper.
MIN_PAPER_BRIGHTNESS = 0.45
# This many parallel lines repeat, so they are printed, however thick and dark they are.
MIN_REPEATS = 3
# Of the lines of ruled paper, some lie farther than this share of the side from the edges.
RIM = 0.26
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


def erase_ruled_lines(
    darkness: np.ndarray, paper: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, bool]:
    """Erase the lines that go from edge to edge of the paper.

    Args:
        darkness: how much darker each pixel is than the paper around it, `(h, w) float32, 0-1`.
        paper: the brightness of that paper, `(h, w) float32`, any scale.
        noise: `(h, w) float32`, the darkness that the paper's grain can reach.

    Returns:
        the darkness without these lines, `(h, w) float32, 0-1`; and whether the paper is ruled or
        squared: a few lines at the picture's edges may be those of a table's cell.
    """
    # A shortcut for most pictures: the median is not above the maximum.
    if paper.min() > MIN_PAPER_BRIGHTNESS * paper.max():
        is_paper = np.ones(darkness.shape, bool)
    else:
        is_paper = paper > MIN_PAPER_BRIGHTNESS * median(paper)
    # Horizontal lines in the arrays, and vertical lines in their transposes, which are views.
    lines = [
        find_ruled_lines(darkness, noise, is_paper),
        find_ruled_lines(darkness.T, noise.T, is_paper.T),
    ]
    if not any(lines):
        return darkness, False
    printed = np.zeros(darkness.shape, bool)
    erased = darkness.copy()
    arrays: tuple[np.ndarray, ...] = (darkness, noise, is_paper, printed, erased)
    views = [arrays, tuple(array.T for array in arrays)]
    is_ruled = any(map(_fill_paper, lines, darkness.shape))
    for view, found in zip(views, lines, strict=True):
        for line in found:
            _mark_line(view[3], line, view[0], view[1])
    lines = [
        _printed_lines(found, view[0], view[1], view[3])
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
    return erased, is_ruled


def _fill_paper(lines: Sequence[RuledLine], height: int) -> bool:
    """Whether parallel lines repeat, and not at the edges of the picture only."""
    middles = [float(line.rows.mean()) / height for line in _repeated(lines)]
    return any(RIM < middle < 1 - RIM for middle in middles)


def _repeated(lines: Sequence[RuledLine]) -> list[RuledLine]:
    """The parallel lines that repeat; none if they are too few.

    One that is far darker may be a stem between two lines of a cell.
    """
    if len(lines) < MIN_REPEATS:
        return []
    darkest = MIN_INK_OVER_LINE * float(np.median([line.darkness for line in lines]))
    alike = [line for line in lines if line.darkness <= darkest]
    return alike if len(alike) >= MIN_REPEATS else []


def _printed_lines(
    lines: Sequence[RuledLine], darkness: np.ndarray, noise: np.ndarray, printed: np.ndarray
) -> list[RuledLine]:
    """Those of the parallel lines that are no strokes of the digit."""
    repeated = set(map(id, _repeated(lines)))
    if len(repeated) == len(lines):
        return list(lines)
    rest = np.where(printed, 0, darkness)
    return [
        line for line in lines if id(line) in repeated or not _is_stroke(line, rest, noise, printed)
    ]


def _is_stroke(line: RuledLine, rest: np.ndarray, noise: np.ndarray, printed: np.ndarray) -> bool:
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


def _line_pixels(line: RuledLine, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the line's pixels, both `(2 reach + 1, n)`."""
    height = shape[0]
    columns = np.flatnonzero((line.rows >= 0) & (line.rows < height))
    rows = line.rows[columns] + np.arange(-line.reach, line.reach + 1)[:, None]
    return np.clip(rows, 0, height - 1), np.broadcast_to(columns, rows.shape)


def _mark_line(
    printed: np.ndarray, line: RuledLine, darkness: np.ndarray, noise: np.ndarray
) -> None:
    """Mark the line's pixels as printed, except clear ink that crosses it; in place."""
    pixels = _line_pixels(line, printed.shape)
    min_ink = np.maximum(MIN_INK_OVER_LINE * line.darkness, line.darkness + noise[pixels])
    printed[pixels] |= ~(darkness[pixels] > min_ink)


def _bridge_gaps(
    erased: np.ndarray, line: RuledLine, printed: np.ndarray, noise: np.ndarray
) -> None:
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
