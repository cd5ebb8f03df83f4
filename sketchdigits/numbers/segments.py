"""Pieces of ink side by side -> 28x28 images, one for each possible digit.

Enters: the pieces of a line. Leaves: `Segment`s, and `(n, 28, 28) uint8, 0-255`, cropped and scaled
as a single digit.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sketchdigits.numbers.pieces import SOFT_EDGE, Piece
from sketchdigits.preprocessing.pipeline import IMAGE_SIZE, center_by_mass
from sketchdigits.preprocessing.resize import fit_to_box

# A segment holds at most this many pieces. It is at most this wide, has at most this wide gaps
# between its marks, and is at least this high or wide. Lengths are shares of the line's height.
MAX_PIECES = 10
MAX_WIDTH = 1.45
MAX_GAP = 0.2
MIN_HEIGHT, MIN_WIDTH = 0.4, 0.6
# Bytes, about: segments that are cropped and scaled at once take at most so many. All segments of
# most rows take less. A crop takes the first of these numbers for each pixel, and the second for
# each pixel of its longer side.
MAX_CROPPING_BYTES = 50_000_000
BYTES_PER_PIXEL, BYTES_PER_LENGTH = 5, 800

Key = tuple[tuple[int, int, int], ...]
"""What a segment consists of: for each mark its number, first part and last part."""


@dataclass(frozen=True)
class Segment:
    """Some pieces of a line, side by side, which may be one digit.

    Attributes:
        first, end: the indices of its pieces in the line; `end` is exclusive.
        box: top, left, bottom, right.
        key: the same for the same ink, also after other marks were cut.
        is_part: whether it stands in a box of a form with other ink.
    """

    first: int
    end: int
    box: tuple[int, int, int, int]
    key: Key
    is_part: bool = False


def possible_segments(
    pieces: Sequence[Piece],
    height: float,
    uprights: Sequence[int] = (),
    *,
    any_size: bool = False,
) -> list[Segment]:
    """The segments of a line that may be digits.

    Args:
        pieces: from left to right.
        height: of the line, in pixels.
        uprights: columns of the lines between a form's boxes: no digit goes on in the next box.
        any_size: whether small ones count, too.
    """
    boxes = [int(np.searchsorted(uprights, (piece.box[1] + piece.box[3]) / 2)) for piece in pieces]
    found = []
    for first, piece in enumerate(pieces):
        end_of_box = bisect.bisect_right(boxes, boxes[first], lo=first) if uprights else -1
        is_first = first == 0 or boxes[first - 1] != boxes[first]
        top, left, bottom, right = piece.box
        for end in range(first + 1, min(len(pieces), first + MAX_PIECES) + 1):
            last = pieces[end - 1]
            is_part = bool(uprights) and not (is_first and end == end_of_box)
            if end > first + 1:
                is_near = (
                    last.mark == pieces[end - 2].mark or last.box[1] - right <= MAX_GAP * height
                )
                if uprights and boxes[end - 1] != boxes[first] and last.mark != piece.mark:
                    break
                if not uprights and not is_near:
                    break
                top, left = min(top, last.box[0]), min(left, last.box[1])
                bottom, right = max(bottom, last.box[2]), max(right, last.box[3])
                if right - left > MAX_WIDTH * height:
                    break
            is_large = bottom - top >= MIN_HEIGHT * height or right - left >= MIN_WIDTH * height
            if any_size or is_large:
                key = _key(pieces[first:end])
                found.append(Segment(first, end, (top, left, bottom, right), key, is_part))
    return found


def _key(pieces: Sequence[Piece]) -> Key:
    parts: dict[int, list[int]] = {}
    for piece in pieces:
        parts.setdefault(piece.mark, []).append(piece.part)
    wholes = {piece.mark: piece.parts for piece in pieces}
    return tuple(
        (mark, -1, -1) if len(found) == wholes[mark] else (mark, min(found), max(found))
        for mark, found in sorted(parts.items())
    )


def is_whole_mark(key: Key) -> bool:
    """Whether a segment is one mark, uncut."""
    return len(key) == 1 and key[0][1] < 0


def crop_segments(
    ink: np.ndarray, numbers: np.ndarray, segments: Sequence[tuple[Segment, int]]
) -> np.ndarray:
    """Preprocess each segment as a single digit: `(n, 28, 28) uint8, 0-255`.

    Args:
        ink: `(h, w) uint8, 0-255`.
        numbers: `(h, w) int32`, of `number_pixels`, for the pieces of all lines.
        segments: at least one; each with the index of its line's first piece.
    """
    boxes = np.array([segment.box for segment, _ in segments])
    sizes = boxes[:, 2:] - boxes[:, :2] + 2 * SOFT_EDGE
    images = np.empty((len(segments), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    for group in _group_by_size(sizes):
        images[group] = _crop_group(ink, numbers, [segments[index] for index in group])
    return images


def _group_by_size(sizes: np.ndarray) -> list[np.ndarray]:
    """`(n, 2)`, heights and widths -> indices of segments that are cropped at once."""
    if _count_bytes(sizes) <= MAX_CROPPING_BYTES:
        return [np.arange(len(sizes))]
    order = np.argsort(sizes.max(axis=1), kind="stable")
    groups, start = [], 0
    for end in range(1, len(order) + 1):
        if end == len(order) or _count_bytes(sizes[order[start : end + 1]]) > MAX_CROPPING_BYTES:
            groups.append(order[start:end])
            start = end
    return groups


def _count_bytes(sizes: np.ndarray) -> int:
    """The bytes that crops of these sizes take at once, all as large as the largest."""
    height, width = (int(side) for side in sizes.max(axis=0))
    one = BYTES_PER_PIXEL * height * width + BYTES_PER_LENGTH * max(height, width)
    return len(sizes) * one


def _crop_group(
    ink: np.ndarray, numbers: np.ndarray, segments: Sequence[tuple[Segment, int]]
) -> np.ndarray:
    """`crop_segments` of a few."""
    boxes = np.array([segment.box for segment, _ in segments])
    height, width = (boxes[:, 2:] - boxes[:, :2]).max(axis=0) + 2 * SOFT_EDGE
    crops = np.zeros((len(segments), height, width), np.uint8)
    for crop, (segment, before) in zip(crops, segments, strict=True):
        top, left, bottom, right = segment.box
        window = (
            slice(max(0, top - SOFT_EDGE), bottom + SOFT_EDGE),
            slice(max(0, left - SOFT_EDGE), right + SOFT_EDGE),
        )
        pieces = numbers[window]
        inside = (pieces >= segment.first + before) & (pieces < segment.end + before)
        np.multiply(ink[window], inside, out=crop[: inside.shape[0], : inside.shape[1]])
    return center_by_mass(fit_to_box(crops, crops.max(axis=(1, 2))))
