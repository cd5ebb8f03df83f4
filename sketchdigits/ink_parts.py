"""Which of the marks on an image are the digit: frames and dust are told from strokes."""

from __future__ import annotations

import numpy as np

from sketchdigits.components import find_components

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


def find_digit(mask: np.ndarray) -> np.ndarray:
    """`(H, W) bool`, all ink -> `(H, W) bool`, the digit's ink. All False where there is none."""
    return remove_dust(remove_frame(mask))


def remove_frame(mask: np.ndarray) -> np.ndarray:
    """Clear a thin frame along the edge, or a thin bar along one side."""
    if min(mask.shape) < MIN_FRAMED_SIDE:
        return mask
    mask = mask.copy()
    # Rotated views of one array: each side in turn lies at the top.
    sides = [np.rot90(mask, turns) for turns in range(4)]
    depths = [_frame_depth(side) for side in sides]
    is_frame = sum(depth > 0 for depth in depths) >= 3
    bars = [_is_bar(side, depth) for side, depth in zip(sides, depths, strict=True)]
    for side, depth, is_bar in zip(sides, depths, bars, strict=True):
        if depth and (is_frame or is_bar):
            side[:depth] = False
    return mask


def _frame_depth(side: np.ndarray) -> int:
    """Rows from the top edge to the end of a thin full line near it; 0 where there is none."""
    limit = int(np.ceil(FRAME_THICKNESS * side.shape[0]))
    lines = np.flatnonzero(side[: 2 * limit + 1].mean(axis=1) >= FRAME_COVER)
    if not len(lines) or lines[-1] - lines[0] >= limit or lines[-1] >= 2 * limit:
        return 0
    return int(lines[-1]) + 1


def _is_bar(side: np.ndarray, depth: int) -> bool:
    """Whether the line at the top is none of the digit's strokes.

    It is not where no stroke leaves it. Where one does, it is the digit's own if the image is
    cropped to the digit, which then reaches the opposite edge as well.
    """
    ends = int(np.ceil(FRAME_THICKNESS * side.shape[1]))
    stands_alone = not side[depth : depth + 2, ends:-ends].any(axis=1).all()
    return stands_alone or (side[0].all() and not side[-1].any())


def remove_dust(mask: np.ndarray) -> np.ndarray:
    """Clear the specks: components tiny beside the largest one, or all, if none is a stroke."""
    components = find_components(mask)
    if not len(components.areas):
        return mask
    diagonals = components.diagonals
    largest = int(np.argmax(diagonals))
    if diagonals[largest] < max(2.0, MIN_DIGIT_DIAGONAL * max(mask.shape)):
        return np.zeros_like(mask)
    is_dust = (diagonals < DUST_DIAGONAL * diagonals[largest]) & (
        components.areas < DUST_AREA * components.areas[largest]
    )
    # One more entry, for label -1: the ground.
    keep = np.append(~is_dust, False)
    return keep[components.labels]
