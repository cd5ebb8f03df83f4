"""Remove what is printed around a digit: the frame of a form's box, and the lines of a table.

Enters and leaves: masks, `(n, H, W) bool`, True where there is ink.

Long straight lines (`straight_lines.py`) are printed if they form a frame of three or four sides
around the rest of the ink, or a corner beside it, or if they go from edge to edge of the picture.
Otherwise they are strokes: the bars of a 7, a 5 or a 2, or the sides of a square 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sketchdigits.preprocessing.connected_components import Components, find_components
from sketchdigits.preprocessing.straight_lines import (
    StraightLine,
    column_runs,
    find_straight_lines,
)

# A smaller image has no room for a frame: a full row of ink is a stroke.
MIN_FRAMED_SIDE = 20
# Printed lines lie within this share of a side from the edge ...
RIM = 0.26
# ... and the rim is inked over at least this share of its length.
MIN_RIM_COVER = 0.42
# ... and this share of them is on one line, with two pixels of play, in an outline of at most this
# many columns, at one of these slopes.
MIN_STRAIGHT = 0.36
OUTLINE_COLUMNS = 64
OUTLINE_SLOPES = np.linspace(-0.12, 0.12, 5)[:, None]
# Images in MNIST's format have this shape, and no ink this near to the edge, in pixels.
MNIST_SHAPE = (28, 28)
MNIST_RIM = 3
# A line that ends this near to the picture's edge reaches it, as a share of the side ...
EDGE_DISTANCE = 0.04
# ... for the lines inside another frame this share of its side ...
NESTED_EDGE_DISTANCE = 0.1
# ... and lie within this share of its other side from it, or four times their thickness.
NESTED_DISTANCE = 0.1
# Two lines that end this near to each other meet: frames may have round corners ...
CORNER_DISTANCE = 0.2
# ... or this near, beside half a line's thickness, if they are sharp.
MEETING_DISTANCE = 0.02
# The inner line of a double frame is at least this long, as a share of the outer one.
MIN_DOUBLE_LENGTH = 0.75
# Lines of one print differ by at most this in slope, and in thickness by this factor.
MAX_TURN = 0.045
MAX_THICKNESS_RATIO = 1.6
# The longer side of a digit is at least this share of the shorter side of its frame, and its height
# this share of the frame's.
MIN_DIGIT_LENGTH = 0.2
MIN_DIGIT_HEIGHT = 0.16
# At most this share of the digit's extent lies outside its frame.
MAX_OUTSIDE = 0.2
# A line that the digit touches is longer than the digit by this factor.
MIN_ATTACHED_MARGIN = 1.12
# A fragment of a pale line is at most this wide, as a share of the shorter side, and this long, as a
# share of the digit's diagonal; and at least this far from the digit.
MAX_FRAGMENT_WIDTH = 0.06
MAX_FRAGMENT_LENGTH = 0.7
MIN_FRAGMENT_GAP = 0.08
# Rounds: the frame, and what is left of it.
MAX_ROUNDS = 3

# Top, bottom, left, right; bottom and right are exclusive.
_Box = tuple[int, int, int, int]


def remove_printed_frames(masks: np.ndarray) -> np.ndarray:
    """Remove frames and cell lines from `(n, H, W) bool`, where there may be some."""
    if min(masks.shape[1:]) < MIN_FRAMED_SIDE:
        return masks
    framed = np.flatnonzero(_may_have_lines(masks))
    cleared = masks
    for index in framed:
        mask = clear_printed_frame(masks[index])
        if mask is not masks[index] and cleared is masks:
            cleared = masks.copy()
        cleared[index] = mask
    return cleared


def clear_printed_frame(mask: np.ndarray) -> np.ndarray:
    """Remove the frame or the cell lines around the digit in one mask, `(H, W) bool`.

    Ink outside the frame is removed too. Strokes that touch or cross a line are kept. The mask is
    returned as it is, the same object, if nothing on it is printed, or if lines are all there is.
    """
    cleared, window = mask, (slice(None), slice(None))
    printed: list[StraightLine] = []
    for _ in range(MAX_ROUNDS):
        found = _clear_once(cleared[window], printed)
        if found is None:
            break
        digit, inner, printed = found
        cleared = np.zeros_like(mask)
        cleared[window] = digit
        # What is left of a double frame, or of the next boxes, is searched in the frame alone.
        window = _inner_window(window, inner)
    return _clear_fragments(cleared, has_frame=bool(printed))


def _clear_fragments(mask: np.ndarray, *, has_frame: bool) -> np.ndarray:
    """Remove what the threshold left of pale lines: thin pieces near the edges, on two sides.

    `(H, W) bool` -> `(H, W) bool`, the same object if there are none.
    """
    components = find_components(mask[None])
    if len(components.areas) < 2:
        return mask
    boxes, sizes = components.boxes, components.diagonals
    height, width = mask.shape
    main = int(sizes.argmax()) if has_frame else _most_central(components)
    top, left, bottom, right = boxes[main]
    gaps = np.stack(
        [top - boxes[:, 2], left - boxes[:, 3], boxes[:, 0] - bottom, boxes[:, 1] - right]
    )
    thin = (boxes[:, 2:] - boxes[:, :2]).min(axis=1) <= max(2, MAX_FRAGMENT_WIDTH * min(mask.shape))
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 / (height, width)
    at_rim = (np.abs(middles - 0.5) > 0.5 - RIM).any(axis=1)
    is_far = gaps.max(axis=0) >= max(2, MIN_FRAGMENT_GAP * sizes[main])
    fragments = thin & at_rim & is_far & (sizes < MAX_FRAGMENT_LENGTH * sizes[main])
    side_count = len(set(gaps[:, fragments].argmax(axis=0)))
    if side_count < (1 if has_frame else 2):
        return mask
    return components.paint(~fragments)[0]


def _may_have_lines(masks: np.ndarray) -> np.ndarray:
    """`(n,) bool`: a cheap test, whether the outermost ink of one side is nearly a straight line."""
    found = np.zeros(len(masks), bool)
    if masks.shape[1:] == MNIST_SHAPE:
        # Images in MNIST's format have no ink at the rim.
        found[:] = True
        inner = masks[:, MNIST_RIM:-MNIST_RIM, MNIST_RIM:-MNIST_RIM]
        found = np.count_nonzero(masks, axis=(1, 2)) > np.count_nonzero(inner, axis=(1, 2))
        if not found.any():
            return found
        chosen = np.flatnonzero(found)
        found[chosen] = _has_straight_side(masks[chosen])
        return found
    return _has_straight_side(masks)


def _has_straight_side(masks: np.ndarray) -> np.ndarray:
    """`_may_have_lines`, without its shortcut for MNIST."""
    found = np.zeros(len(masks), bool)
    for turned in (masks, masks.transpose(0, 2, 1)):
        reach = math.ceil(RIM * turned.shape[1])
        for band in (turned[:, :reach], turned[:, : -reach - 1 : -1]):
            inked = band.any(axis=1)
            wide = np.flatnonzero(
                (np.count_nonzero(inked, axis=1) >= MIN_RIM_COVER * turned.shape[2]) & ~found
            )
            if len(wide):
                found[wide] = _is_straight(band[wide].argmax(axis=1), inked[wide])
    return found


def _is_straight(rows: np.ndarray, inked: np.ndarray) -> np.ndarray:
    """Whether much of an outline lies on one line: `(n, W)` rows and `(n, W) bool` -> `(n,) bool`."""
    step = math.ceil(rows.shape[1] / OUTLINE_COLUMNS)
    rows, inked = rows[:, ::step] / step, inked[:, ::step]
    count = rows.shape[1]
    columns = np.arange(count)
    offsets = np.where(inked, rows, 1e3 * (1 + columns))[:, None] - OUTLINE_SLOPES * columns
    offsets.sort(axis=2)
    needed = math.ceil(MIN_STRAIGHT * count)
    spread = offsets[..., needed - 1 :] - offsets[..., : count - needed + 1]
    return (spread <= 2).any(axis=(1, 2))


@dataclass(frozen=True)
class _Side:
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


_OPPOSITE = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}


def _clear_once(
    mask: np.ndarray, outer: list[StraightLine]
) -> tuple[np.ndarray, _Box, list[StraightLine]] | None:
    """One round of `clear_printed_frame`; None if nothing is printed.

    `outer` are the lines of the frame around `mask`, if there is one: lines inside it are alike,
    and next to it. Returns the rest, `(H, W) bool`, the box inside the lines, and the lines.
    """
    if min(mask.shape) < MIN_FRAMED_SIDE // 2:
        return None
    lines = find_straight_lines(mask)
    if outer:
        lines = [line for line in lines if _is_nested(line, outer, mask.shape)]
    if not lines:
        return None
    bands = [_band(line, mask.shape) for line in lines]
    rest = mask & ~np.logical_or.reduce(bands)
    middle = _find_middle(rest)
    sides = [_as_side(line, middle, mask.shape, bool(outer)) for line in lines]
    for chosen in _hypotheses(sides):
        together = [sides[index] for index in chosen]
        if not _may_be_printed(together, mask.shape):
            continue
        doubles = [
            index
            for index, side in enumerate(sides)
            if index not in chosen and any(_is_double(side, outer) for outer in together)
        ]
        removed = [*chosen, *doubles]
        found = _try(
            mask, together, [sides[i] for i in doubles], [bands[index] for index in removed]
        )
        if found is not None:
            return *found, [side.line for side in together]
    return None


def _is_double(side: _Side, outer: _Side) -> bool:
    """Whether `side` is the inner line of a double frame whose outer line is `outer`."""
    gap = outer.distance - side.distance
    length, outer_length = (each.line.end - each.line.start for each in (side, outer))
    return (
        side.name == outer.name
        and 0 < gap <= max(4, 5 * outer.line.thickness)
        and length >= MIN_DOUBLE_LENGTH * outer_length
        and _are_alike(side.line, outer.line)
    )


def _is_nested(
    line: StraightLine, outer: list[StraightLine], shape: tuple[int, ...]
) -> bool:
    """Whether a line is like those of the frame around it, and next to the frame's edge."""
    across = shape[1] if line.is_vertical else shape[0]
    row = line.rows_at((line.start + line.end - 1) / 2)
    gap = min(row, across - 1 - row)
    is_like = any(_are_alike(line, other) for other in outer)
    return is_like and gap <= max(4, NESTED_DISTANCE * across, 4 * line.thickness)


def _inner_window(window: tuple[slice, slice], inner: _Box):
    """`inner` (top, bottom, left, right) counted from `window`, as slices of the whole mask."""
    top, left = (part.start or 0 for part in window)
    return slice(top + inner[0], top + inner[1]), slice(left + inner[2], left + inner[3])


def _band(line: StraightLine, shape: tuple[int, ...]) -> np.ndarray:
    """`(H, W) bool`: the pixels of a line, and one more on both sides of it."""
    band = np.zeros(shape, bool)
    view = band.T if line.is_vertical else band
    columns = np.arange(max(0, line.start - 2), min(view.shape[1], line.end + 2))
    half = line.thickness / 2 + 1
    distance = np.abs(np.arange(view.shape[0])[:, None] - line.rows_at(columns))
    view[:, columns] = distance <= half
    return band


def _find_middle(rest: np.ndarray) -> tuple[float, float]:
    """Row and column of the middle of the digit in `(H, W) bool`: of its most central component."""
    components = find_components(rest[None])
    if len(components.areas):
        best = _most_central(components)
        top, left, bottom, right = components.boxes[best]
        if components.diagonals[best] >= MIN_DIGIT_LENGTH * min(rest.shape):
            return float(top + bottom - 1) / 2, float(left + right - 1) / 2
    # The digit is a straight 1, which is one of the lines.
    return rest.shape[0] / 2, rest.shape[1] / 2


def _most_central(components: Components) -> int:
    """The number of the component that is large and near the middle of its mask."""
    middles = (components.boxes[:, :2] + components.boxes[:, 2:]) / 2 / components.shape[1:]
    offsets = np.abs(middles - 0.5).max(axis=1)
    return int(np.argmax(components.diagonals * (1.05 - 2 * offsets).clip(0.05)))


def _as_side(
    line: StraightLine, middle: tuple[float, float], shape: tuple[int, ...], is_nested: bool
) -> _Side:
    height, width = shape
    if line.is_vertical:
        distance = middle[1] - line.rows_at(middle[0])
        name = "left" if distance > 0 else "right"
        along, across = height, width
    else:
        distance = middle[0] - line.rows_at(middle[1])
        name = "top" if distance > 0 else "bottom"
        along, across = width, height
    reach = max(2, (NESTED_EDGE_DISTANCE if is_nested else EDGE_DISTANCE) * along)
    ends = []
    for end, gap in ((line.start, line.start), (line.end - 1, along - line.end)):
        row = line.rows_at(end)
        half = line.thickness / 2 + 1
        ends.append(bool(gap <= reach or row < half or row > across - 1 - half))
    return _Side(line, name, abs(distance), (ends[0], ends[1]))


def _hypotheses(sides: list[_Side]) -> list[list[int]]:
    """Sets of sides, as indices, which may be printed together; the most complete ones first.

    Lines of one print are parallel or perpendicular, and about equally thick.
    """
    found: list[list[int]] = []
    for reference in sides:
        alike = [_are_alike(reference.line, side.line) for side in sides]
        frame = _outermost(sides, alike)
        at_edge = [
            is_like and all(side.at_edge) for is_like, side in zip(alike, sides, strict=True)
        ]
        for chosen in (frame, _outermost(sides, at_edge)):
            found += [list(part) for size in (4, 3, 2, 1) for part in combinations(chosen, size)]
    unique = list(dict.fromkeys(tuple(chosen) for chosen in found))
    lengths = [side.line.end - side.line.start for side in sides]
    unique.sort(key=lambda chosen: (-len(chosen), -sum(lengths[index] for index in chosen)))
    return [list(chosen) for chosen in unique]


def _may_be_printed(sides: list[_Side], shape: tuple[int, ...]) -> bool:
    """Whether the sides are those of a frame or a corner, or go from edge to edge."""
    names = {side.name for side in sides}
    meetings = _meetings(sides, shape)
    ends = sum(sum(meets) for meets in meetings)
    if len(sides) == 4:
        return ends >= 6
    if len(sides) == 3:
        # The side opposite the missing one meets both others.
        middle = next(i for i, side in enumerate(sides) if _OPPOSITE[side.name] not in names)
        return all(meetings[middle]) and ends >= 4
    if len(sides) == 2 and not _are_opposite(names):
        return all(any(meets) for meets in meetings)
    return len(sides) == 2 or all(sides[0].at_edge)


def _are_opposite(names: set[str]) -> bool:
    return any(_OPPOSITE[name] in names for name in names)


def _are_alike(line: StraightLine, other: StraightLine) -> bool:
    """Whether two lines are parallel or perpendicular, and about equally thick."""
    turn = line.slope - (other.slope if line.is_vertical == other.is_vertical else -other.slope)
    length = min(line.end - line.start, other.end - other.start)
    thin, thick = sorted([line.thickness, other.thickness])
    return abs(turn) <= MAX_TURN + 1.5 / length and thick <= MAX_THICKNESS_RATIO * thin + 1.2


def _outermost(sides: list[_Side], allowed: list[bool]) -> list[int]:
    """The outermost allowed side above, below, left and right of the digit, as indices."""
    best: dict[str, int] = {}
    for index, side in enumerate(sides):
        if allowed[index] and (
            side.name not in best or side.distance > sides[best[side.name]].distance
        ):
            best[side.name] = index
    return sorted(best.values())


def _meetings(sides: list[_Side], shape: tuple[int, ...]) -> list[list[bool]]:
    """For each side: whether its start, and its end, meet a perpendicular side or the edge."""
    round_corner = CORNER_DISTANCE * min(shape)
    meetings = []
    for side in sides:
        meets = list(side.at_edge)
        for other in sides:
            if other.line.is_vertical == side.line.is_vertical:
                continue
            near = max(2.0, MEETING_DISTANCE * min(shape) + side.line.thickness)
            # Where the two lines cross, in columns of `side` and of `other`.
            column = _crossing(side.line, other.line)
            row = side.line.rows_at(column)
            # How far the other line, and this one, end before the crossing.
            other_gap = max(other.line.start - row, row - other.line.end + 1, 0)
            length = side.line.end - side.line.start
            for end, gap in enumerate((side.line.start - column, column - side.line.end + 1)):
                if gap < -0.3 * length:
                    continue
                gaps = sorted((max(gap, 0), other_gap))
                is_round = gaps[1] <= round_corner and gaps[0] >= 0.5 * gaps[1]
                meets[end] |= gaps[1] <= near or is_round
        meetings.append(meets)
    return meetings


def _crossing(line: StraightLine, other: StraightLine) -> float:
    """The column of `line`, in its own view, at which it crosses the perpendicular `other`."""
    # column = other.row + other.slope * row, and row = line.row + line.slope * column.
    return (other.row + other.slope * line.row) / (1 - other.slope * line.slope)


def _try(
    mask: np.ndarray, sides: list[_Side], doubles: list[_Side], bands: list[np.ndarray]
) -> tuple[np.ndarray, _Box] | None:
    """Remove `sides` from `(H, W) bool`; None if what remains is no digit inside them."""
    rest = mask & ~np.logical_or.reduce(bands)
    for side in [*sides, *doubles]:
        _bridge(rest, mask, side.line)
    inside = _inside([*sides, *doubles], mask.shape)
    digit = _digit_inside(rest, inside, [*sides, *doubles])
    if digit is None or not _is_plausible(mask, digit, inside, sides):
        return None
    return digit, _box(inside)


def _bridge(rest: np.ndarray, mask: np.ndarray, line: StraightLine) -> None:
    """Continue strokes across an erased line where there is ink on both sides of it; in place."""
    view, ink = (rest.T, mask.T) if line.is_vertical else (rest, mask)
    height, width = view.shape
    columns = np.arange(max(0, line.start - 2), min(width, line.end + 2))
    rows = line.rows_at(columns)
    half = line.thickness / 2 + 1
    # The first rows outside the band, above and below.
    above = np.ceil(rows - half).astype(np.intp) - 1
    below = np.floor(rows + half).astype(np.intp) + 1
    intervals = []
    for beside in (above, below):
        is_in = (beside >= 0) & (beside < height)
        inked = np.zeros(len(columns), bool)
        inked[is_in] = view[beside[is_in], columns[is_in]]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], inked.view(np.int8), [0]])))
        intervals.append(edges.reshape(-1, 2))
    shift = 2 * half + 1
    for first, last in intervals[0]:
        for other_first, other_last in intervals[1]:
            if other_first - last > shift or first - other_last > shift:
                continue
            low = max(0, min(first, other_first))
            high = max(last, other_last)
            for position in range(low, high):
                top, bottom = above[position] + 1, below[position]
                span = np.arange(max(0, top), min(height, bottom))
                share = (span - top + 0.5) / max(1, bottom - top)
                starts = first + (other_first - first) * share
                ends = last + (other_last - last) * share
                chosen = span[(position >= starts - 0.5) & (position < ends + 0.5)]
                column = columns[position]
                view[chosen, column] |= ink[chosen, column]


def _inside(sides: list[_Side], shape: tuple[int, ...]) -> np.ndarray:
    """`(H, W) bool`: the pixels on the digit's side of all lines."""
    inside = np.ones(shape, bool)
    for side in sides:
        view = inside.T if side.line.is_vertical else inside
        rows = np.arange(view.shape[0])[:, None]
        line_rows = side.line.rows_at(np.arange(view.shape[1]))
        view &= rows > line_rows if side.name in ("top", "left") else rows < line_rows
    return inside


def _digit_inside(
    rest: np.ndarray, inside: np.ndarray, sides: list[_Side]
) -> np.ndarray | None:
    """The components of `rest` that lie inside, `(H, W) bool`; None if there are none."""
    components = find_components(rest[None])
    if not len(components.areas):
        return None
    labels = components.labels[0]
    shares = np.bincount(labels[rest & inside], minlength=len(components.areas)) / components.areas
    chosen = shares > 0.5
    if chosen.any():
        chosen &= ~_is_corner_piece(components, chosen, sides)
    return components.paint(chosen)[0] if chosen.any() else None


def _is_corner_piece(
    components: Components, chosen: np.ndarray, sides: list[_Side]
) -> np.ndarray:
    """`(n,) bool`: whether a component is a piece of a round corner: next to two lines, and small.

    """
    boxes = components.boxes
    near = {name: np.zeros(len(boxes), bool) for name in _OPPOSITE}
    for side in sides:
        reach = side.line.thickness / 2 + 4
        axis = 1 if side.line.is_vertical else 0
        middles = (boxes[:, 1 - axis] + boxes[:, 3 - axis] - 1) / 2
        rows = side.line.rows_at(middles)
        edge = boxes[:, axis] if side.name in ("top", "left") else boxes[:, axis + 2] - 1
        near[side.name] |= np.abs(edge - rows) <= reach
    in_corner = (near["top"] | near["bottom"]) & (near["left"] | near["right"])
    largest = components.diagonals[chosen].max()
    return in_corner & (components.diagonals < 0.6 * largest)


def _is_plausible(
    mask: np.ndarray, digit: np.ndarray, inside: np.ndarray, sides: list[_Side]
) -> bool:
    """Whether `digit` is a digit, and `sides` are printed around it."""
    top, bottom, left, right = _box(digit)
    height, width = bottom - top, right - left
    frame_top, frame_bottom, frame_left, frame_right = _box(inside)
    frame_height, frame_width = frame_bottom - frame_top, frame_right - frame_left
    if max(height, width) < max(5, MIN_DIGIT_LENGTH * min(frame_height, frame_width)):
        return False
    if height < MIN_DIGIT_HEIGHT * frame_height:
        return False
    inner = _box(digit & inside)
    outside = max(height - (inner[1] - inner[0]), width - (inner[3] - inner[2]))
    if outside > MAX_OUTSIDE * max(height, width):
        return False
    names = {side.name for side in sides}
    # The box of the digit along each line: rows for vertical lines.
    spans = {True: (top, bottom), False: (left, right)}
    margins = []
    for side in sides:
        low, high = spans[side.line.is_vertical]
        covered = min(high, side.line.end) - max(low, side.line.start)
        if covered < 0.8 * (high - low):
            return False
        margins.append((side.line.end - side.line.start) / max(1, high - low))
    attached = [_is_attached(mask, digit, side) for side in sides]
    # The digit's own bars and stems are as wide as its other strokes.
    width = _stroke_width(digit)
    is_alike = [
        max(width, side.line.thickness) <= MAX_THICKNESS_RATIO * min(width, side.line.thickness) + 1
        for side in sides
    ]
    doubtful = sum(is_touched and like for is_touched, like in zip(attached, is_alike, strict=True))
    if len(names) >= 3:
        return doubtful <= 1 and all(
            margin > MIN_ATTACHED_MARGIN or not is_touched
            for is_touched, margin in zip(attached, margins, strict=True)
        )
    gaps = [_gap_to_edge(mask.shape, (top, bottom, left, right), _OPPOSITE[n]) for n in names]
    is_cropped = min(gaps) <= max(2, EDGE_DISTANCE * max(mask.shape))
    from_edge_to_edge = all(all(side.at_edge) for side in sides)
    if len(names) == 2 and not _are_opposite(names):
        if doubtful and (
            sum(attached) > 1 or is_cropped or height < 0.3 * frame_height or _cross(sides)
        ):
            return False
        return (from_edge_to_edge and not doubtful) or not any(attached) or min(margins) > 1.2
    if doubtful:
        return False
    if not from_edge_to_edge:
        return len(names) == 2 and not any(attached) and min(margins) > 1.15
    # One line, or two parallel ones. The bar of a 7 in an image cropped to it goes from edge to
    # edge too, but then the 7 reaches the opposite edge.
    return not any(attached) or not is_cropped


def _cross(sides: list[_Side]) -> bool:
    """Whether one of two perpendicular lines goes on beyond the other, as those of a 4 do."""
    for side, other in (sides, sides[::-1]):
        column = _crossing(side.line, other.line)
        length = side.line.end - side.line.start
        beyond = min(column - side.line.start, side.line.end - 1 - column)
        if beyond > max(2 + side.line.thickness, 0.08 * length):
            return True
    return False


def _stroke_width(digit: np.ndarray) -> float:
    """The typical width of the strokes in `(H, W) bool`, in pixels."""
    medians = []
    for view in (digit, digit.T):
        _, starts, ends = column_runs(view)
        medians.append(float(np.median(ends - starts)))
    return min(medians)


def _gap_to_edge(shape: tuple[int, ...], box: _Box, name: str) -> int:
    """The pixels between `box` (top, bottom, left, right) and one edge of the picture."""
    top, bottom, left, right = box
    return {"top": top, "bottom": shape[0] - bottom, "left": left, "right": shape[1] - right}[name]


def _is_attached(mask: np.ndarray, digit: np.ndarray, side: _Side) -> bool:
    """Whether the digit touches the line, from inside."""
    line = side.line
    view, ink = (digit.T, mask.T) if line.is_vertical else (digit, mask)
    columns = np.arange(line.start, line.end)
    rows = line.rows_at(columns)
    half = line.thickness / 2 + 1
    is_below = side.name in ("top", "left")
    beside = np.floor(rows + half).astype(int) + 1 if is_below else np.ceil(rows - half).astype(int) - 1
    # The last row of the line's band.
    band = beside - 1 if is_below else beside + 1
    is_in = (np.minimum(beside, band) >= 0) & (np.maximum(beside, band) < view.shape[0])
    columns = columns[is_in]
    return bool((view[beside[is_in], columns] & ink[band[is_in], columns]).any())


def _box(mask: np.ndarray) -> _Box:
    """Top, bottom, left and right of the ink in `(H, W) bool`; zeros if there is none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
