"""The sides of a form's boxes, and the ticks of a comb: upright lines on a base line.

Enters: the strokes of a row, `(h, w) bool`, and the base line, and the top line of boxes. Leaves: a
`Field`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchdigits.preprocessing.straight_lines import StraightLine

# A line is at most this thick, as a share of the ink's height.
MAX_THICKNESS = 0.1
# A side of a box is inked in this share of the rows between its base and its top, and in this share
# of those next to them: the second number is how many these are.
MIN_SIDE_COVER, SIDE_ENDS = 0.7, 0.12
# The ticks of a comb are at least this high, as a share of the ink's height, and alike to this
# share.
MIN_TICK, MAX_TICK_DIFFERENCE = 0.1, 0.4
# The distance between the sides of boxes is at least this share of their height.
MIN_BOX_WIDTH = 0.4
# Uprights are equally far apart: distances are multiples of one, to this share of it. Where one is
# missing, a paler or broken one is looked for this near, and it is inked in this share of its rows.
MAX_UNEVENNESS, EXPECTED_DISTANCE, MIN_EXPECTED_COVER = 0.12, 0.08, 0.3
# Two series of distances are only told from chance with this many uprights.
MIN_TWO_SERIES = 5


@dataclass(frozen=True)
class Field:
    """The printed lines of a form.

    Attributes:
        base: the line below the digits.
        top: the line above them, if there are boxes.
        uprights: columns of the sides of boxes, or of ticks, at the middle of their height.
        thickness: of the uprights, in pixels.
        tick: the height of the ticks in pixels; 0 if there are boxes, or only a base line.
    """

    base: StraightLine
    top: StraightLine | None
    uprights: tuple[int, ...]
    thickness: float
    tick: float


def find_boxes(mask: np.ndarray, base: StraightLine, top: StraightLine) -> Field | None:
    """The sides of boxes between two lines; None if there are fewer than two."""
    height, width = mask.shape
    middle = width / 2
    first = int(top.rows_at(middle) + top.thickness / 2 + 1)
    end = int(base.rows_at(middle) - base.thickness / 2)
    if end - first < 12:
        return None
    field = Field(base, top, (), base.thickness, 0.0)
    rows = np.arange(first, end)
    ends = max(3, round(SIDE_ENDS * (end - first)))
    counts, covers = np.zeros(width), np.zeros(width)
    thick = mask.copy()
    thick[:, 1:] |= mask[:, :-1]
    thick[:, :-1] |= mask[:, 1:]
    for column in range(width):
        columns = np.clip(np.rint(upright_columns(field, column, rows)).astype(int), 0, width - 1)
        along = thick[rows, columns]
        covers[column] = along.mean()
        counts[column] = min(covers[column], along[:ends].mean(), along[-ends:].mean())
    found = _peaks(counts, MIN_SIDE_COVER)
    if len(found) < 2:
        return None
    columns = np.array([column for column, _ in found])
    gaps = np.diff(columns)
    if gaps.max() < MIN_BOX_WIDTH * (end - first):
        return None
    thickness = float(np.median([max(1, wide - 2) for _, wide in found]))
    if thickness > MAX_THICKNESS * height + 2:
        return None
    columns = _add_expected(columns, covers, MIN_BOX_WIDTH * (end - first), (base.start, base.end))
    return Field(base, top, tuple(int(column) for column in columns), thickness, 0.0)


def find_comb(mask: np.ndarray, base: StraightLine) -> Field:
    """The ticks on a base line, or the base line alone."""
    height, width = mask.shape
    starts = np.rint(base.rows_at(np.arange(width)) - base.thickness / 2 - 1).astype(int)
    runs = np.zeros(width)
    for column in range(max(0, base.start - 2), min(width, base.end + 2)):
        above = mask[: max(0, starts[column]), column][::-1]
        runs[column] = len(above) if above.all() else int(above.argmin())
    end_ticks = [runs[: base.start + 6].max(initial=0), runs[max(0, base.end - 6) :].max(initial=0)]
    tick = float(min(end_ticks))
    if tick < MIN_TICK * height or max(end_ticks) > (1 + MAX_TICK_DIFFERENCE) * tick + 2:
        return Field(base, None, (), base.thickness, 0.0)
    like = np.abs(runs - tick) <= MAX_TICK_DIFFERENCE * tick + 1
    found = _peaks(like.astype(float), 0.5)
    max_wide = 2 * base.thickness + 3
    columns = np.array([column for column, wide in found if wide <= max_wide], int)
    shares = np.minimum(runs / tick, 1.0)
    columns = _add_expected(columns, shares, MIN_BOX_WIDTH * height, (base.start, base.end))
    return Field(base, None, tuple(int(column) for column in columns), base.thickness, tick)


def _add_expected(
    columns: np.ndarray, covers: np.ndarray, min_distance: float, ends: tuple[int, int]
) -> np.ndarray:
    """Add the uprights that equal distances let expect, if there is some ink.

    Args:
        columns: those found, `(n,) int`, ascending.
        covers: the share of its rows in which an upright at each column would be inked, `(w,)`.
        min_distance: between two uprights, in pixels.
        ends: of the base line.
    """
    distance, phases = _common_distance(columns, min_distance)
    if not phases:
        return columns
    reach = max(2, round(EXPECTED_DISTANCE * distance))
    expected = np.concatenate(
        [
            np.arange(
                phase - distance * ((phase - ends[0] + reach) // distance),
                ends[1] + reach,
                distance,
            )
            for phase in phases
        ]
    )
    expected = expected[(expected >= ends[0] - reach) & (expected < ends[1] + reach)]
    added: list[int] = []
    for column in expected:
        if np.abs(np.append(columns, added) - column).min() <= reach:
            continue
        start = max(0, round(column) - reach)
        near = covers[start : round(column) + reach + 1]
        if near.max(initial=0) >= MIN_EXPECTED_COVER:
            added.append(start + int(near.argmax()))
    return np.sort(np.concatenate([columns, np.array(added, int)]))


def _common_distance(columns: np.ndarray, min_distance: float) -> tuple[float, list[float]]:
    """The distance that repeats, and a column of each series; no column if none repeats.

    Boxes side by side share their sides, which are one series. Boxes with gaps between them have
    two: their left sides, and their right sides.
    """
    gaps = np.diff(columns)
    if not len(gaps):
        return 0.0, []
    smallest = float(gaps.min())
    for parts in range(1, int(smallest / min_distance) + 1):
        multiples = np.rint(gaps * parts / smallest)
        distance = float(gaps.sum() / multiples.sum())
        if np.abs(gaps / distance - multiples).max() <= MAX_UNEVENNESS:
            return distance, [float(columns[0])]
    if len(columns) < MIN_TWO_SERIES:
        return 0.0, []
    for distance in np.unique(columns[2:] - columns[:-2]).astype(float):
        if distance < min_distance:
            continue
        rest = (columns - columns[0] + distance / 2) % distance - distance / 2
        others = np.abs(rest) > MAX_UNEVENNESS * distance / 2
        apart = rest[others] % distance
        if others.any() and np.ptp(apart) <= MAX_UNEVENNESS * distance:
            return distance, [float(columns[0]), float(columns[0] + np.median(apart))]
    return 0.0, []


def _peaks(values: np.ndarray, level: float) -> list[tuple[int, int]]:
    """Runs of `(w,)` at or above a level: the middle and the length of each."""
    padded = np.concatenate([[False], values >= level, [False]])
    changes = np.flatnonzero(padded[1:] != padded[:-1])
    return [
        (int(start + end - 1) // 2, int(end - start))
        for start, end in zip(changes[::2], changes[1::2], strict=True)
    ]


def upright_columns(field: Field, column: float, rows: np.ndarray) -> np.ndarray:
    """The columns of an upright line in `rows`: it is at right angles to the base line."""
    middle = field.base.rows_at(column)
    if field.top is not None:
        middle = (middle + field.top.rows_at(column)) / 2
    return column - field.base.slope * (rows - middle)
