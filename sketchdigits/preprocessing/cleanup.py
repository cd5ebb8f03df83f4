"""Which of the marks on an image are the digit: frames and dust are told from strokes."""

from __future__ import annotations

import math

import numpy as np

from sketchdigits.preprocessing.connected_components import find_components

# A frame is a line along the edge that covers this share of its side, and is at most this thick.
FRAME_COVER = 0.9
FRAME_THICKNESS = 0.04
# Captures smaller than this have no room for a frame: a full row of ink is a stroke.
MIN_FRAMED_SIDE = 20
# Dust: a component this small beside the largest one, by diagonal and by area.
DUST_DIAGONAL = 0.12
DUST_AREA = 0.05
# A largest component shorter than this share of the image is dust too: nothing was drawn.
MIN_DIGIT_DIAGONAL = 0.025


def find_digits(masks: np.ndarray) -> np.ndarray:
    """`(n, H, W) bool`, all ink -> `(n, H, W) bool`, each mask's digit: all False where none is."""
    return remove_dust(remove_frames(masks))


def remove_frames(masks: np.ndarray) -> np.ndarray:
    """Clear thin frames along the edge, and thin bars along one side."""
    if min(masks.shape[1:]) < MIN_FRAMED_SIDE:
        return masks
    framed = np.flatnonzero(_has_full_line(masks))
    if len(framed):
        masks = masks.copy()
        for index in framed:
            _clear_frame(masks[index])
    return masks


def _has_full_line(masks: np.ndarray) -> np.ndarray:
    """`(n,) bool`: whether there is a full line along an edge, in reach of `_frame_depth`."""
    found = np.zeros(len(masks), bool)
    for turned in (masks, masks.transpose(0, 2, 1)):
        reach = _frame_reach(turned[0])
        for band in (turned[:, :reach], turned[:, -reach:]):
            if band.any():
                found |= (_cover(band) >= FRAME_COVER).any(axis=1)
    return found


def _clear_frame(mask: np.ndarray) -> None:
    # Rotated views of one array: each side in turn lies at the top.
    sides = [np.rot90(mask, turns) for turns in range(4)]
    depths = [_frame_depth(side) for side in sides]
    is_frame = sum(depth > 0 for depth in depths) >= 3
    bars = [_is_bar(side, depth) for side, depth in zip(sides, depths, strict=True)]
    for side, depth, is_bar in zip(sides, depths, bars, strict=True):
        if depth and (is_frame or is_bar):
            side[:depth] = False


def _frame_depth(side: np.ndarray) -> int:
    """Rows from the top edge to the end of a thin full line near it; 0 where there is none."""
    limit = _frame_limit(side)
    lines = np.flatnonzero(_cover(side[: _frame_reach(side)]) >= FRAME_COVER)
    if not len(lines) or lines[-1] - lines[0] >= limit or lines[-1] >= 2 * limit:
        return 0
    return int(lines[-1]) + 1


def _frame_limit(side: np.ndarray) -> int:
    """Rows that a frame can be thick."""
    return math.ceil(FRAME_THICKNESS * side.shape[0])


def _frame_reach(side: np.ndarray) -> int:
    """Rows in which a frame is looked for: it may lie so far from the edge as it may be thick."""
    return 2 * _frame_limit(side) + 1


def _cover(rows: np.ndarray) -> np.ndarray:
    """`(..., W) bool` -> `(...)`, the share of each row that is inked."""
    return np.count_nonzero(rows, axis=-1) / rows.shape[-1]


def _is_bar(side: np.ndarray, depth: int) -> bool:
    """Whether the line at the top is none of the digit's strokes.

    It is not where no stroke leaves it. Where one does, it is the digit's own if the image is
    cropped to the digit, which then reaches the opposite edge as well.
    """
    ends = math.ceil(FRAME_THICKNESS * side.shape[1])
    stands_alone = not side[depth : depth + 2, ends:-ends].any(axis=1).all()
    return stands_alone or (side[0].all() and not side[-1].any())


def remove_dust(masks: np.ndarray) -> np.ndarray:
    """Clear the specks: components tiny beside a mask's largest, or all, if none is a stroke."""
    components = find_components(masks)
    areas, shortest = components.areas, max(2.0, MIN_DIGIT_DIAGONAL * max(masks.shape[1:]))
    if not len(areas):
        return masks
    is_one_each = np.array_equal(components.masks, np.arange(len(masks)))
    # A box has a diagonal whose square is at least twice the area.
    if is_one_each and 2 * areas.min() >= shortest**2:
        return masks
    diagonals = components.diagonals
    # Each mask's longest, the first of equals: the last to be put there stays.
    rising = len(areas) - 1 - np.argsort(diagonals[::-1], kind="stable")
    largest = np.zeros(len(masks), np.intp)
    largest[components.masks[rising]] = rising
    largest = largest[components.masks]
    longest, largest_area = diagonals[largest], areas[largest]
    is_stroke = (diagonals >= DUST_DIAGONAL * longest) | (areas >= DUST_AREA * largest_area)
    is_stroke &= longest >= shortest
    return masks if is_stroke.all() else components.paint(is_stroke)
