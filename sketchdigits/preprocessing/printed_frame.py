"""Remove what is printed around a digit: the frame of a form's box, and the lines of a table.

Enters and leaves: masks, `(n, H, W) bool`, True where there is ink.

Long straight lines (`straight_lines.py`) are printed if they form a frame of three or four sides
around the rest of the ink, or a corner beside it, or if they go from edge to edge of the picture.
Otherwise they are strokes: the bars of a 7, a 5 or a 2, or the sides of a square 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sketchdigits.preprocessing.connected_components import Components, find_components
from sketchdigits.preprocessing.straight_lines import StraightLine, find_straight_lines

# A smaller image has no room for a frame: a full row of ink is a stroke.
MIN_FRAMED_SIDE = 20
# Printed lines lie within this share of a side from the edge ...
RIM = 0.26
# ... and the rim is inked over at least this share of its length.
MIN_RIM_COVER = 0.42
# A line that ends this near to the picture's edge reaches it, as a share of the side ...
EDGE_DISTANCE = 0.04
# ... and two lines that end this near to each other meet: frames may have round corners.
CORNER_DISTANCE = 0.2
# The longer side of a digit is at least this share of the shorter side of its frame, and its height
# this share of the frame's.
MIN_DIGIT_LENGTH = 0.2
MIN_DIGIT_HEIGHT = 0.16
# At most this share of the digit's extent lies outside its frame.
MAX_OUTSIDE = 0.2
# Rounds: the frame, and what is left of it.
MAX_ROUNDS = 2


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
    for _ in range(MAX_ROUNDS):
        cleared = _clear_once(mask)
        if cleared is None:
            break
        mask = cleared
    return mask


def _may_have_lines(masks: np.ndarray) -> np.ndarray:
    """`(n,) bool`: a cheap test, whether much of one side's rim is inked."""
    found = np.zeros(len(masks), bool)
    for turned in (masks, masks.transpose(0, 2, 1)):
        reach = math.ceil(RIM * turned.shape[1])
        for band in (turned[:, :reach], turned[:, -reach:]):
            inked = np.count_nonzero(band.any(axis=1), axis=1)
            found |= inked >= MIN_RIM_COVER * turned.shape[2]
    return found


@dataclass(frozen=True)
class _Side:
    """A line as a side of a frame.

    Attributes:
        line: the line.
        name: "top", "bottom", "left" or "right" of the digit.
        at_edge: whether its start and its end reach the picture's edge.
    """

    line: StraightLine
    name: str
    at_edge: tuple[bool, bool]


_OPPOSITE = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}


def _clear_once(mask: np.ndarray) -> np.ndarray | None:
    """One round of `clear_printed_frame`; None if nothing is printed."""
    lines = find_straight_lines(mask)
    if not lines:
        return None
    bands = [_band(line, mask.shape) for line in lines]
    rest = mask & ~np.logical_or.reduce(bands)
    middle = _find_middle(rest)
    if middle is None:
        return None
    sides = [_as_side(line, middle, mask.shape) for line in lines]
    for chosen in _hypotheses(sides, mask.shape):
        cleared = _try(mask, [sides[index] for index in chosen], [bands[i] for i in chosen])
        if cleared is not None:
            return cleared
    return None


def _band(line: StraightLine, shape: tuple[int, ...]) -> np.ndarray:
    """`(H, W) bool`: the pixels of a line, and one more on both sides of it."""
    band = np.zeros(shape, bool)
    view = band.T if line.is_vertical else band
    columns = np.arange(max(0, line.start - 2), min(view.shape[1], line.end + 2))
    half = line.thickness / 2 + 1
    distance = np.abs(np.arange(view.shape[0])[:, None] - line.rows_at(columns))
    view[:, columns] = distance <= half
    return band


def _find_middle(rest: np.ndarray) -> tuple[float, float] | None:
    """Row and column of the middle of the digit in `(H, W) bool`: of its most central component."""
    components = find_components(rest[None])
    if not len(components.areas):
        return None
    boxes = components.boxes
    middles = (boxes[:, :2] + boxes[:, 2:] - 1) / 2
    offsets = np.abs(middles / (np.array(rest.shape) - 1) - 0.5).max(axis=1)
    best = int(np.argmax(components.diagonals * (1.05 - 2 * offsets).clip(0.05)))
    return float(middles[best, 0]), float(middles[best, 1])


def _as_side(line: StraightLine, middle: tuple[float, float], shape: tuple[int, ...]) -> _Side:
    height, width = shape
    if line.is_vertical:
        name = "left" if line.rows_at(middle[0]) < middle[1] else "right"
        along, across = height, width
    else:
        name = "top" if line.rows_at(middle[1]) < middle[0] else "bottom"
        along, across = width, height
    reach = max(2, EDGE_DISTANCE * along)
    ends = []
    for end, distance in ((line.start, line.start), (line.end - 1, along - line.end)):
        row = line.rows_at(end)
        half = line.thickness / 2 + 1
        ends.append(bool(distance <= reach or row < half or row > across - 1 - half))
    return _Side(line, name, (ends[0], ends[1]))


def _hypotheses(sides: list[_Side], shape: tuple[int, ...]) -> list[list[int]]:
    """Sets of sides, as indices, which may be printed together; the most complete ones first."""
    meets = _meetings(sides, shape)
    anchored = [
        all(side.at_edge[end] or meets[index][end] for end in (0, 1))
        for index, side in enumerate(sides)
    ]
    from_edge_to_edge = [index for index, side in enumerate(sides) if all(side.at_edge)]
    connected = [
        index
        for index, side in enumerate(sides)
        if anchored[index]
        or (any(meets[index]) and _is_outermost(index, sides))
        or all(side.at_edge)
    ]
    found = []
    for chosen in (connected, [i for i in connected if anchored[i]], from_edge_to_edge):
        if chosen and chosen not in found:
            found.append(chosen)
    return found


def _meetings(sides: list[_Side], shape: tuple[int, ...]) -> list[tuple[bool, bool]]:
    """For each side: whether a perpendicular side meets its start, and its end."""
    tolerance = max(3.0, CORNER_DISTANCE * min(shape))
    meetings = []
    for side in sides:
        meets = [False, False]
        for other in sides:
            if other.line.is_vertical == side.line.is_vertical:
                continue
            # Where the two lines cross, in columns of `side` and of `other`.
            column = _crossing(side.line, other.line)
            own = side.line.rows_at(column)
            if not other.line.start - tolerance <= own <= other.line.end - 1 + tolerance:
                continue
            length = side.line.end - side.line.start
            if column <= side.line.start + 0.3 * length and column >= side.line.start - tolerance:
                meets[0] = True
            if column >= side.line.end - 0.3 * length and column <= side.line.end + tolerance:
                meets[1] = True
        meetings.append((meets[0], meets[1]))
    return meetings


def _crossing(line: StraightLine, other: StraightLine) -> float:
    """The column of `line`, in its own view, at which it crosses the perpendicular `other`."""
    # column = other.row + other.slope * row, and row = line.row + line.slope * column.
    return (other.row + other.slope * line.row) / (1 - other.slope * line.slope)


def _is_outermost(index: int, sides: list[_Side]) -> bool:
    side = sides[index]
    rows = [other.line.rows_at(0.5 * (side.line.start + side.line.end)) for other in sides]
    same = [number for number, other in enumerate(sides) if other.name == side.name]
    outer = min(same, key=rows.__getitem__) if side.name in ("top", "left") else max(
        same, key=rows.__getitem__
    )
    return outer == index


def _try(mask: np.ndarray, sides: list[_Side], bands: list[np.ndarray]) -> np.ndarray | None:
    """Remove `sides` from `(H, W) bool`; None if what remains is no digit inside them."""
    rest = mask & ~np.logical_or.reduce(bands)
    for side in sides:
        _bridge(rest, mask, side.line)
    inside = _inside(sides, mask.shape)
    digit = _digit_inside(rest, inside, sides)
    if digit is None or not _is_plausible(mask, digit, inside, sides):
        return None
    return digit


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
    for side in sides:
        low, high = spans[side.line.is_vertical]
        covered = min(high, side.line.end) - max(low, side.line.start)
        if covered < 0.8 * (high - low):
            return False
    if len(names) >= 3:
        return True
    ink_box = _box(mask)
    is_attached = _is_attached(mask, digit, sides)
    if len(names) == 2 and not any(_OPPOSITE[name] in names for name in names):
        # A corner.
        return not is_attached or all(all(side.at_edge) for side in sides)
    # One line, or two parallel ones.
    if not all(all(side.at_edge) for side in sides):
        return False
    reaches = [_gap_to_edge(mask.shape, (top, bottom, left, right), _OPPOSITE[n]) for n in names]
    limits = max(2, EDGE_DISTANCE * max(mask.shape))
    del ink_box
    return not is_attached or min(reaches) > limits


def _gap_to_edge(shape: tuple[int, ...], box: tuple[int, int, int, int], name: str) -> int:
    """The pixels between `box` (top, bottom, left, right) and one edge of the picture."""
    top, bottom, left, right = box
    return {"top": top, "bottom": shape[0] - bottom, "left": left, "right": shape[1] - right}[name]


def _is_attached(mask: np.ndarray, digit: np.ndarray, sides: list[_Side]) -> bool:
    """Whether the digit touches one of the lines."""
    for side in sides:
        view, ink = (digit.T, mask.T) if side.line.is_vertical else (digit, mask)
        columns = np.arange(side.line.start, side.line.end)
        rows = side.line.rows_at(columns)
        half = side.line.thickness / 2 + 1
        sign = 1 if side.name in ("top", "left") else -1
        beside = np.floor(rows + half).astype(int) + 1
        if sign < 0:
            beside = np.ceil(rows - half).astype(int) - 1
        is_in = (beside >= 0) & (beside < view.shape[0])
        touching = view[beside[is_in], columns[is_in]]
        back = beside[is_in] - sign
        is_in_back = (back >= 0) & (back < view.shape[0])
        if (touching[is_in_back] & ink[back[is_in_back], columns[is_in][is_in_back]]).any():
            return True
    return False


def _box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the ink in `(H, W) bool`; zeros if there is none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
