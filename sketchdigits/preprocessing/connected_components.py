"""Connected components of binary masks, by runs, in NumPy alone.

SciPy would do this in one call a mask, but it would be this package's only use of SciPy, and other
people install this package to read a digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Components:
    """Components of a stack of masks, numbered from 0, mask by mask.

    Known by their runs, the pixels that hang together in a row, from the top down.

    Attributes:
        shape: of the stack, `(masks, height, width)`.
        masks: `(n,)`, which mask each lies in; rises.
        rows, columns, lengths: `(runs,)`: a row's number in all the stack, the first pixel's
            column, and how many there are.
        component: `(runs,)`, of which component.
    """

    shape: tuple[int, int, int]
    masks: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    lengths: np.ndarray
    component: np.ndarray

    @cached_property
    def areas(self) -> np.ndarray:
        """`(n,)`, pixels."""
        sums = np.bincount(self.component, weights=self.lengths, minlength=len(self.masks))
        return sums.astype(np.int64)

    @cached_property
    def boxes(self) -> np.ndarray:
        """`(n, 4)`, top, left, bottom, right; bottom and right exclusive."""
        number, (_, height, width) = len(self.masks), self.shape
        boxes = np.empty((4, number), np.int64)
        tops = self.rows % height
        # What is put last stays: of rising runs the lowest, of falling ones the highest.
        boxes[0, self.component[::-1]] = tops[::-1]
        boxes[2, self.component] = tops + 1
        boxes[1], boxes[3] = width, 0
        np.minimum.at(boxes[1], self.component, self.columns)
        np.maximum.at(boxes[3], self.component, self.columns + self.lengths)
        return boxes.T

    @cached_property
    def diagonals(self) -> np.ndarray:
        """`(n,)`, the diagonals of the boxes in pixels."""
        top, left, bottom, right = self.boxes.T
        return np.hypot(bottom - top, right - left)

    @cached_property
    def labels(self) -> np.ndarray:
        """`(masks, height, width) int32`, the component of each pixel, -1 for the ground."""
        labels = np.full(self.shape, -1, np.int32)
        first = self.rows * self.shape[2] + self.columns
        labels.ravel()[_expand(first, self.lengths)] = np.repeat(self.component, self.lengths)
        return labels

    def paint(self, chosen: np.ndarray) -> np.ndarray:
        """`(n,) bool` -> `(masks, height, width) bool`: where the chosen components are."""
        painted = np.zeros(self.shape, bool)
        runs = chosen[self.component]
        first = self.rows[runs] * self.shape[2] + self.columns[runs]
        painted.ravel()[_expand(first, self.lengths[runs])] = True
        return painted


def find_components(masks: np.ndarray) -> Components:
    """Find the 8-connected components of each mask of `(masks, height, width) bool`."""
    count, height, width = masks.shape
    stride = width + 2
    padded = np.zeros((count, height, stride), bool)
    padded[:, :, 1:-1] = masks
    # Along a row the ink begins and ends in turn.
    changes = np.flatnonzero(padded.ravel()[1:] != padded.ravel()[:-1])
    starts, ends = changes[::2], changes[1::2]  # ends are exclusive
    rows, columns = np.divmod(starts, stride)
    mask = rows // height
    apart = mask * stride  # an empty row between two masks
    root = _join_touching_runs(starts + apart, ends + apart, stride, height)
    is_root = root == np.arange(len(root))
    component = (is_root.cumsum() - 1)[root]
    return Components(masks.shape, mask[is_root], rows, columns, ends - starts, component)


def _expand(first: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """`[5, 9], [2, 3]` -> `[5, 6, 9, 10, 11]`."""
    before = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(first - before, lengths)


def _join_touching_runs(
    starts: np.ndarray, ends: np.ndarray, stride: int, height: int
) -> np.ndarray:
    """The smallest run index that each run is connected to, `(runs,)`.

    Args:
        starts, ends: `(runs,)`, rising: where in one long row of rows.
        stride: from a pixel to the one below it.
        height: rows that may follow each other.
    """
    first = np.searchsorted(ends, starts + stride, side="left")
    last = np.searchsorted(starts, ends + stride, side="right")
    counts = last - first
    upper = np.repeat(np.arange(len(starts)), counts)
    lower = _expand(first, counts)

    root = np.arange(len(starts))
    np.minimum.at(root, lower, upper)  # of the row above, whose own is above that
    for _ in range(height.bit_length()):
        root = root[root]
    while True:
        of_upper, of_lower = root[upper], root[lower]
        differs = of_upper != of_lower
        if not differs.any():
            return root
        upper, lower = of_upper[differs], of_lower[differs]
        np.minimum.at(root, np.maximum(upper, lower), np.minimum(upper, lower))
        while (root != (above := root[root])).any():
            root = above
