"""Remove printed lines from a mask, and keep the strokes that touch or cross them whole.

Enters and leaves: masks, `(H, W) bool`, True where there is ink.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchdigits.preprocessing.connected_components import (
    Components,
    expand_ranges,
    find_components,
)
from sketchdigits.preprocessing.frame_sides import OPPOSITE, Side
from sketchdigits.preprocessing.straight_lines import StraightLine

# A component is removed with the lines if at least this share of it is outside of them.
MAX_SHARE_OUTSIDE = 0.5
# A piece of a round corner is smaller than this share of the digit, and this near to two lines, in
# pixels.
MAX_CORNER_PIECE = 0.6
CORNER_PIECE_DISTANCE = 4
# Ink outside of the lines is that of a next box, and no stroke across a line, if it touches the
# picture's edge over more than this share of the digit's diagonal.
MAX_EDGE_CONTACT = 0.2


def line_band(line: StraightLine, shape: tuple[int, ...]) -> np.ndarray:
    """`(H, W) bool`: the pixels of a line, and one more on both sides of it."""
    band = np.zeros(shape, bool)
    view = band.T if line.is_vertical else band
    columns = _columns(line, view.shape[1])
    distance = np.abs(np.arange(view.shape[0])[:, None] - line.rows_at(columns))
    view[:, columns] = distance <= _half_width(line)
    return band


def remove_lines(
    mask: np.ndarray, sides: Sequence[Side], bands: Sequence[np.ndarray]
) -> tuple[np.ndarray | None, np.ndarray]:
    """Remove lines, and all ink outside of them, from `(H, W) bool`.

    Args:
        mask: the ink.
        sides: the lines.
        bands: `line_band` of each.

    Returns:
        what remains, `(H, W) bool`, or None if nothing does; and the inside, `(H, W) bool`.
    """
    rest = mask & ~np.logical_or.reduce(bands)
    for side in sides:
        _bridge(rest, mask, side.line)
    inside: np.ndarray = np.ones(mask.shape, bool)
    for side in sides:
        view = inside.T if side.line.is_vertical else inside
        rows = np.arange(view.shape[0])[:, None]
        line_rows = side.line.rows_at(np.arange(view.shape[1]))
        view &= rows > line_rows if side.is_above else rows < line_rows
    return _select_inside(rest, inside, sides), inside


def touches(digit: np.ndarray, mask: np.ndarray, side: Side) -> bool:
    """Whether the digit, `(H, W) bool`, touches a line of `mask` from inside."""
    line = side.line
    view, ink = (digit.T, mask.T) if line.is_vertical else (digit, mask)
    columns = np.arange(line.start, line.end)
    above, below = _rows_beside(line, columns)
    # The first row inside, and the last row of the line's band.
    beside, band = (below, below - 1) if side.is_above else (above, above + 1)
    is_in = (np.minimum(beside, band) >= 0) & (np.maximum(beside, band) < view.shape[0])
    columns = columns[is_in]
    return bool((view[beside[is_in], columns] & ink[band[is_in], columns]).any())


def _half_width(line: StraightLine) -> float:
    return line.thickness / 2 + 1


def _columns(line: StraightLine, width: int) -> np.ndarray:
    """The columns of a line, and two more at both ends."""
    return np.arange(max(0, line.start - 2), min(width, line.end + 2))


def _rows_beside(line: StraightLine, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first rows outside a line's band, above and below it, at `columns`."""
    rows, half = line.rows_at(columns), _half_width(line)
    return np.ceil(rows - half).astype(np.intp) - 1, np.floor(rows + half).astype(np.intp) + 1


def _bridge(rest: np.ndarray, mask: np.ndarray, line: StraightLine) -> None:
    """Continue strokes across an erased line where there is ink on both sides of it; in place."""
    view, ink = (rest.T, mask.T) if line.is_vertical else (rest, mask)
    height, width = view.shape
    columns = _columns(line, width)
    above, below = _rows_beside(line, columns)
    # The strokes that end at the line, from above and from below: their first and last columns.
    upper, lower = (_inked_intervals(view, rows, columns) for rows in (above, below))
    reach = 2 * _half_width(line) + 1
    are_near = lower[:, 0] - upper[:, 1:] <= reach
    are_near &= upper[:, :1] - lower[:, 1] <= reach
    # All positions between the two strokes of each pair, at once: there may be many thousands.
    uppers, lowers = np.nonzero(are_near)
    pairs = np.stack([upper[uppers], lower[lowers]], axis=1)
    firsts, ends = pairs[..., 0].min(axis=1), pairs[..., 1].max(axis=1)
    positions = expand_ranges(firsts, ends - firsts)
    (start, end), (other_start, other_end) = np.repeat(pairs, ends - firsts, axis=0).transpose(
        1, 2, 0
    )[..., None]
    # `(n, rows)`: the pixels of the line at each of these positions.
    top, bottom = above[positions, None] + 1, below[positions, None]
    rows = top + np.arange(int((bottom - top).max(initial=0)))
    # The stroke goes from one interval to the other in a straight line.
    share = (rows - top + 0.5) / np.maximum(1, bottom - top)
    is_stroke = (rows < bottom) & (rows >= 0) & (rows < height)
    is_stroke &= positions[:, None] >= start + (other_start - start) * share - 0.5
    is_stroke &= positions[:, None] < end + (other_end - end) * share + 0.5
    number, _ = np.nonzero(is_stroke)
    pixels = rows[is_stroke], columns[positions[number]]
    view[pixels] |= ink[pixels]


def _inked_intervals(view: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The runs of ink along a path of pixels: `(n, 2)`, start and end as positions in the path."""
    is_in = (rows >= 0) & (rows < view.shape[0])
    inked = np.zeros(len(columns) + 2, np.int8)
    inked[1:-1][is_in] = view[rows[is_in], columns[is_in]]
    return np.flatnonzero(np.diff(inked)).reshape(-1, 2)


def _select_inside(
    rest: np.ndarray, inside: np.ndarray, sides: Sequence[Side]
) -> np.ndarray | None:
    """The components of `rest` that lie inside, `(H, W) bool`; None if there are none."""
    components = find_components(rest[None])
    if not len(components.areas):
        return None
    labels = components.labels[0]
    shares = np.bincount(labels[rest & inside], minlength=len(components.areas)) / components.areas
    chosen = shares > 1 - MAX_SHARE_OUTSIDE
    if not chosen.any():
        return None
    largest = components.diagonals[chosen].max()
    is_small = components.diagonals < MAX_CORNER_PIECE * largest
    digit = components.paint(chosen & ~(is_small & _are_in_corners(components, sides)))[0]
    return _cut_neighbours(digit, inside, MAX_EDGE_CONTACT * largest)


def _cut_neighbours(digit: np.ndarray, inside: np.ndarray, max_contact: float) -> np.ndarray:
    """Remove the ink of the next boxes that is connected with the digit, from `(H, W) bool`."""
    outside = find_components((digit & ~inside)[None])
    labels = outside.labels[0]
    edge = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    contact = np.bincount(edge[edge >= 0], minlength=len(outside.areas))
    are_cut = contact > max_contact
    return digit & ~outside.paint(are_cut)[0] if are_cut.any() else digit


def _are_in_corners(components: Components, sides: Sequence[Side]) -> np.ndarray:
    """`(n,) bool`: whether a component is next to two perpendicular lines."""
    boxes = components.boxes
    near = {name: np.zeros(len(boxes), bool) for name in OPPOSITE}
    for side in sides:
        first = 1 if side.line.is_vertical else 0
        along = (boxes[:, 1 - first] + boxes[:, 3 - first] - 1) / 2
        edge = boxes[:, first] if side.is_above else boxes[:, first + 2] - 1
        reach = side.line.thickness / 2 + CORNER_PIECE_DISTANCE
        near[side.name] |= np.abs(edge - side.line.rows_at(along)) <= reach
    return (near["top"] | near["bottom"]) & (near["left"] | near["right"])
