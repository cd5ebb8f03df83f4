"""Pieces of ink side by side -> 28x28 images, one for each possible digit.

Enters: the pieces of a line. Leaves: `Segment`s, and `(n, 28, 28) uint8, 0-255`, cropped and scaled
as a single digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sketchdigits.numbers.pieces import SOFT_EDGE, Piece
from sketchdigits.preprocessing.pipeline import center_by_mass
from sketchdigits.preprocessing.resize import fit_to_box

# A segment holds at most this many pieces. It is at most this wide, has at most this wide gaps
# between its marks, and is at least this high or wide. Lengths are shares of the line's height.
MAX_PIECES = 10
MAX_WIDTH = 1.45
MAX_GAP = 0.2
MIN_HEIGHT, MIN_WIDTH = 0.4, 0.6
# Segments that are cropped and scaled at once: so many that the squares around them have at most
# this many pixels. All segments of a row of digits 64 pixels high have less.
MAX_SQUARES = 6_000_000

Key = tuple[tuple[int, int, int], ...]
"""What a segment consists of: for each mark its number, first part and last part."""


@dataclass(frozen=True)
class Segment:
    """Some pieces of a line, side by side, which may be one digit.

    Attributes:
        first, end: the indices of its pieces in the line; `end` is exclusive.
        box: top, left, bottom, right.
        key: the same for the same ink, also after other marks were cut.
    """

    first: int
    end: int
    box: tuple[int, int, int, int]
    key: Key


def possible_segments(pieces: Sequence[Piece], height: float) -> list[Segment]:
    """The segments of a line of this `height` that may be digits."""
    found = []
    for first, piece in enumerate(pieces):
        top, left, bottom, right = piece.box
        for end in range(first + 1, min(len(pieces), first + MAX_PIECES) + 1):
            last = pieces[end - 1]
            if end > first + 1:
                if last.mark != pieces[end - 2].mark and last.box[1] - right > MAX_GAP * height:
                    break
                top, left = min(top, last.box[0]), min(left, last.box[1])
                bottom, right = max(bottom, last.box[2]), max(right, last.box[3])
                if right - left > MAX_WIDTH * height:
                    break
            if bottom - top >= MIN_HEIGHT * height or right - left >= MIN_WIDTH * height:
                key = _key(pieces[first:end])
                found.append(Segment(first, end, (top, left, bottom, right), key))
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
    height, width = (boxes[:, 2:] - boxes[:, :2]).max(axis=0) + 2 * SOFT_EDGE
    most = max(1, MAX_SQUARES // int(max(height, width)) ** 2)
    if len(segments) > most:
        starts = range(0, len(segments), most)
        parts = [crop_segments(ink, numbers, segments[at : at + most]) for at in starts]
        return np.concatenate(parts)
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
