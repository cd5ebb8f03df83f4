"""Erase the printed lines of a form's field: boxes for one digit each, combs, a line below.

Enters and leaves: the ink of a row, `(h, w) uint8, 0-255`, cropped to its marks.

A field has a thin, straight line along its base. A row of boxes has another one along its top and
lines from the one to the other; a comb has short ticks on its base line, of equal height, also at
its ends. Strokes that cross a line are kept.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.numbers.form_uprights import (
    MAX_THICKNESS,
    Field,
    find_boxes,
    find_comb,
    upright_columns,
)
from sketchdigits.preprocessing.connected_components import find_components
from sketchdigits.preprocessing.straight_lines import StraightLine

# Most of a line lies on one level, which covers at least this share of the columns; and it is at
# most this steep, in rows per column.
MIN_LEVEL_COVER = 0.4
MAX_SLOPE = 0.08
SLOPES = np.linspace(-MAX_SLOPE, MAX_SLOPE, 33)
# Lines are searched in about this many columns.
SEARCHED_COLUMNS = 128
# A base line alone covers at least the first share of its columns; one with a few ticks, and lines
# of boxes, which may have gaps between them, the second one.
MIN_COVER, MIN_BOXES_COVER, MIN_TICKS = 0.85, 0.6, 3
# A base line lies in the lowest part of the ink, a top line in the highest.
MIN_BASE, MAX_TOP = 0.6, 0.35
# A base line alone goes beyond the digits by this share of their height, at both ends: the feet of
# two 2s side by side don't.
MIN_OVERHANG = 0.2
# What remains of a line: a piece of which more than this share is beside erased pixels.
MAX_PIECE_INSIDE = 0.5
# A row that is outside of every picture.
OUTSIDE = -(10**6)


def erase_field(
    ink: np.ndarray, mask: np.ndarray, *, is_upright_needed: bool = False
) -> tuple[np.ndarray, tuple[int, ...]] | None:
    """Erase a form's lines from `(h, w) uint8`; None if there are none.

    Also returns the columns of the lines between boxes, or of a comb's ticks.

    Args:
        ink: the ink of a row.
        mask: `(h, w) bool`, the strokes of `ink`.
        is_upright_needed: whether a base line without boxes or ticks is none of a form: on ruled
            paper it may be one of many.
    """
    field = _find_field(mask)
    if field is None or (is_upright_needed and not field.uprights):
        return None
    erased = mask.copy()
    for line in (field.base, field.top):
        if line is not None:
            _erase_along(erased, mask, line.rows_at(np.arange(mask.shape[1])), line.thickness)
    rows = np.arange(mask.shape[0])
    for column in field.uprights:
        base = field.base.rows_at(column)
        start = base - field.tick if field.top is None else field.top.rows_at(column)
        is_along = (rows >= start - 2) & (rows <= base + 2)
        at = np.where(is_along, upright_columns(field, column, rows), OUTSIDE)
        _erase_along(erased.T, mask.T, at, field.thickness)
    gone = _grow(mask & ~erased)
    pieces = find_components(erased[None])
    inside = np.bincount(pieces.labels[0][gone & erased], minlength=len(pieces.masks))
    erased = pieces.paint(inside < MAX_PIECE_INSIDE * pieces.areas)[0]
    if not field.uprights and not _overhangs(mask & ~erased, erased):
        return None
    # Beside the lines there is their soft edge, which would be faint marks.
    return np.where(_grow(_grow(erased)), ink, np.uint8(0)), field.uprights


def _overhangs(line: np.ndarray, digits: np.ndarray) -> bool:
    """Whether a line goes beyond the digits at both ends; both are `(h, w) bool`."""
    if not line.any() or not digits.any():
        return False
    rows, columns = np.flatnonzero(digits.any(axis=1)), np.flatnonzero(digits.any(axis=0))
    along = np.flatnonzero(line.any(axis=0))
    overhang = min(columns[0] - along[0], along[-1] - columns[-1])
    return bool(overhang >= MIN_OVERHANG * (rows[-1] - rows[0]))


def _find_field(mask: np.ndarray) -> Field | None:
    height, width = mask.shape
    if width < height or min(mask.shape) < 20:
        return None
    base, top = _find_levels(mask)
    if base is None:
        return None
    if top is not None and _cover(mask, base) >= MIN_BOXES_COVER:
        boxes = find_boxes(mask, base, top)
        if boxes is not None:
            return boxes
    cover = _cover(mask, base)
    if cover < MIN_BOXES_COVER:
        return None
    comb = find_comb(mask, base)
    return comb if cover >= MIN_COVER or len(comb.uprights) >= MIN_TICKS else None


def _find_levels(mask: np.ndarray) -> tuple[StraightLine | None, StraightLine | None]:
    """The base line and the top line of a field: parallel, thin, and nearly from end to end.

    Of all slopes, that one counts at which most ink lies on one level.
    """
    height, width = mask.shape
    step = max(1, width // SEARCHED_COLUMNS)
    rows, columns = np.nonzero(mask[:, ::step])
    margin = int(np.ceil(MAX_SLOPE * width / 2)) + 1
    size = height + 2 * margin
    # How far each searched column is moved at each slope, whose counts follow one another.
    moved = margin - SLOPES[:, None] * (np.arange(0, width, step) - width / 2)
    shifts = np.rint(moved).astype(np.intp) + np.arange(len(SLOPES))[:, None] * size
    levels = shifts[:, columns] + rows
    counts = step * np.bincount(levels.ravel(), minlength=size * len(SLOPES))
    counts = counts.reshape(len(SLOPES), size)
    first, last = margin + int(MIN_BASE * height), margin + int(MAX_TOP * height)
    lows, highs = counts[:, first:].max(axis=1), counts[:, :last].max(axis=1)
    lines: list[StraightLine | None] = []
    for zone, scores in ((slice(first, None), lows), (slice(0, last), lows + highs)):
        slope = int(scores.argmax()) if zone.start == 0 else int((lows + highs).argmax())
        if zone.start != 0 and highs[slope] < MIN_BOXES_COVER * width:
            slope = int(lows.argmax())
        lines.append(_line_at(counts[slope], zone, SLOPES[slope], mask, margin))
    return lines[0], lines[1]


def _line_at(
    counts: np.ndarray, zone: slice, slope: float, mask: np.ndarray, margin: int
) -> StraightLine | None:
    """The line at the fullest level of a zone; None if it is too short or thick."""
    height, width = mask.shape
    level = int(counts[zone].argmax()) + (zone.start or 0)
    if counts[level] < MIN_LEVEL_COVER * width:
        return None
    is_full = counts >= counts[level] / 2
    start, end = level, level + 1
    while start > 0 and is_full[start - 1]:
        start -= 1
    while end < len(counts) and is_full[end]:
        end += 1
    if end - start > max(3.0, MAX_THICKNESS * height):
        return None
    row = (start + end - 1) / 2 - margin - slope * width / 2
    inked = np.flatnonzero(mask.any(axis=0))
    ends = int(inked[0]), int(inked[-1]) + 1
    return StraightLine(False, float(row), float(slope), float(end - start), *ends)


def _cover(mask: np.ndarray, line: StraightLine) -> float:
    """The share of the line's columns that are inked."""
    columns = np.arange(line.start, line.end)
    rows = np.rint(line.rows_at(columns)).astype(int)
    near = [np.clip(rows + shift, 0, len(mask) - 1) for shift in (-1, 0, 1)]
    return float(np.mean(mask[near[0], columns] | mask[near[1], columns] | mask[near[2], columns]))


def _erase_along(erased: np.ndarray, mask: np.ndarray, at: np.ndarray, thickness: float) -> None:
    """Erase a nearly horizontal line, but not the strokes that cross it; in place.

    Args:
        erased: `(h, w) bool`, changed.
        mask: `(h, w) bool`, with all ink.
        at: `(w,)`, the line's row in each column.
        thickness: of the line.
    """
    reach = int(np.ceil(thickness / 2)) + 1
    middle = np.rint(at).astype(int)
    columns = np.arange(mask.shape[1])
    inside = (middle >= -reach) & (middle < len(mask) + reach)

    def inked(offset: int) -> np.ndarray:
        rows = middle + offset
        is_in = (rows >= 0) & (rows < len(mask))
        return is_in & mask[np.clip(rows, 0, len(mask) - 1), columns]

    sides = []
    for sign in (-1, 1):
        beside = inked(sign * (reach + 1)) & inked(sign * (reach + 2))
        spread = beside.copy()
        for shift in range(1, reach + 1):  # a slanted stroke is a little aside there
            spread[shift:] |= beside[:-shift]
            spread[:-shift] |= beside[shift:]
        sides.append(spread)
    goes = inside & ~(sides[0] & sides[1])
    for offset in range(-reach, reach + 1):
        rows = middle + offset
        chosen = goes & (rows >= 0) & (rows < len(mask))
        erased[rows[chosen], columns[chosen]] = False


def _grow(mask: np.ndarray) -> np.ndarray:
    """Grow `(h, w) bool` by one pixel: the soft edges of a line."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    wide = grown.copy()
    wide[:, 1:] |= grown[:, :-1]
    wide[:, :-1] |= grown[:, 1:]
    return wide
