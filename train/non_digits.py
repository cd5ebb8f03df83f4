"""Drawings that are no digit, made by program: letters, signs, shapes, scribbles, several digits.

Leaves: strokes on about the unit square, x to the right and y downwards, as pen digits have them;
they go through the same hands, canvases and preprocessing, so that nothing but the form tells them
from a digit. No form here is one that people also write for a digit: no circle, no upright bar, no
O, l, I, S, Z, B, b, g, q or y.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from train.pen_forms import Form, arc, curve, draw_form, line, smooth_curve

Strokes = list[np.ndarray]


def draw_non_digit(rng: np.random.Generator, digits: Sequence[Sequence[np.ndarray]]) -> Strokes:
    """One at random; `digits` are strokes of pen digits, two or three of which stand in a row."""
    kind = rng.choice(len(_SHARES), p=_SHARES)
    if kind == len(_KINDS):
        return draw_side_by_side(rng, digits)
    return list(_KINDS)[kind](rng)


def draw_side_by_side(rng: np.random.Generator, digits: Sequence[Sequence[np.ndarray]]) -> Strokes:
    """Two or three digits in a row, apart or just touching."""
    strokes: Strokes = []
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


def _letter(rng: np.random.Generator) -> Strokes:
    return draw_form(_LETTERS[rng.integers(len(_LETTERS))], rng)


def _sign(rng: np.random.Generator) -> Strokes:
    return draw_form(_SIGNS[rng.integers(len(_SIGNS))], rng)


def _glyph(rng: np.random.Generator) -> Strokes:
    """A character of no alphabet: three to five bars, hooks, loops and arches on a coarse grid."""
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
    """A pen that wanders: smooth waves of both axes."""
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
    sense = rng.choice([-1, 1])
    return [radius * np.stack([np.cos(sense * angle), np.sin(sense * angle)], axis=1)]


def _tangle(rng: np.random.Generator) -> Strokes:
    """Straight lines from anywhere to anywhere."""
    return [rng.random((rng.integers(2, 5), 2)) for _ in range(rng.integers(3, 7))]


def _dots(rng: np.random.Generator) -> Strokes:
    return [rng.random((1, 2)) + rng.normal(0, 0.01, (2, 2)) for _ in range(rng.integers(3, 14))]


def _dot(rng: np.random.Generator) -> Strokes:
    """A blot, about as wide as it is high."""
    return [rng.normal(0, 0.3, (int(rng.integers(20, 60)), 2))]


def _polygon(rng: np.random.Generator) -> Strokes:
    corners = int(rng.integers(3, 7))
    angles = np.sort(np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) * 2 * np.pi / corners
    angles += rng.uniform(0, 2 * np.pi)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    strokes = [np.concatenate([points, points[:1]])]
    if corners > 3 and rng.random() < 0.4:  # with its diagonals
        strokes += [points[[0, 2]], points[[1, 3]]]
    return strokes


def _star(rng: np.random.Generator) -> Strokes:
    if rng.random() < 0.5:  # an asterisk
        angles = np.arange(rng.integers(3, 5)) * np.pi / 3 + rng.uniform(0, np.pi)
        return [np.outer([-1, 1], [np.cos(angle), np.sin(angle)]) for angle in angles]
    angles = (np.arange(6) * 2 / 5 - 0.25) * 2 * np.pi
    return [np.stack([np.cos(angles), np.sin(angles)], axis=1)]


def _lying_bar(rng: np.random.Generator) -> Strokes:
    """A dash, or a bow: a stroke that lies."""
    return [smooth_curve(np.array([(0, 0), (0.5, rng.normal(0, 0.12)), (1, rng.normal(0, 0.05))]))]


# fmt: off
_SIGNS: tuple[Form, ...] = (
    (line((0, .5), (1, .5)), line((.5, 0), (.5, 1))),  # plus
    (line((0, 0), (1, 1)), line((1, 0), (0, 1))),  # times
    (line((0, .6), (.35, 1), (1, 0)),),  # tick
    (line((0, .3), (1, .3)), line((0, .7), (1, .7))),  # equals
    (line((0, .5), (1, .5)), line((.7, .25), (1, .5), (.7, .75))),  # arrow
    (line((.5, 1), (.5, 0)), line((.2, .35), (.5, 0), (.8, .35))),
    (line((.5, 0), (.5, 1)), line((.2, .65), (.5, 1), (.8, .65))),
    (line((.3, 0), (.2, 1)), line((.8, 0), (.7, 1)), line((0, .35), (1, .35)),
     line((0, .7), (1, .7))),
    (curve(*arc((.5, .25), (.25, .25), 180, 430), (.5, .7)), line((.5, .95), (.51, .97))),  # ?
    (curve(*arc((.25, .3), (.25, .3), 180, 360), (.9, .15), (1, .35), (.5, 1), (0, .35)),),  # heart
    (curve(*arc((.5, .5), (.5, .5), 0, 360)), line((.32, .35), (.33, .36)), line((.68, .35),
        (.67, .36)),
     curve(*arc((.5, .55), (.25, .25), 20, 160))),  # a face
    (curve((0, .5), (.25, .2), (.5, .5), (.75, .8), (1, .5)),),  # wave
    (line((0, .45), (.5, 0), (1, .45)), line((.1, .45), (.1, 1), (.9, 1), (.9, .45))),  # house
    (line((.5, 1), (.5, .45)), line((0, .45), (.5, 0), (1, .45), (0, .45))),  # tree
    (line((.2, 0), (0, 0), (0, 1), (.2, 1)), line((.8, 0), (1, 0), (1, 1), (.8, 1))),  # brackets
    (line((1, 0), (0, .5), (1, 1)),),
    (line((0, 0), (1, .5), (0, 1)),),
    (curve(*arc((.5, .15), (.15, .15), 0, 360)), line((.5, .3), (.5, .7)), line((.1, .45),
        (.9, .45)),
     line((.5, .7), (.2, 1)), line((.5, .7), (.8, 1))),  # a man
    (line((0, .1), (1, .1), (1, .9), (0, .9), (0, .1)),),  # box
    (line((0, 0), (1, 0), (.5, 1), (0, 0)),),
    (curve((.3, .4), (0, .3), (.3, 0), (.5, .2), (.7, 0), (1, .3), (.7, .4), (.9, .7), (.5, .9),
        (.1, .7), (.3, .4)),),
)
_LETTERS: tuple[Form, ...] = (
    (line((0, 1), (.5, 0), (1, 1)), line((.2, .65), (.8, .65))),  # A
    (curve(*arc((.55, .5), (.5, .5), -45, -315)),),  # C
    (line((0, 0), (0, 1)), curve((0, 0), (.7, .15), (.8, .5), (.7, .85), (0, 1))),  # D
    (line((.8, 0), (0, 0), (0, 1), (.8, 1)), line((0, .5), (.7, .5))),  # E
    (curve((.9, .1), (.4, 0), (.2, .25), (.5, .45), (.15, .7), (.4, 1), (.95, .9)),),  # E, round
    (line((.8, 0), (0, 0), (0, 1)), line((0, .5), (.6, .5))),  # F
    (curve(*arc((.5, .5), (.5, .5), -45, -340), (.98, .55)), line((.98, .55), (.55, .55)),
     line((.98, .55), (.98, 1))),  # G
    (line((0, 0), (0, 1)), line((.8, 0), (.8, 1)), line((0, .5), (.8, .5))),  # H
    (curve((.7, 0), (.7, .7), (.4, 1), (0, .75)), line((.3, 0), (1, 0))),  # J
    (line((0, 0), (0, 1)), line((.7, 0), (0, .55), (.75, 1))),  # K
    (line((0, 0), (0, 1), (.7, 1)),),  # L
    (line((0, 1), (.1, 0), (.5, .7), (.9, 0), (1, 1)),),  # M
    (line((0, 1), (0, 0), (.8, 1), (.8, 0)),),  # N
    (line((0, 1), (0, 0)), curve((0, 0), (.65, .08), (.65, .48), (0, .55))),  # P
    (curve(*arc((.45, .45), (.45, .45), 0, 360)), line((.55, .65), (1, 1.05))),  # Q
    (line((0, 1), (0, 0)), curve((0, 0), (.65, .08), (.65, .48), (0, .55)), line((.3, .54),
        (.8, 1))),  # R
    (line((0, 0), (1, 0)), line((.5, 0), (.5, 1))),  # T
    (curve((0, 0), (.02, .7), (.4, 1), (.78, .7), (.8, 0)),),  # U
    (line((0, 0), (.45, 1), (.9, 0)),),  # V
    (line((0, 0), (.25, 1), (.5, .3), (.75, 1), (1, 0)),),  # W
    (line((0, 0), (.45, .5), (.9, 0)), line((.45, .5), (.45, 1))),  # Y
    (curve(*arc((.4, .6), (.35, .4), -30, -330)), curve((.76, .25), (.74, .9), (.95, 1))),  # a
    (curve((.9, .3), (.5, .25), (.1, .6), (.3, .98), (.65, .8), (.85, .25)), curve((.85, .25),
        (.8, .85), (1, .95))),
    (curve((.8, .3), (.3, .25), (.05, .65), (.35, 1), (.85, .85)),),  # c
    (curve(*arc((.4, .7), (.33, .3), -30, -330)), line((.75, 0), (.75, 1))),  # d
    (curve((.1, .6), (.75, .6), *arc((.42, .6), (.35, .4), 0, -300)),),  # e
    (curve((.85, .1), (.6, 0), (.4, .25), (.38, 1)), line((.1, .45), (.7, .45))),  # f
    (line((0, 0), (0, 1)), curve((0, .65), (.3, .42), (.58, .6), (.6, 1))),  # h
    (curve((.5, .35), (.5, .9), (.3, 1.2), (0, 1.05)), line((.5, .1), (.51, .12))),  # j
    (line((0, 0), (0, 1)), line((.55, .4), (0, .7), (.6, 1))),  # k
    (line((0, .4), (0, 1)), curve((0, .6), (.22, .42), (.44, .6), (.44, 1)), curve((.44, .6),
        (.66, .42), (.88, .6), (.88, 1))),
    (line((0, .4), (0, 1)), curve((0, .6), (.28, .42), (.55, .6), (.56, 1))),  # n
    (line((0, 0), (0, 1)), curve(*arc((.35, .25), (.35, .25), 180, 520))),  # p
    (line((0, .3), (0, 1)), curve((0, .6), (.25, .35), (.55, .4))),  # r
    (line((.4, 0), (.4, 1)), line((.1, .3), (.75, .3))),  # t
    (curve((.4, 0), (.38, .85), (.6, 1), (.8, .85)), line((.1, .35), (.75, .35))),
    (curve((0, .35), (.05, .85), (.35, .98), (.6, .7)), line((.62, .35), (.62, 1))),  # u
    (curve((0, .4), (.2, .95), (.45, .9), (.5, .5), (.55, .9), (.8, .95), (1, .4)),),  # omega
    (line((0, .4), (.6, 1)), line((.6, .4), (0, 1))),  # x
    (line((0, 0), (1, 0)), line((.2, 0), (.15, 1)), line((.8, 0), (.85, 1))),  # pi
    (curve(*arc((.5, .5), (.4, .5), 0, 360)), line((.1, .5), (.9, .5))),  # theta
    (curve(*arc((.5, .5), (.4, .35), 0, 360)), line((.5, -.1), (.5, 1.1))),  # phi
    (curve((0, .1), (.1, .6), (.5, .7), (.9, .6), (1, .1)), line((.5, 0), (.5, 1))),  # psi
    (line((.1, 0), (.9, 0)), line((.1, 0), (.5, .5), (.1, 1)), line((.1, 1), (.9, 1))),  # sigma
    (curve((.95, .2), (.6, .9), (.25, .95), (.05, .65), (.25, .35), (.55, .5), (.9, 1)),),  # alpha
    (line((.5, 0), (0, 1)), line((.25, .5), (.9, 1))),  # lambda
    (line((0, .2), (1, .2)), line((.5, 0), (.5, .2)), line((.3, .2), (.1, 1)), line((.7, .2),
        (.9, 1))),
)
# fmt: on

_KINDS: dict[Callable[[np.random.Generator], Strokes], float] = {
    _letter: 0.38,
    _sign: 0.16,
    _glyph: 0.12,
    _scribble: 0.08,
    _polygon: 0.04,
    _tangle: 0.03,
    _zigzag: 0.03,
    _spiral: 0.02,
    _star: 0.02,
    _dots: 0.02,
    _dot: 0.01,
    _lying_bar: 0.015,
}
_SHARES = [*_KINDS.values(), 1 - sum(_KINDS.values())]
