"""Which straight lines may be printed together: the sides of a frame, a corner, or a table's lines.

Enters: `StraightLine`s and the middle of the digit between them. Leaves: `Side`s, and sets of them
to try, of which `frame_plausibility.py` judges whether they surround a digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from sketchdigits.preprocessing.straight_lines import StraightLine

# A line that ends this near to the picture's edge reaches it, as a share of the side ...
EDGE_DISTANCE = 0.04
# ... and, for a line inside another frame, this near to the frame's edge.
NESTED_EDGE_DISTANCE = 0.1
# Lines inside another frame are next to it: this share of the side away, or four times their
# thickness.
NESTED_DISTANCE = 0.1
# Two lines meet if both end this near to their crossing, as a share of the shorter side, beside the
# line's thickness; or this near, and about equally far, as in a frame with round corners.
MEETING_DISTANCE = 0.02
CORNER_DISTANCE = 0.2
# The inner line of a double frame is at least this long, as a share of the outer one.
MIN_DOUBLE_LENGTH = 0.75
# Lines of one print differ by at most this in slope, and in thickness by this factor.
MAX_TURN = 0.045
MAX_THICKNESS_RATIO = 1.6
# Printed lines lie within this share of a side from the picture's edge.
RIM = 0.26
# A single line is at least this long, as a share of the side along it, or reaches both edges.
MIN_SINGLE_LENGTH = 0.75
# Another line of nearly this length, as a share of a line's, is a stroke like it.
MIN_STROKE_LENGTH = 0.85

OPPOSITE = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}


@dataclass(frozen=True)
class Side:
    """A line as a side of a frame.

    Attributes:
        line: the line.
        name: "top", "bottom", "left" or "right" of the digit.
        distance: from the digit's middle, in pixels.
        at_edge: whether its start and its end reach the picture's edge.
    """

    line: StraightLine
    name: str
    distance: float
    at_edge: tuple[bool, bool]

    @property
    def is_above(self) -> bool:
        """Whether the digit is below the line, in the line's own view."""
        return self.name in ("top", "left")


def as_side(
    line: StraightLine, middle: tuple[float, float], shape: tuple[int, ...], *, is_nested: bool
) -> Side:
    """Describe a line of a mask of `shape` as a side of a digit with its `middle`, row and column.

    `is_nested` says whether the mask is the inside of another frame.
    """
    own = middle[::-1] if line.is_vertical else middle
    across, along = shape[::-1] if line.is_vertical else shape
    distance = own[0] - line.rows_at(own[1])
    names = ("left", "right") if line.is_vertical else ("top", "bottom")
    reach = max(2, (NESTED_EDGE_DISTANCE if is_nested else EDGE_DISTANCE) * along)
    half = line.thickness / 2 + 1
    at_start, at_end = (
        bool(gap <= reach or not half <= line.rows_at(end) <= across - 1 - half)
        for end, gap in ((line.start, line.start), (line.end - 1, along - line.end))
    )
    return Side(line, names[0 if distance > 0 else 1], abs(distance), (at_start, at_end))


def possible_prints(sides: Sequence[Side], shape: tuple[int, ...]) -> list[list[Side]]:
    """Sets of sides which may be printed together; the most complete ones first.

    Lines of one print are parallel or perpendicular, and about equally thick.
    """
    found: dict[tuple[int, ...], None] = {}
    for reference in sides:
        alike = [_may_be_alike(reference, side, shape) for side in sides]
        at_edge = [
            is_like and all(side.at_edge) for is_like, side in zip(alike, sides, strict=True)
        ]
        for allowed in (alike, at_edge):
            outermost = _outermost(sides, allowed)
            for size in range(1, len(outermost) + 1):
                found |= dict.fromkeys(combinations(outermost, size))
    prints = [[sides[index] for index in chosen] for chosen in found]
    prints.sort(key=lambda chosen: (-len(chosen), -sum(side.line.length for side in chosen)))
    return [
        chosen
        for chosen in prints
        if _may_be_printed(chosen, shape) and not _are_strokes(chosen, sides, min(shape))
    ]


def are_alike(line: StraightLine, other: StraightLine) -> bool:
    """Whether two lines are parallel or perpendicular, and about equally thick."""
    turn = line.slope - (other.slope if line.is_vertical == other.is_vertical else -other.slope)
    thin, thick = sorted([line.thickness, other.thickness])
    is_turned = abs(turn) > MAX_TURN + 1.5 / min(line.length, other.length)
    return not is_turned and thick <= MAX_THICKNESS_RATIO * thin + 1.2


def _may_be_alike(side: Side, other: Side, shape: tuple[int, ...]) -> bool:
    """`are_alike`, also if one line is thinner because the picture's edge hides a part of it."""
    thin, thick = sorted([side.line, other.line], key=lambda line: line.thickness)
    across = shape[1] if thin.is_vertical else shape[0]
    row = thin.rows_at((thin.start + thin.end - 1) / 2)
    if min(row, across - 1 - row) <= thick.thickness:
        thin = replace(thin, thickness=thick.thickness)
    return are_alike(thin, thick)


def are_opposite(sides: Sequence[Side]) -> bool:
    """Whether some of the sides are opposite to each other."""
    names = {side.name for side in sides}
    return any(OPPOSITE[name] in names for name in names)


def is_double(side: Side, outer: Side, across: float) -> bool:
    """Whether `side` is the inner line of a double frame whose outer line is `outer`.

    `across` is the shorter side of the picture.
    """
    thickness = outer.line.thickness
    return (
        side.name == outer.name
        and all(side.at_edge) >= all(outer.at_edge)
        and 0 < outer.distance - side.distance <= max(4, NESTED_DISTANCE * across, 3 * thickness)
        and side.line.length >= MIN_DOUBLE_LENGTH * outer.line.length
        and are_alike(side.line, outer.line)
    )


def is_nested(line: StraightLine, outer: Sequence[StraightLine], shape: tuple[int, ...]) -> bool:
    """Whether a line is like those of the frame around it, and next to the frame's edge."""
    across = shape[1] if line.is_vertical else shape[0]
    row = line.rows_at((line.start + line.end - 1) / 2)
    gap = min(row, across - 1 - row)
    is_next = gap <= max(4, NESTED_DISTANCE * across, 4 * line.thickness)
    return is_next and any(are_alike(line, other) for other in outer)


def is_alone(line: StraightLine, lines: Sequence[StraightLine], shape: tuple[int, ...]) -> bool:
    """Whether a line meets neither another one nor the edge of the picture."""
    near = max(2.0, MEETING_DISTANCE * line.length + line.thickness)
    if min(line.start, shape[not line.is_vertical] - line.end) <= EDGE_DISTANCE * line.length:
        return False
    for other in lines:
        if other.is_vertical == line.is_vertical:
            continue
        column = find_crossing(line, other)
        row = line.rows_at(column)
        if line.start - near < column < line.end + near and (
            other.start - near < row < other.end + near
        ):
            return False
    return True


def find_crossing(line: StraightLine, other: StraightLine) -> float:
    """The column of `line`, in its own view, at which it crosses the perpendicular `other`."""
    # column = other.row + other.slope * row, and row = line.row + line.slope * column.
    return (other.row + other.slope * line.row) / (1 - other.slope * line.slope)


def complete(sides: Sequence[Side], shape: tuple[int, ...]) -> list[Side]:
    """Extend the lines of three or four sides to where they cross, and to the opposite one's ends.

    A piece of a line isn't found where it is pale, or where the digit touches it.
    """
    if len(sides) < 3:
        return list(sides)
    completed = []
    for side in sides:
        line = side.line
        width = shape[0] if line.is_vertical else shape[1]
        crossings = [
            round(find_crossing(line, other.line))
            for other in sides
            if other.line.is_vertical != line.is_vertical
        ]
        middle = (line.start + line.end) / 2
        opposite = [other.line for other in sides if other.name == OPPOSITE[side.name]]
        starts = [max(0, column) for column in crossings if column < middle]
        starts += [other.start for other in opposite]
        ends = [min(width, column + 1) for column in crossings if column >= middle]
        ends += [other.end for other in opposite]
        line = replace(line, start=min([line.start, *starts]), end=max([line.end, *ends]))
        completed.append(replace(side, line=line))
    return completed


def _outermost(sides: Sequence[Side], allowed: Sequence[bool]) -> list[int]:
    """The outermost allowed side above, below, left and right of the digit, as indices."""
    best: dict[str, int] = {}
    for index, side in enumerate(sides):
        if allowed[index] and (
            side.name not in best or side.distance > sides[best[side.name]].distance
        ):
            best[side.name] = index
    return sorted(best.values())


def _may_be_printed(sides: Sequence[Side], shape: tuple[int, ...]) -> bool:
    """Whether the sides are those of a frame or a corner, or go from edge to edge."""
    names = {side.name for side in sides}
    meetings = [_meetings(side, sides, shape) for side in sides]
    if any(all(side.at_edge) for side in sides) and not all(
        any(meets) and _is_at_rim(side, shape) for side, meets in zip(sides, meetings, strict=True)
    ):
        # The picture shows one cell of a table, and one of the lines is a stem or bar of its digit.
        return False
    met_ends = sum(sum(meets) for meets in meetings)
    if len(sides) == 4:
        return met_ends >= 6
    if len(sides) == 3:
        # The side opposite the missing one meets both others.
        middle = next(i for i, side in enumerate(sides) if OPPOSITE[side.name] not in names)
        return all(meetings[middle]) and met_ends >= 4
    if len(sides) == 2:
        return are_opposite(sides) or all(any(meets) for meets in meetings)
    line = sides[0].line
    return all(sides[0].at_edge) or line.length >= MIN_SINGLE_LENGTH * shape[not line.is_vertical]


def _is_at_rim(side: Side, shape: tuple[int, ...]) -> bool:
    """Whether the side lies near to the edge of the picture whose name it has."""
    line = side.line
    across = shape[1] if line.is_vertical else shape[0]
    row = line.rows_at((line.start + line.end - 1) / 2)
    return bool((row if side.is_above else across - 1 - row) <= RIM * across)


def _are_strokes(chosen: Sequence[Side], sides: Sequence[Side], across: float) -> bool:
    """Whether parallel lines are strokes like another one that would remain, as those of an 11."""
    lines = [side.line for side in chosen]
    if len({line.is_vertical for line in lines}) > 1:
        return False
    return any(
        side.line.is_vertical == lines[0].is_vertical
        and side.line.length >= MIN_STROKE_LENGTH * min(line.length for line in lines)
        and are_alike(side.line, lines[0])
        and not any(is_double(side, outer, across) for outer in chosen)
        for side in sides
        if side not in chosen
    )


def _meetings(side: Side, sides: Sequence[Side], shape: tuple[int, ...]) -> list[bool]:
    """Whether the side's start, and its end, meet a perpendicular side or the picture's edge."""
    near = max(2.0, MEETING_DISTANCE * min(shape) + side.line.thickness)
    round_corner = CORNER_DISTANCE * min(shape)
    meets = list(side.at_edge)
    for other in sides:
        if other.line.is_vertical == side.line.is_vertical:
            continue
        # Where the two lines cross: in columns of `side`, and in columns of `other`.
        column = find_crossing(side.line, other.line)
        row = side.line.rows_at(column)
        other_gap = max(other.line.start - row, row - other.line.end + 1, 0)
        for end, gap in enumerate((side.line.start - column, column - side.line.end + 1)):
            if gap < -0.3 * side.line.length:
                continue  # the crossing is at the other end
            smaller, larger = sorted((max(gap, 0), other_gap))
            meets[end] |= larger <= near or (larger <= round_corner and smaller >= larger / 2)
    return meets
