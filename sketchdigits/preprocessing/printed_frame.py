"""Remove what is printed around a digit: the frame of a form's box, and the lines of a table.

Enters and leaves: masks, `(n, H, W) bool`, True where there is ink.

Long straight lines (`straight_lines.py`) are printed if they form a frame of three or four sides
around the rest of the ink, or a corner beside it, or if they go from edge to edge of the picture
(`frame_sides.py`, `frame_plausibility.py`). Otherwise they are strokes: the bars of a 7, a 5 or a
2, or the sides of a square 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sketchdigits.preprocessing.connected_components import Components, find_components
from sketchdigits.preprocessing.frame_plausibility import (
    MIN_DIGIT_LENGTH,
    Box,
    are_printed,
    find_box,
)
from sketchdigits.preprocessing.frame_sides import (
    RIM,
    Side,
    as_side,
    complete,
    is_alone,
    is_double,
    lies_next,
    may_be_alone,
    possible_prints,
)
from sketchdigits.preprocessing.line_removal import line_band, remove_lines
from sketchdigits.preprocessing.straight_lines import StraightLine, find_straight_lines

# A smaller image has no room for a frame: a full row of ink is a stroke.
MIN_FRAMED_SIDE = 20
# Lines are found in a mask of at most this many pixels on the longer side; a larger one is reduced.
MAX_FRAMED_SIDE = 256
# Printed lines lie within `RIM` of the edge. There, at least the first share of the columns is
# inked, and the second share of them lies on one line.
MIN_RIM_COVER = 0.42
MIN_STRAIGHT = 0.36
# For the second share, at most this many columns are looked at, with these slopes, and with this
# play, in pixels of the outline.
OUTLINE_COLUMNS = 64
MAX_PLAY = 1.5
OUTLINE_SLOPES = np.linspace(-0.12, 0.12, 5)[:, None]
# Images in MNIST's format have this shape, and fewer inked pixels than this near to the edge.
MNIST_SHAPE = (28, 28)
MNIST_RIM = 3
MIN_MNIST_RIM_INK = 10
# A picture with more ink than this, as a share of its area, is noise, not a digit in a frame.
MAX_INK = 0.5
# A frame, and what is left inside of it: the inner lines of a double frame.
MAX_ROUNDS = 3
# The thickest line of a double frame whose lines may touch, as a share of the shorter side.
MAX_DOUBLE_LINE = 0.012
# How much thicker than its median a line with rough edges is in places.
ROUGH_LINE = 1.25
# A fragment of a pale line is at most this wide, as a share of the shorter side; at most this long
# and at least this far from the digit, as shares of the digit's diagonal.
MAX_FRAGMENT_WIDTH = 0.06
MAX_FRAGMENT_LENGTHS = (0.4, 0.7)  # without and with a frame
MIN_FRAGMENT_DISTANCE = 0.08
# A piece of a next box's digit may be this long: longer, as the picture's edge cuts it.
MAX_NEIGHBOUR_LENGTH = 1.0


def remove_printed_frames(masks: np.ndarray) -> np.ndarray:
    """Remove frames and cell lines from `(n, H, W) bool`; the same array if there are none."""
    if min(masks.shape[1:]) < MIN_FRAMED_SIDE:
        return masks
    block = math.ceil(max(masks.shape[1:]) / MAX_FRAMED_SIDE)
    cleared = masks
    for index in np.flatnonzero(may_have_lines(masks[:, ::block, ::block])):
        mask = masks[index]  # each access makes another view
        rest = _clear_reduced(mask, block)
        if rest is not mask:
            cleared = masks.copy() if cleared is masks else cleared
            cleared[index] = rest
    return cleared


def clear_printed_frame(mask: np.ndarray) -> np.ndarray:
    """Remove the frame or the cell lines around the digit in one mask, `(H, W) bool`.

    Ink outside the frame is removed too. Strokes that touch or cross a line are kept. If nothing on
    the mask is printed, or if lines are all there is, all ink remains.

    For a photograph, `photo_printed_lines.py` calls this on masks of everything darker than the
    grain. A mask should have at most 640 pixels a side: the time grows with the area.
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
        top, left = (part.start or 0 for part in window)
        window = (
            slice(top + inner[0], top + inner[1]),
            slice(left + inner[2], left + inner[3]),
        )
    return _clear_fragments(cleared, has_frame=bool(printed))


def _clear_reduced(mask: np.ndarray, block: int) -> np.ndarray:
    """`clear_printed_frame` on a copy that is `block` times smaller along both axes."""
    if block == 1:
        return clear_printed_frame(mask)
    height, width = mask.shape
    padded = np.pad(mask, ((0, -height % block), (0, -width % block)))
    rows, columns = (side // block for side in padded.shape)
    reduced = np.asarray(padded.reshape(rows, block, columns, block).any(axis=(1, 3)))
    kept = clear_printed_frame(reduced).repeat(block, axis=0).repeat(block, axis=1)
    return mask & kept[:height, :width]


def may_have_lines(masks: np.ndarray) -> np.ndarray:
    """`(n,) bool`: a cheap test, whether the outermost ink on one side is nearly straight."""
    if min(masks.shape[1:]) < MIN_FRAMED_SIDE:
        return np.zeros(len(masks), bool)
    if masks.shape[1:] != MNIST_SHAPE:
        found = _have_straight_side(masks)
        if found.any():
            found &= np.count_nonzero(masks, axis=(1, 2)) <= MAX_INK * masks[0].size
        return found
    inner = masks[:, MNIST_RIM:-MNIST_RIM, MNIST_RIM:-MNIST_RIM]
    rim_ink = np.count_nonzero(masks, axis=(1, 2)) - np.count_nonzero(inner, axis=(1, 2))
    found = rim_ink >= MIN_MNIST_RIM_INK
    found &= np.count_nonzero(masks, axis=(1, 2)) <= MAX_INK * masks[0].size
    if found.any():
        found[found] = _have_straight_side(masks[found])
    return found


def _have_straight_side(masks: np.ndarray) -> np.ndarray:
    """`may_have_lines`, without its shortcut for MNIST."""
    found = np.zeros(len(masks), bool)
    # Lines along the columns, then along the rows.
    for axis in (1, 2):
        across, along = masks.shape[axis], masks.shape[3 - axis]
        reach = math.ceil(RIM * across)
        for part in (slice(None, reach), slice(None, -reach - 1, -1)):
            band = masks[:, part] if axis == 1 else masks[..., part]
            inked = np.asarray(band.any(axis=axis))
            is_covered = inked.sum(axis=1) >= MIN_RIM_COVER * along
            is_covered &= ~found
            # Most sides of most drawings are not.
            if is_covered.any():
                chosen = np.flatnonzero(is_covered)
                rows = band[chosen].argmax(axis=axis)
                found[chosen] = _are_straight(rows, inked[chosen])
                if found.all():
                    return found
    return found


def _are_straight(rows: np.ndarray, inked: np.ndarray) -> np.ndarray:
    """Whether many columns of each outline are on one line, with little play: `(n,) bool`.

    `rows` and `inked` are `(n, W)`: the row of the outermost ink, and whether there is some.
    """
    step = math.ceil(rows.shape[1] / OUTLINE_COLUMNS)
    rows, inked = rows[:, ::step] / step, inked[:, ::step]
    columns = np.arange(rows.shape[1])
    # Columns without ink are far from all others.
    offsets = np.where(inked, rows, 1e3 * (1 + columns))[:, None] - OUTLINE_SLOPES * columns
    offsets.sort(axis=2)
    needed = math.ceil(MIN_STRAIGHT * len(columns))
    spread = offsets[..., needed - 1 :] - offsets[..., : len(columns) - needed + 1]
    return np.asarray((spread <= MAX_PLAY).any(axis=(1, 2)))


def _clear_once(
    mask: np.ndarray, outer_lines: list[StraightLine]
) -> tuple[np.ndarray, Box, list[StraightLine]] | None:
    """One round of `clear_printed_frame`; None if nothing is printed.

    `outer_lines` are those of the frame around `mask`, if there is one: lines inside it are like
    them. Returns the rest, `(H, W) bool`, the box inside the lines, and the lines.
    """
    if min(mask.shape) < MIN_FRAMED_SIDE // 2:
        return None
    lines = find_straight_lines(mask)
    if outer_lines:
        lines = [line for line in lines if lies_next(line, outer_lines, mask.shape)]
    is_nested = bool(outer_lines)
    # Most lines are a digit's only straight stroke.
    if not lines or (
        len(lines) == 1 and not may_be_alone(lines[0], mask.shape, is_nested=is_nested)
    ):
        return None
    bands = [line_band(line, mask.shape) for line in lines]
    middle = _find_middle(mask & ~np.logical_or.reduce(bands), lines)
    sides = [as_side(line, middle, mask.shape, is_nested=is_nested) for line in lines]
    for possible in possible_prints(sides, mask.shape):
        across = min(mask.shape)
        doubles = [
            side
            for side in sides
            if side not in possible and any(is_double(side, outer, across) for outer in possible)
        ]
        chosen = complete(possible, mask.shape)
        attempts = [[*chosen, *doubles]]
        max_thin = max(1.5, MAX_DOUBLE_LINE * across)
        if len(chosen) == 4 and all(side.line.thickness <= max_thin for side in chosen):
            # The thin lines of a double frame may touch each other.
            attempts.append([_widen(side, 3.0) for side in chosen])
        elif len(chosen) == 4:
            # Remains of the rough edges of a line may connect it with the digit.
            attempts.append([_widen(side, ROUGH_LINE) for side in chosen])
        for removed in attempts:
            bands = [line_band(side.line, mask.shape) for side in removed]
            digit, inside = remove_lines(mask, removed, bands)
            if digit is None:
                continue
            # Ink of the next boxes doesn't count, if the line between isn't found. Neither do the
            # ticks on the base line of a comb.
            has_frame = len(chosen) > 1 or all(chosen[0].at_edge)
            cleared = _clear_fragments(digit, has_frame=has_frame)
            outlines = [digit] if cleared is digit else [digit, cleared]
            for outline in outlines:
                if are_printed(removed[: len(chosen)], mask, outline, inside):
                    return outline, find_box(inside), [side.line for side in chosen]
    return None


def _widen(side: Side, factor: float) -> Side:
    """The side with a line `factor` times as thick, and two pixels more."""
    return replace(side, line=replace(side.line, thickness=factor * side.line.thickness + 2))


def _find_middle(rest: np.ndarray, lines: Sequence[StraightLine]) -> tuple[float, float]:
    """Row and column of the middle of the digit, which is in the `rest` of the ink, `(H, W) bool`.

    It is the most central component. If that lies at the rim, it may be ink of a next box, and the
    digit a straight 1: one of the lines, which meets no other one.
    """
    components = find_components(rest[None])
    found, weight = (rest.shape[0] / 2, rest.shape[1] / 2), 0.0
    if len(components.areas):
        main = _most_central(components)
        top, left, bottom, right = components.boxes[main]
        size = float(components.diagonals[main])
        if size >= MIN_DIGIT_LENGTH * min(rest.shape):
            found = float(top + bottom - 1) / 2, float(left + right - 1) / 2
            weight = size * _centrality(found, rest.shape)
            if _offset(found, rest.shape) <= 0.5 - RIM:
                return found
    for line in lines:
        if is_alone(line, lines, rest.shape):
            column = (line.start + line.end - 1) / 2
            middle = line.rows_at(column), column
            middle = middle[::-1] if line.is_vertical else middle
            if _offset(middle, rest.shape) > 0.5 - RIM:
                continue
            if line.length * _centrality(middle, rest.shape) > weight:
                found, weight = middle, line.length * _centrality(middle, rest.shape)
    return found


def _offset(point: tuple[float, float], shape: tuple[int, ...]) -> float:
    """How far a point is from the middle of a mask, as a share of a side: 0 to 0.5."""
    return max(abs(point[0] / shape[0] - 0.5), abs(point[1] / shape[1] - 0.5))


def _centrality(point: tuple[float, float], shape: tuple[int, ...]) -> float:
    """1.05 in the middle of a mask, 0.05 at its edge."""
    return 1.05 - 2 * _offset(point, shape)


def _most_central(components: Components) -> int:
    """The number of the component that is large and near the middle of its mask."""
    middles = (components.boxes[:, :2] + components.boxes[:, 2:]) / 2 / components.shape[1:]
    offsets = np.abs(middles - 0.5).max(axis=1)
    return int(np.argmax(components.diagonals * (1.05 - 2 * offsets).clip(0.05)))


def _clear_fragments(mask: np.ndarray, *, has_frame: bool) -> np.ndarray:
    """Remove what the threshold left of pale lines: thin pieces near the edge, far from the digit.

    `(H, W) bool` -> `(H, W) bool`, the same object if there are none. Without a frame there must be
    pieces on two sides of the digit.
    """
    components = find_components(mask[None])
    if len(components.areas) < 2:
        return mask
    boxes, sizes = components.boxes, components.diagonals
    main = int(sizes.argmax()) if has_frame else _most_central(components)
    max_width = max(2, MAX_FRAGMENT_WIDTH * min(mask.shape))
    fragments = (boxes[:, 2:] - boxes[:, :2]).min(axis=1) <= max_width
    max_lengths = np.full(len(boxes), MAX_FRAGMENT_LENGTHS[has_frame])
    if has_frame:
        # Ink of the next boxes.
        is_cut = np.asarray((boxes[:, :2] <= 1).any(axis=1))
        is_cut |= (boxes[:, 2:] >= np.array(mask.shape) - 1).any(axis=1)
        fragments |= is_cut
        if not is_cut[main]:
            max_lengths[is_cut] = MAX_NEIGHBOUR_LENGTH
    fragments &= sizes < max_lengths * sizes[main]
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 / mask.shape
    fragments &= (np.abs(middles - 0.5) > 0.5 - RIM).any(axis=1)
    if not fragments.any():
        return mask
    top, left, bottom, right = boxes[main]
    gaps = np.stack(
        [top - boxes[:, 2], left - boxes[:, 3], boxes[:, 0] - bottom, boxes[:, 1] - right]
    )
    fragments &= gaps.max(axis=0) >= max(2, MIN_FRAGMENT_DISTANCE * sizes[main])
    side_count = len(set(gaps[:, fragments].argmax(axis=0)))
    if side_count < (1 if has_frame else 2):
        return mask
    return components.paint(~fragments)[0]
