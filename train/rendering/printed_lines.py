"""The printed lines around a digit: frames of forms, cells of tables, edges of stamps.

Enters: the box around a digit. Leaves: lines as polylines, in pixels of the picture.
`LINED_STYLES` are for training. `UNSEEN_LINED_STYLES` are kept out of training and of all tuning:
only evaluation draws them. `lined_pictures.py` draws the pictures.

To add a style, write a function that returns the box's lines, and add it to `LINED_STYLES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# Polylines of a box, each `(points, 2) float`, in pixels.
Lines = list[np.ndarray]


@dataclass(frozen=True)
class Box:
    """The inside of a frame or cell, in pixels of the picture; its lines run along these edges."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def shorter(self) -> float:
        return min(self.right - self.left, self.bottom - self.top)

    def grow(self, by: float) -> Box:
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def corners(self) -> list[tuple[float, float]]:
        """Top left, top right, bottom right, bottom left."""
        return [
            (self.left, self.top),
            (self.right, self.top),
            (self.right, self.bottom),
            (self.left, self.bottom),
        ]


@dataclass(frozen=True)
class LinedStyle:
    """How the lines around a digit look, and how the picture was taken. All ranges are uniform.

    Attributes:
        lines: returns the lines of a box: `(box, line width in pixels, rng) -> Lines`.
        inset: from the picture's edge to the box, as a share of the shorter side.
        width: of the lines, as a share of the shorter side; the logarithm is uniform, and a line
            is at least half a pixel wide.
        darkness: of the lines, 0-1.
        broken: how often the lines have gaps: dashes, dots, or a few missing pieces.
        crossed: how often the digit touches or crosses a line.
        neighbours: how often there is ink in the next boxes.
        shade: unevenness of the light, as a share of the paper's brightness.
        noise: the paper's and the camera's noise, standard deviation in grey levels.
        blur: radius as a share of the shorter side.
        clean: how often the picture is a drawing: without shade, noise and blur.
    """

    lines: Callable[[Box, float, np.random.Generator], Lines]
    inset: tuple[float, float] = (0.02, 0.15)
    width: tuple[float, float] = (0.004, 0.06)
    darkness: tuple[float, float] = (0.2, 1.0)
    broken: float = 0.1
    crossed: float = 0.12
    neighbours: float = 0.0
    shade: tuple[float, float] = (0.0, 0.0)
    noise: tuple[float, float] = (0.0, 8.0)
    blur: tuple[float, float] = (0.0, 0.012)
    clean: float = 0.4


def break_lines(lines: Lines, width: float, rng: np.random.Generator) -> Lines:
    """Cut gaps into the lines: even dashes or dots, or a few missing pieces."""
    is_dashed = rng.random() < 0.5
    dash = rng.uniform(2, 8) * max(width, 1.0)
    gap = rng.uniform(1.5, 3) * max(width, 1.0)
    pieces = []
    for line in lines:
        for start, end in pairwise(line):
            length = float(np.hypot(*(end - start)))
            if is_dashed:
                begins = np.arange(0, length, dash + gap)
                spans = np.stack([begins, np.minimum(begins + dash, length)], axis=1) / length
            else:
                cuts = np.sort(rng.random(int(rng.integers(1, 4))))
                edges = np.concatenate([[0], cuts, [1]])
                holes = rng.uniform(0.01, 0.06, len(cuts))
                spans = np.stack([edges[:-1], edges[1:]], axis=1)
                spans[:-1, 1] -= holes
                spans = spans[spans[:, 1] > spans[:, 0]]
            pieces += [start + (end - start) * span[:, None] for span in spans]
    return pieces


def _sides(box: Box) -> Lines:
    """The four sides: top, right, bottom, left."""
    corners = np.array(box.corners())
    return [np.stack([corners[i], corners[(i + 1) % 4]]) for i in range(4)]


def _frame(box: Box, width: float, rng: np.random.Generator) -> Lines:
    return _sides(box)


def _three_sides(box: Box, width: float, rng: np.random.Generator) -> Lines:
    sides = _sides(box)
    del sides[rng.integers(4)]
    return sides


def _corner(box: Box, width: float, rng: np.random.Generator) -> Lines:
    """Two sides that meet, each of full length or a little less."""
    first = int(rng.integers(4))
    return [_sides(box)[first], _sides(box)[(first + 1) % 4]]


def _parts_of_sides(box: Box, width: float, rng: np.random.Generator) -> Lines:
    """Two to four sides, each printed in part: from one of its ends, or around its middle."""
    parts = []
    for index in rng.permutation(4)[: rng.integers(2, 5)]:
        start, end = _sides(box)[index]
        share = rng.uniform(0.12, 1.0)
        first = (1 - share) * rng.choice([0.0, 0.5, 1.0])
        parts.append(start + (end - start) * np.array([[first], [first + share]]))
    return parts


def _corner_marks(box: Box, width: float, rng: np.random.Generator) -> Lines:
    """Short marks at the four corners, along both sides or along one of the two directions."""
    share = rng.uniform(0.1, 0.4)
    sides = _sides(box)
    kind = rng.random()
    if kind > 0.6:
        sides = sides[0::2] if kind < 0.8 else sides[1::2]
    marks = []
    for start, end in sides:
        step = (end - start) * share
        marks += [np.stack([start, start + step]), np.stack([end - step, end])]
    return marks


def _one_side(box: Box, width: float, rng: np.random.Generator) -> Lines:
    """One side, from edge to edge of the picture."""
    side = _sides(box)[rng.integers(4)]
    return [_extend(side, 4 * box.shorter)]


def _double_frame(box: Box, width: float, rng: np.random.Generator) -> Lines:
    gap = max(width * rng.uniform(1.8, 4), width + 1.5)
    return _sides(box) + _sides(box.grow(gap))


def _shared_side(box: Box, width: float, rng: np.random.Generator) -> Lines:
    """A row of boxes: the next ones share sides with this one, and the picture's edge cuts them."""
    sides = _sides(box)
    parallel = (0, 2) if rng.random() < 0.7 else (1, 3)
    for index in parallel:
        sides[index] = _extend(sides[index], box.shorter)
    return sides


def _cell(box: Box, width: float, rng: np.random.Generator) -> Lines:
    """The lines of a table, from edge to edge; the picture's edge hides some of them."""
    lines = [_extend(side, 2 * box.shorter) for side in _sides(box)]
    return [lines[index] for index in rng.permutation(4)[: rng.integers(1, 5)]]


def _ruled(box: Box, width: float, rng: np.random.Generator) -> Lines:
    """Two parallel lines from edge to edge."""
    lines = [_extend(side, 2 * box.shorter) for side in _sides(box)]
    return lines[0::2] if rng.random() < 0.5 else lines[1::2]


def _stamp(box: Box, width: float, rng: np.random.Generator) -> Lines:
    """A stamp's edge: a frame with round corners, as if pressed with too little ink."""
    return _rounded(box, rng.uniform(0.05, 0.2) * box.shorter)


def _rounded(box: Box, radius: float) -> Lines:
    """A closed rectangle with round corners."""
    inner = np.array(box.grow(-radius).corners())
    arcs = []
    for corner, first in zip(inner, (180, 270, 0, 90), strict=True):
        angles = np.deg2rad(np.linspace(first, first + 90, 7))
        arcs.append(corner + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1))
    return [np.concatenate([*arcs, arcs[0][:1]])]


def _comb(box: Box, width: float, rng: np.random.Generator) -> Lines:
    """A form's comb: a base line from edge to edge, with low ticks between the digits."""
    base = _extend(_sides(box)[2], 2 * box.shorter)
    height = rng.uniform(0.15, 0.5) * (box.bottom - box.top)
    ticks = [np.array([(x, box.bottom), (x, box.bottom - height)]) for x in (box.left, box.right)]
    return [base, *ticks]


def _extend(line: np.ndarray, by: float) -> np.ndarray:
    """Make a straight line longer at both ends."""
    direction = (line[1] - line[0]) / np.hypot(*(line[1] - line[0]))
    return np.stack([line[0] - by * direction, line[1] + by * direction])


LINED_STYLES: dict[str, LinedStyle] = {
    "frame": LinedStyle(_frame),
    "broken frame": LinedStyle(_frame, broken=1.0),
    "three sides": LinedStyle(_three_sides),
    "corner": LinedStyle(_corner),
    "parts of sides": LinedStyle(_parts_of_sides),
    "corner marks": LinedStyle(_corner_marks),
    "one side": LinedStyle(_one_side, inset=(0.01, 0.12)),
    "double frame": LinedStyle(_double_frame, inset=(0.06, 0.18), width=(0.004, 0.03)),
    "row of boxes": LinedStyle(_shared_side, inset=(0.04, 0.18), neighbours=0.3),
    "table cell": LinedStyle(_cell, inset=(0.01, 0.12), neighbours=0.35, clean=0.2),
    "shaded cell": LinedStyle(
        _cell, inset=(0.02, 0.12), neighbours=0.3, shade=(0.05, 0.35), noise=(1, 5), clean=0.0
    ),
    "ruled": LinedStyle(_ruled, inset=(0.01, 0.12)),
    "stamp": LinedStyle(_stamp, width=(0.01, 0.06), broken=0.5),
}
# Never train or tune on these.
UNSEEN_LINED_STYLES: dict[str, LinedStyle] = {
    "scanned form box": LinedStyle(
        _double_frame,
        inset=(0.07, 0.16),
        width=(0.006, 0.015),
        darkness=(0.3, 0.7),
        broken=0.0,
        noise=(2, 7),
        blur=(0.004, 0.012),
        clean=0.0,
    ),
    "photographed table cell": LinedStyle(
        _cell,
        inset=(0.02, 0.11),
        width=(0.025, 0.06),
        darkness=(0.4, 0.9),
        neighbours=0.7,
        shade=(0.05, 0.3),
        noise=(1, 5),
        blur=(0.002, 0.01),
        clean=0.0,
    ),
    "comb of a form": LinedStyle(_comb, inset=(0.03, 0.15), width=(0.006, 0.03)),
}
