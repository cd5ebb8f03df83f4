"""Remove pieces of printed lines that stand apart from the digit: ticks of a comb, corner marks.

Enters and leaves: a mask, `(H, W) bool`, True where there is ink.

They are too short to be found as lines (`straight_lines.py`). Each is a component that lies at the
picture's rim, is thin and straight or a right angle, and keeps away from the digit. One alone may
be the bar of a 5: there must be pieces on two sides of the digit, or a right angle.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.preprocessing.connected_components import Components, find_components

# A piece lies within this share of a side from the edge; this share of its pixels does.
RIM = 0.3
MIN_AT_RIM = 0.95
# It is at most this thick, as a share of the shorter side, at least two pixels; a turned one covers
# more rows, by this share of its length.
MAX_THICKNESS = 0.07
MAX_TURN = 0.12
# It is at least this long, as a share of the shorter side and as a multiple of its thickness.
MIN_LENGTH = 0.08
MIN_ELONGATION = 2.0
# Each arm of a right angle is at least this long, as a multiple of the largest thickness.
MIN_ARM = 2.5
# It keeps this far from the box around the digit, as a share of the digit's diagonal; at least two
# pixels.
MIN_DISTANCE = 0.06
# The digit's diagonal is at least this share of the shorter side, and its middle at most this
# share of a side away from the picture's middle.
MIN_DIGIT_SIZE = 0.2
MAX_DIGIT_OFFSET = 0.35
# Pieces as long as a straight digit by this factor, and parallel to it, are strokes like it.
MIN_STROKE_LENGTH = 0.7
# A mask with more components than this is noise.
MAX_COMPONENTS = 60


def clear_rim_pieces(mask: np.ndarray) -> np.ndarray:
    """Remove the pieces from `(H, W) bool`; the same array if there are none."""
    components = find_components(mask[None])
    count = len(components.areas)
    if not 2 <= count <= MAX_COMPONENTS:
        return mask
    shorter = min(mask.shape)
    heights, widths = (components.boxes[:, 2:] - components.boxes[:, :2]).T
    middles = (components.boxes[:, :2] + components.boxes[:, 2:]) / 2 / mask.shape
    offsets = np.abs(middles - 0.5).max(axis=1)
    max_thickness = max(2.0, MAX_THICKNESS * shorter)
    sides = [_sides_of_piece(components, number, max_thickness) for number in range(count)]
    # The digit is large and near the middle, and no piece if there is another component.
    weights = components.diagonals * (1.05 - 2 * offsets).clip(0.05)
    others = np.array([not found for found in sides])
    main = int(np.argmax(np.where(others, weights, 0) if others.any() else weights))
    size = components.diagonals[main]
    if size < MIN_DIGIT_SIZE * shorter or offsets[main] > MAX_DIGIT_OFFSET:
        # The digit is a straight 1 at the rim, or there is none.
        main = int(np.argmax(weights))
        size = components.diagonals[main]
    distances = _distances(components, main)
    is_upright = heights[main] > widths[main]
    is_straight = min(heights[main], widths[main]) <= max_thickness + MAX_TURN * size
    are_pieces, names = np.zeros(count, bool), set()
    for number in range(count):
        if number == main or not sides[number]:
            continue
        if distances[number] < max(2.0, MIN_DISTANCE * size):
            continue
        is_like = (heights[number] > widths[number]) == is_upright
        if is_straight and is_like and components.diagonals[number] >= MIN_STROKE_LENGTH * size:
            return mask
        are_pieces[number] = True
        names |= sides[number]
    if len(names) < 2:
        return mask
    return components.paint(~are_pieces)[0]


def _sides_of_piece(components: Components, number: int, max_thickness: float) -> set[str]:
    """The sides of the picture along which a thin piece at the rim runs; none if it is no piece."""
    labels = components.labels[0]
    top, left, bottom, right = components.boxes[number]
    height, width = bottom - top, right - left
    shorter = min(labels.shape)
    rows, columns = np.nonzero(labels[top:bottom, left:right] == number)
    along = [(rows + top + 0.5) / labels.shape[0], (columns + left + 0.5) / labels.shape[1]]
    is_at_rim = np.logical_or(*(np.abs(share - 0.5) > 0.5 - RIM for share in along))
    is_long = max(height, width) >= max(4, MIN_LENGTH * shorter)
    if not is_long or is_at_rim.mean() < MIN_AT_RIM:
        return set()
    is_below, is_right = (top + bottom > labels.shape[0]), (left + right > labels.shape[1])
    # How far each pixel is from the sides of the box that are nearer to the picture's edge.
    from_row = height - 1 - rows if is_below else rows
    from_column = width - 1 - columns if is_right else columns
    is_along_row = from_row <= max_thickness + MAX_TURN * width
    is_along_column = from_column <= max_thickness + MAX_TURN * height
    # A piece's mean thickness.
    thickness = len(rows) / max(height, width, height + width - max_thickness)
    is_thin = thickness <= max_thickness and max(height, width) >= MIN_ELONGATION * thickness
    if not is_thin or (is_along_row | is_along_column).mean() < MIN_AT_RIM:
        return set()
    row_name, column_name = ("bottom" if is_below else "top"), ("right" if is_right else "left")
    if height <= max_thickness + MAX_TURN * width:
        return {row_name}
    if width <= max_thickness + MAX_TURN * height:
        return {column_name}
    # A right angle has ink at its corner; a slanted stroke of the digit may have none.
    has_corner = (np.maximum(from_row, from_column) <= max_thickness / 2).any()
    # A short piece may be the dot of an i, or the turned bar of a 5: alone it proves nothing.
    has_two_arms = min(height, width) >= MIN_ARM * max_thickness
    if not has_corner:
        return set()
    return {row_name, column_name} if has_two_arms else {row_name}


def _distances(components: Components, main: int) -> np.ndarray:
    """`(n,)`: how far each component's nearest pixel is from the box of `main`, in pixels."""
    top, left, bottom, right = components.boxes[main]
    rows, columns = np.nonzero(components.labels[0] >= 0)
    row_gaps = np.maximum(np.maximum(top - rows, rows - bottom + 1), 0)
    column_gaps = np.maximum(np.maximum(left - columns, columns - right + 1), 0)
    distances = np.full(len(components.areas), np.inf)
    np.minimum.at(distances, components.labels[0][rows, columns], np.maximum(row_gaps, column_gaps))
    return distances
