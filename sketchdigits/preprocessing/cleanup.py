"""Clean up: keep the digit's strokes, and remove frames, printed lines and specks of dust.

Enters and leaves: masks, `(n, H, W) bool`, True where there is ink.
"""

from __future__ import annotations

import math

import numpy as np

from sketchdigits.preprocessing.connected_components import Components, find_components
from sketchdigits.preprocessing.pale_lines import clear_pale_lines
from sketchdigits.preprocessing.printed_frame import remove_printed_frames
from sketchdigits.preprocessing.rim_pieces import clear_rim_pieces

# A frame is a line along the edge that covers at least this share of the side.
MIN_FRAME_COVER = 0.9
# A frame is at most this thick, as a share of the other side.
MAX_FRAME_THICKNESS = 0.04
# A smaller image has no room for a frame: a full row of ink is a stroke.
MIN_FRAMED_SIDE = 20
# A speck is a component below both of these, as shares of the diagonal and the area of the mask's
# component with the longest diagonal.
MAX_SPECK_DIAGONAL = 0.12
MAX_SPECK_AREA = 0.05
# If even the longest diagonal is below this share of the image's longer side, nothing was drawn.
MIN_DIGIT_DIAGONAL = 0.025


def find_digits(masks: np.ndarray, inks: np.ndarray | None = None) -> np.ndarray:
    """All ink, `(n, H, W) bool` -> the digits' strokes, `(n, H, W) bool`.

    A mask without a digit becomes all False. With `inks`, `(n, H, W) uint8, 0-255`, pieces of
    printed lines are removed too which are so pale that `masks` holds only pieces of them.
    """
    masks = remove_printed_frames(remove_frames(masks))
    components = find_components(masks)
    are_strokes = _are_strokes(components)
    digits = masks if are_strokes.all() else components.paint(are_strokes)
    if inks is None or len(components.masks) <= len(masks):
        return digits
    piece_counts = np.bincount(components.masks[are_strokes], minlength=len(masks))
    for index in np.flatnonzero(piece_counts > 1):
        piece = digits[index]
        digit = clear_rim_pieces(piece)
        cleared = clear_pale_lines(digit, inks[index])
        if cleared is not None or digit is not piece:
            digit = digit if cleared is None else cleared
            digits = digits.copy() if digits is masks else digits
            digits[index] = remove_specks(digit[None])[0]
    return digits


def remove_frames(masks: np.ndarray) -> np.ndarray:
    """Clear thin frames along the edge, and thin bars along one side, in `(n, H, W) bool`."""
    if min(masks.shape[1:]) < MIN_FRAMED_SIDE:
        return masks
    framed = np.flatnonzero(_has_full_line(masks))
    if len(framed):
        masks = masks.copy()
        for index in framed:
            _clear_frame(masks[index])
    return masks


def _has_full_line(masks: np.ndarray) -> np.ndarray:
    """`(n,) bool`: whether there is a full line near an edge, where `_frame_depth` looks."""
    found = np.zeros(len(masks), bool)
    for turned in (masks, masks.transpose(0, 2, 1)):
        reach = _frame_reach(turned[0])
        for band in (turned[:, :reach], turned[:, -reach:]):
            if band.any():
                found |= (_inked_share(band) >= MIN_FRAME_COVER).any(axis=1)
    return found


def _clear_frame(mask: np.ndarray) -> None:
    """Clear the frame, or the bar along one side, of `(H, W) bool`; in place."""
    # Four rotated views of one array: in each of them another side is at the top.
    sides = [np.rot90(mask, turns) for turns in range(4)]
    depths = [_frame_depth(side) for side in sides]
    is_frame = sum(depth > 0 for depth in depths) >= 3
    bars = [_is_bar(side, depth) for side, depth in zip(sides, depths, strict=True)]
    for side, depth, is_bar in zip(sides, depths, bars, strict=True):
        if depth and (is_frame or is_bar):
            side[:depth] = False


def _frame_depth(side: np.ndarray) -> int:
    """Number of rows from the top edge to the end of a thin full line near it; 0 if none."""
    limit = _max_thickness(side)
    lines = np.flatnonzero(_inked_share(side[: _frame_reach(side)]) >= MIN_FRAME_COVER)
    if not len(lines) or lines[-1] - lines[0] >= limit or lines[-1] >= 2 * limit:
        return 0
    return int(lines[-1]) + 1


def _max_thickness(side: np.ndarray) -> int:
    """The thickness of the thickest frame, in rows."""
    return math.ceil(MAX_FRAME_THICKNESS * side.shape[0])


def _frame_reach(side: np.ndarray) -> int:
    """Number of rows in which to look for a frame.

    The gap between edge and frame may be as wide as the thickest frame.
    """
    return 2 * _max_thickness(side) + 1


def _inked_share(rows: np.ndarray) -> np.ndarray:
    """`(..., W) bool` -> `(...)`, the share of each row that is inked, 0-1."""
    return np.count_nonzero(rows, axis=-1) / rows.shape[-1]


def _is_bar(side: np.ndarray, depth: int) -> bool:
    """Whether the line at the top is a bar, and not a stroke of the digit.

    It is a bar if no stroke starts from it, or if it fills the top row while the bottom row is
    empty: a stroke fills the top row only in an image cropped to its digit, and such a digit
    touches the bottom row too.
    """
    ends = math.ceil(MAX_FRAME_THICKNESS * side.shape[1])
    is_detached = not side[depth : depth + 2, ends:-ends].any(axis=1).all()
    return is_detached or (side[0].all() and not side[-1].any())


def remove_specks(masks: np.ndarray) -> np.ndarray:
    """Clear the components of `(n, H, W) bool` that are tiny compared with their mask's largest.

    If the largest one is tiny too, compared with the image, the whole mask is cleared.
    """
    components = find_components(masks)
    are_strokes = _are_strokes(components)
    return masks if are_strokes.all() else components.paint(are_strokes)


def _are_strokes(components: Components) -> np.ndarray:
    """`(components,) bool`: False for specks."""
    areas = components.areas
    min_diagonal = max(2.0, MIN_DIGIT_DIAGONAL * max(components.shape[1:]))
    if not len(areas):
        return np.ones(0, bool)
    has_one_each = np.array_equal(components.masks, np.arange(components.shape[0]))
    # A shortcut: the square of a box's diagonal is at least twice the area.
    if has_one_each and 2 * areas.min() >= min_diagonal**2:
        return np.ones(len(areas), bool)
    diagonals = components.diagonals
    # The longest component of each mask, and the first one of equals. NumPy assigns in order, so
    # the last one, which is the longest, remains.
    rising = len(areas) - 1 - np.argsort(diagonals[::-1], kind="stable")
    longest = np.zeros(components.shape[0], np.intp)
    longest[components.masks[rising]] = rising
    longest = longest[components.masks]
    max_diagonals, max_areas = diagonals[longest], areas[longest]
    is_stroke = diagonals >= MAX_SPECK_DIAGONAL * max_diagonals
    is_stroke |= areas >= MAX_SPECK_AREA * max_areas
    is_stroke &= max_diagonals >= min_diagonal
    return is_stroke
