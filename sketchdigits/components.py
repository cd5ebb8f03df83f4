"""Connected components of a binary mask, by runs, in NumPy alone.

SciPy would do this in one call, but it would be this package's only use of SciPy, and other
people install this package to read a digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Components:
    """Components of a mask, numbered from 0.

    Attributes:
        labels: `(height, width) int32`, the component of each pixel, -1 for the ground.
        areas: `(n,)`, pixels.
        boxes: `(n, 4)`, top, left, bottom, right; bottom and right exclusive.
    """

    labels: np.ndarray
    areas: np.ndarray
    boxes: np.ndarray

    @property
    def diagonals(self) -> np.ndarray:
        """`(n,)`, the diagonals of the boxes in pixels."""
        top, left, bottom, right = self.boxes.T
        return np.hypot(bottom - top, right - left)


def find_components(mask: np.ndarray) -> Components:
    """Label the 8-connected components of `(height, width) bool`."""
    height, width = mask.shape
    padded = np.zeros((height, width + 2), bool)
    padded[:, 1:-1] = mask
    # Along a row the ink begins and ends in turn.
    rows, columns = np.nonzero(padded[:, 1:] != padded[:, :-1])
    rows, starts, ends = rows[::2], columns[::2], columns[1::2]  # ends are exclusive
    root = _join_touching_runs(rows, starts, ends, width)

    is_root = root == np.arange(len(root))
    component = (np.cumsum(is_root) - 1)[root]
    count = int(np.count_nonzero(is_root))
    lengths = ends - starts
    labels = np.full(height * width, -1, np.int32)
    labels[_expand(rows * width + starts, lengths)] = np.repeat(component, lengths)

    boxes = np.tile(np.array([height, width, 0, 0]), (count, 1))
    np.minimum.at(boxes[:, 0], component, rows)
    np.minimum.at(boxes[:, 1], component, starts)
    np.maximum.at(boxes[:, 2], component, rows + 1)
    np.maximum.at(boxes[:, 3], component, ends)
    areas = np.bincount(component, weights=lengths, minlength=count).astype(np.int64)
    return Components(labels.reshape(height, width), areas, boxes)


def _expand(first: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """`[5, 9], [2, 3]` -> `[5, 6, 9, 10, 11]`."""
    before = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(first - before, lengths)


def _join_touching_runs(
    rows: np.ndarray, starts: np.ndarray, ends: np.ndarray, width: int
) -> np.ndarray:
    """The smallest run index that each run is connected to, `(runs,)`."""
    stride = width + 2
    next_row = (rows + 1) * stride
    first = np.searchsorted(rows * stride + ends, next_row + starts, side="left")
    last = np.searchsorted(rows * stride + starts, next_row + ends, side="right")
    counts = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(rows)), counts)
    lower = _expand(first, counts)

    root = np.arange(len(rows))
    while True:
        smallest = np.minimum(root[upper], root[lower])
        joined = root.copy()
        np.minimum.at(joined, root[upper], smallest)
        np.minimum.at(joined, root[lower], smallest)
        joined = joined[joined]
        if np.array_equal(joined, root):
            return root
        root = joined
