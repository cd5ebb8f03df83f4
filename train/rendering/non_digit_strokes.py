"""Non-digits drawn by the program: letters, signs, shapes, scribbles, and several digits in a row.

Leaves: strokes, x to the right and y downwards, in any units. They go through the same `vary_hand`,
canvases and preprocessing as digits, so that only the form can tell them from a digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from train.rendering.non_digit_forms import LETTERS, SIGNS
from train.rendering.strokes import Strokes, draw_form, smooth_curve


def draw_non_digit(rng: np.random.Generator, digits: Sequence[Strokes]) -> Strokes:
    """Draw a non-digit of a random kind. `digits` are the strokes of digits to put side by side."""
    kind = rng.choice(len(_PROBABILITIES), p=_PROBABILITIES)
    if kind == len(_KINDS):
        return draw_side_by_side(rng, digits)
    return list(_KINDS)[kind](rng)


def draw_side_by_side(rng: np.random.Generator, digits: Sequence[Strokes]) -> Strokes:
    """Draw two or three of `digits` in a row, 0.02 to 0.6 of a digit's height apart."""
    strokes: list[np.ndarray] = []
    left = 0.0
    for index in rng.integers(len(digits), size=rng.choice([2, 2, 2, 3])):
        points = np.concatenate(list(digits[index]))
        low, high = points.min(axis=0), points.max(axis=0)
        height = max(float(high[1] - low[1]), 1e-6)
        size = rng.uniform(0.75, 1.15)
        down = rng.uniform(-0.1, 0.1)
        for stroke in digits[index]:
            strokes.append((stroke - low) / height * size + [left, down])
        left += float(high[0] - low[0]) / height * size + rng.uniform(0.02, 0.6)
    return strokes


def draw_scribble(rng: np.random.Generator) -> Strokes:
    """Draw a scribble, a zigzag, loops, a tangle or hatching."""
    kinds = (_scribble, _zigzag, _loops, _tangle, _hatching)
    return kinds[rng.integers(len(kinds))](rng)


def _letter(rng: np.random.Generator) -> Strokes:
    return draw_form(_one_of(LETTERS, rng), rng)


def _sign(rng: np.random.Generator) -> Strokes:
    return draw_form(_one_of(SIGNS, rng), rng)


def _one_of(forms: dict[str, str], rng: np.random.Generator) -> str:
    return list(forms.values())[rng.integers(len(forms))]


def _glyph(rng: np.random.Generator) -> Strokes:
    """An invented character: three to five bars, hooks, loops and arches on a coarse grid."""
    strokes = []
    for _ in range(rng.integers(3, 6)):
        start, end = rng.integers(0, 3, (2, 2)) / 2
        middle = (start + end) / 2 + rng.normal(0, 0.35, 2)
        points = np.stack([start, middle, end]) + rng.normal(0, 0.03, (3, 2))
        if rng.random() < 0.2:  # a loop
            points = np.concatenate([points, points[:1]])
        if rng.random() < 0.5:
            strokes.append(smooth_curve(points))
        else:
            strokes.append(points[[0, -1]] if rng.random() < 0.5 else points)
    return strokes


def _scribble(rng: np.random.Generator) -> Strokes:
    """A smooth curve with many turns: a sum of random sine waves per axis."""
    time = np.linspace(0, 1, 160)[:, None]
    waves = rng.integers(2, 10, (7, 2))
    phases = rng.uniform(0, 2 * np.pi, (7, 2))
    weights = rng.normal(0, 1, (7, 2)) / np.sqrt(waves)
    turns = 2 * np.pi * waves[:, None] * time + phases[:, None]
    return [np.einsum("ka,kta->ta", weights, np.sin(turns))]


def _zigzag(rng: np.random.Generator) -> Strokes:
    teeth = int(rng.integers(5, 12))
    x = np.linspace(0, rng.uniform(0.5, 1.6), teeth) + rng.normal(0, 0.02, teeth)
    y = np.where(np.arange(teeth) % 2, 0.0, rng.uniform(0.4, 1.0)) + rng.normal(0, 0.04, teeth)
    points = np.stack([x, y], axis=1)
    return [points if rng.random() < 0.5 else points[:, ::-1]]


def _spiral(rng: np.random.Generator) -> Strokes:
    angle = np.linspace(0, rng.uniform(2.2, 4.5) * 2 * np.pi, 120) + rng.uniform(0, 2 * np.pi)
    radius = np.linspace(0.05, 1, 120)[:, None]
    direction = rng.choice([-1, 1])
    return [radius * np.stack([np.cos(direction * angle), np.sin(direction * angle)], axis=1)]


def _loops(rng: np.random.Generator) -> Strokes:
    """A row of three to seven loops, as hands fill a line: a trochoid."""
    loops = int(rng.integers(3, 8))
    angle = np.linspace(0, loops * 2 * np.pi, 24 * loops) * rng.choice([-1, 1])
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    along = np.linspace(0, loops * rng.uniform(0.7, 1.8), len(angle))
    return [circle * [rng.uniform(0.4, 1), 1] + along[:, None] * [1, rng.normal(0, 0.1)]]


def _hatching(rng: np.random.Generator) -> Strokes:
    """The pen goes to and fro across a blob, four to twelve times, and may go over it again."""

    def fill() -> np.ndarray:
        lines = int(rng.integers(4, 13))
        across = np.linspace(-1, 1, lines)
        half = np.sqrt(1.05 - across**2) * rng.uniform(0.6, 1.1, lines)
        half[1::2] *= -1
        turn = rng.uniform(0, np.pi)
        rotation = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        return smooth_curve(np.stack([across, half], axis=1) @ rotation)

    return [fill() for _ in range(rng.integers(1, 3))]


def _tangle(rng: np.random.Generator) -> Strokes:
    """Three to six strokes of straight lines between random points."""
    return [rng.random((rng.integers(2, 5), 2)) for _ in range(rng.integers(3, 7))]


def _dots(rng: np.random.Generator) -> Strokes:
    return [rng.random((1, 2)) + rng.normal(0, 0.01, (2, 2)) for _ in range(rng.integers(3, 14))]


def _dot(rng: np.random.Generator) -> Strokes:
    """A blot, about as wide as it is high."""
    return [rng.normal(0, 0.3, (int(rng.integers(20, 60)), 2))]


def _polygon(rng: np.random.Generator) -> Strokes:
    """A triangle, or four to six corners with diagonals; without them it would be a square 0."""
    corners = int(rng.integers(3, 7))
    angles = np.sort(np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) * 2 * np.pi / corners
    angles += rng.uniform(0, 2 * np.pi)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    strokes = [np.concatenate([points, points[:1]])]
    if corners > 3:
        strokes += [points[[0, 2]], points[[1, 3]]]
    return strokes


def _solid(rng: np.random.Generator) -> Strokes:
    """A shape that the pen fills in: a polygon of three to eight corners, a star or a crescent.

    None is much longer than wide: a thick pen writes a 1 or a 0 like that.
    """
    kind = rng.choice(["polygon", "star", "crescent"], p=[0.5, 0.3, 0.2])
    if kind == "crescent":
        angles = np.linspace(0.35, 1.65, 50) * np.pi
        outer = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        inner = outer * rng.uniform(0.6, 0.85) + [rng.uniform(0.2, 0.4), 0]
        # The pen goes to and fro between the two arcs.
        filled = np.stack([outer, inner], axis=1).reshape(-1, 2)
    else:
        corners = int(rng.integers(3, 9)) * (2 if kind == "star" else 1)
        angles = (np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) * 2 * np.pi / corners
        radii = np.ones(corners)
        if kind == "star":
            radii[::2] = rng.uniform(0.3, 0.6)
        points = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        outline = np.concatenate([points, points[:1]])
        # Smaller and smaller outlines fill the shape, also with a thin pen.
        filled = np.concatenate([outline * size for size in np.linspace(1, 0.02, 40)])
    turn = rng.uniform(0, 2 * np.pi)
    return [filled @ [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]]


def _star(rng: np.random.Generator) -> Strokes:
    if rng.random() < 0.5:  # an asterisk
        angles = np.arange(rng.integers(3, 5)) * np.pi / 3 + rng.uniform(0, np.pi)
        return [np.outer([-1, 1], [np.cos(angle), np.sin(angle)]) for angle in angles]
    angles = (np.arange(6) * 2 / 5 - 0.25) * 2 * np.pi
    return [np.stack([np.cos(angles), np.sin(angles)], axis=1)]


def _horizontal_bar(rng: np.random.Generator) -> Strokes:
    """A horizontal stroke, straight or bent."""
    return [smooth_curve(np.array([(0, 0), (0.5, rng.normal(0, 0.12)), (1, rng.normal(0, 0.05))]))]


# Function -> how often it is chosen. The rest are digits side by side.
_KINDS: dict[Callable[[np.random.Generator], Strokes], float] = {
    _letter: 0.32,
    _sign: 0.16,
    _glyph: 0.11,
    _scribble: 0.07,
    _loops: 0.02,
    _hatching: 0.03,
    _polygon: 0.04,
    _tangle: 0.03,
    _zigzag: 0.03,
    _spiral: 0.02,
    _star: 0.02,
    _dots: 0.02,
    _dot: 0.01,
    _solid: 0.06,
    _horizontal_bar: 0.015,
}
_PROBABILITIES = [*_KINDS.values(), 1 - sum(_KINDS.values())]
