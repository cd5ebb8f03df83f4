"""Marks -> lines of text, and the marks of each from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# A mark of at least this share of the digits' height is the size of a digit.
MIN_TALL = 0.45
# Two neighbours are in one line if they overlap by this share of the lower one's height: by the
# second one, if no mark of one line is above or below one of the other.
MIN_OVERLAP, MIN_SIDE_OVERLAP = 0.35, 0.05


@dataclass(frozen=True)
class TextLine:
    """One line of text.

    Attributes:
        marks: numbers of its marks, by the middle of their boxes from left to right.
        height: the median height of its tall marks, in pixels.
    """

    marks: tuple[int, ...]
    height: float


def find_text_lines(boxes: np.ndarray) -> list[TextLine]:
    """Group marks into lines, from top to bottom.

    Args:
        boxes: `(n, 4)`: top, left, bottom, right of each mark; n is at least 1.
    """
    heights, widths = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    tallest = heights.max()
    reference = float(np.median(heights[heights >= MIN_TALL * tallest]))
    tall = [int(mark) for mark in np.argsort(boxes[:, 1]) if heights[mark] >= MIN_TALL * reference]
    if not tall:
        tall = [int(np.argmax(np.maximum(heights, widths)))]
    lines: list[list[int]] = []
    for mark in tall:
        overlaps = [_overlap(boxes, mark, line[-1]) for line in lines]
        if overlaps and max(overlaps) >= MIN_OVERLAP:
            lines[int(np.argmax(overlaps))].append(mark)
        else:
            lines.append([mark])
    lines = _join_side_by_side(boxes, lines)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    for mark in set(range(len(boxes))) - set(tall):
        nearest = [_distance(boxes, mark, line[: len(line)]) for line in lines]
        lines[int(np.argmin(nearest))].append(int(mark))
    lines.sort(key=lambda line: float(np.median(middles[line, 0])))
    found = []
    for line in lines:
        line.sort(key=lambda mark: float(middles[mark, 1]))
        high = [heights[mark] for mark in line if mark in tall]
        found.append(TextLine(tuple(line), float(np.median(high))))
    return found


def _join_side_by_side(boxes: np.ndarray, lines: list[list[int]]) -> list[list[int]]:
    """Join lines of which no mark is above or below one of the other, but some overlap a little.

    The digits of an uneven row may stand high and low.
    """
    joined: list[list[int]] = []
    for line in lines:
        for other in joined:
            row = sorted([*other, *line], key=lambda mark: int(boxes[mark, 1]))
            pairs = [pair for pair in pairwise(row) if (pair[0] in line) != (pair[1] in line)]
            is_apart = all(boxes[left, 3] <= boxes[right, 1] for left, right in pairs)
            if is_apart and any(_overlap(boxes, *pair) >= MIN_SIDE_OVERLAP for pair in pairs):
                other[:] = row
                break
        else:
            joined.append(line)
    return joined


def join_lines(boxes: np.ndarray, lines: list[TextLine]) -> TextLine:
    """All marks of a form's field as one line: what lies above or below is rest of its lines."""
    middles = boxes[:, 1] + boxes[:, 3]
    marks = sorted((mark for line in lines for mark in line.marks), key=lambda mark: middles[mark])
    return TextLine(tuple(marks), max(line.height for line in lines))


def _overlap(boxes: np.ndarray, mark: int, other: int) -> float:
    """How far two marks overlap from top to bottom, as a share of the lower one's height."""
    top, bottom = max(boxes[mark, 0], boxes[other, 0]), min(boxes[mark, 2], boxes[other, 2])
    lower = min(boxes[index, 2] - boxes[index, 0] for index in (mark, other))
    return float(bottom - top) / max(1, lower)


def _distance(boxes: np.ndarray, mark: int, line: list[int]) -> float:
    """How far a mark is from the nearest mark of a line, in pixels."""
    others = boxes[line]
    gaps = np.maximum(
        np.maximum(boxes[mark, :2] - others[:, 2:], others[:, :2] - boxes[mark, 2:]), 0
    )
    return float(np.hypot(*gaps.T).min())
