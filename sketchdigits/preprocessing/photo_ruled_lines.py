"""Printed lines on photographed paper, ruled or squared, are found and taken out of the ink.

A printed line is thin, nearly straight and runs from one edge of the paper to the other, which no
stroke of a digit does. Lines are found by voting over slope and place, a Hough transform (Duda,
Hart 1972, "Use of the Hough Transformation to Detect Lines and Curves in Pictures").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# A picture is cut into so many strips across the lines, each of which votes once on every line.
STRIPS = 24
# Lines may be turned by this much: a slope.
MAX_SLOPE = 0.2
# The thickest line, as a share of the picture's shorter side.
MAX_THICKNESS = 0.025
# Of the strips that a line crosses, so many have to show it, and of its first and last too.
MIN_VOTES = 0.7
END_STRIPS = 3
MIN_END_VOTES = 0.6
# How many pixels a line may leave the straight one by: paper bends.
MAX_BEND = 4
# A line that cuts a corner of the picture off crosses so many strips at least.
MIN_STRIPS = 5
MAX_LINES = 80
# Paper this much darker than most of it is no paper, but the table beside it.
TABLE_BRIGHTNESS = 0.45
# What is darker than the line by this factor is ink upon it.
INK_OVER_LINE = 1.5


@dataclass(frozen=True)
class _Line:
    """A nearly level line: its row at every column, `(w,) int`, half its width, its darkness."""

    rows: np.ndarray
    half: int
    darkness: float


def erase_ruled_lines(darkness: np.ndarray, paper: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """`(h, w) float32, 0-1` -> the same without its printed lines.

    Args:
        darkness: how much darker each pixel is than the paper around it.
        paper: the brightness of that paper, `(h, w) float32`, any scale.
        noise: `(h, w) float32`: darkness that may be the paper's grain.
    """
    is_paper = paper > TABLE_BRIGHTNESS * np.median(paper)
    printed = np.zeros(darkness.shape, bool)
    erased = darkness.copy()
    # Seen upright first, then turned: the transposes are views of the same arrays.
    upright: tuple[np.ndarray, ...] = (darkness, noise, is_paper, printed, erased)
    views = [upright, tuple(array.T for array in upright)]
    lines = [_find_lines(*view[:3]) for view in views]
    for view, found in zip(views, lines, strict=True):
        for line in found:
            _mark(view[3], line, view[0], view[1])
    erased[printed] = 0
    for view, found in zip(views, lines, strict=True):
        for line in found:
            _bridge(view[4], line, view[3], view[1])
    return erased


def _find_lines(darkness: np.ndarray, noise: np.ndarray, is_paper: np.ndarray) -> list[_Line]:
    """The nearly level lines."""
    height, width = darkness.shape
    thickness = max(4, math.ceil(MAX_THICKNESS * min(darkness.shape)))
    bounds = np.linspace(0, width, STRIPS + 1).astype(int)
    columns = (bounds[:-1] + bounds[1:] - 1) / 2
    # (height, strips): how dark a thin level thing is there, and whether that is a line's piece.
    profile = _thin_across(_mean_of_strips(darkness, bounds), thickness)
    inside = _mean_of_strips(is_paper.astype(np.float32), bounds) > 0.5
    piece = (profile > 0.35 * _mean_of_strips(noise, bounds)) & inside

    lines: list[_Line] = []
    for start, slope in _candidates(piece, inside, profile, columns):
        straight = start + slope * columns
        if not _is_line(*_votes(_thicken(piece, 2), inside, straight)):
            continue
        rows = _follow(profile * piece, straight, columns, width)
        line = _measure(rows, darkness, is_paper, noise, thickness)
        covered = MAX_BEND
        if line is not None:
            lines.append(line)
            covered = line.half + 2
        piece &= np.abs(np.arange(height)[:, None] - rows[columns.astype(int)]) > covered
        if len(lines) == MAX_LINES:
            break
    return lines


def _mean_of_strips(plane: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """`(h, w)` -> `(h, strips)`: the mean of each strip's columns."""
    return np.add.reduceat(plane, bounds[:-1], axis=1) / np.diff(bounds)


def _thin_across(profile: np.ndarray, thickness: int) -> np.ndarray:
    """How much darker each row is than those `thickness` above and below it, `(h, n)`, from 0."""
    padded = np.pad(profile, ((thickness, thickness), (0, 0)), mode="edge")
    beside = np.maximum(padded[: -2 * thickness], padded[2 * thickness :])
    return np.maximum(profile - beside, 0)


def _thicken(piece: np.ndarray, by: int) -> np.ndarray:
    """Every True and the `by` rows above and below it."""
    thick = piece.copy()
    for step in range(1, by + 1):
        thick[step:] |= piece[:-step]
        thick[:-step] |= piece[step:]
    return thick


def _candidates(
    piece: np.ndarray, inside: np.ndarray, profile: np.ndarray, columns: np.ndarray
) -> list[tuple[float, float]]:
    """Row at column 0 and slope of what may be lines, those with the most votes first."""
    height = len(piece)
    width = 2 * columns.mean()
    thick = _thicken(piece, 2)
    capped = np.minimum(profile, 3 * np.median(profile[piece])) if piece.any() else profile
    found = []
    starts = np.arange(-math.ceil(MAX_SLOPE * width), height + math.ceil(MAX_SLOPE * width))
    for slope in np.linspace(-MAX_SLOPE, MAX_SLOPE, 2 * math.ceil(MAX_SLOPE * width / 4) + 1):
        places = starts[:, None] + slope * columns
        votes, crossed = _votes(thick, inside, places)
        for index in np.flatnonzero(_is_line(votes, crossed)):
            rows = np.clip(np.rint(places[index]), 0, height - 1).astype(int)
            strength = capped[rows, np.arange(len(columns))][crossed[index]].mean()
            share = votes[index].sum() / crossed[index].sum()
            found.append((share, strength, float(starts[index]), float(slope)))
    found.sort(reverse=True)
    return [(start, slope) for _, _, start, slope in found]


def _votes(
    piece: np.ndarray, inside: np.ndarray, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which strips show a line at `places`, `(..., strips)`, and which it crosses on paper."""
    rows = np.rint(places).astype(int)
    strips = np.arange(places.shape[-1])
    crossed = (rows >= 0) & (rows < len(piece))
    rows = np.clip(rows, 0, len(piece) - 1)
    crossed &= inside[rows, strips]
    return piece[rows, strips] & crossed, crossed


def _is_line(votes: np.ndarray, crossed: np.ndarray) -> np.ndarray:
    """Whether the votes, `(..., strips)`, are those of a line from edge to edge of the paper."""
    count = crossed.sum(axis=-1)
    order = np.cumsum(crossed, axis=-1)
    enough = votes.sum(axis=-1) >= MIN_VOTES * count
    for end in (order <= END_STRIPS, order > count[..., None] - END_STRIPS):
        enough &= (votes & end).sum(axis=-1) >= MIN_END_VOTES * END_STRIPS
    return enough & (count >= MIN_STRIPS)


def _follow(
    profile: np.ndarray, straight: np.ndarray, columns: np.ndarray, width: int
) -> np.ndarray:
    """The row of the line at every column, `(width,) float`: a parabola near the `straight` one."""
    offsets = np.arange(-MAX_BEND, MAX_BEND + 1)
    rows = np.rint(straight).astype(int) + offsets[:, None]
    valid = (rows >= 0) & (rows < len(profile))
    weights = profile[np.clip(rows, 0, len(profile) - 1), np.arange(len(columns))] * valid
    total = weights.sum(axis=0)
    seen = total > 0
    centres = (rows * weights).sum(axis=0)[seen] / total[seen]
    places = columns[seen]
    for _ in range(2):
        curve = np.polyfit(places, centres, 2 if len(places) > 8 else 1)
        off = np.abs(np.polyval(curve, places) - centres)
        kept = off <= max(1.5, float(np.median(off)))
        if np.count_nonzero(kept) < 3:
            break
        places, centres = places[kept], centres[kept]
    return np.polyval(curve, np.arange(width))


def _measure(
    rows: np.ndarray, darkness: np.ndarray, is_paper: np.ndarray, noise: np.ndarray, thickness: int
) -> _Line | None:
    """How wide and dark the line along `rows` is; None where its rows are hardly in the picture."""
    height, width = darkness.shape
    places = np.rint(rows).astype(int)
    columns = np.flatnonzero((places >= 0) & (places < height))
    columns = columns[is_paper[places[columns], columns]]
    if len(columns) < width // STRIPS:
        return None
    offsets = np.arange(-thickness, thickness + 1)
    around = np.clip(places[columns] + offsets[:, None], 0, height - 1)
    across = np.median(darkness[around, columns], axis=1)
    across -= min(across[0], across[-1])
    near = across[thickness - 2 : thickness + 3]
    peak = float(near.max())
    half = 1
    floor = max(0.2 * peak, 0.15 * float(noise[places[columns], columns].mean()))
    while half < thickness and max(across[thickness - half], across[thickness + half]) > floor:
        half += 1
    return _Line(places, half, peak)


def _band(line: _Line, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns, both `(2 half + 1, n)`, of the line's pixels."""
    height = shape[0]
    columns = np.flatnonzero((line.rows >= 0) & (line.rows < height))
    rows = line.rows[columns] + np.arange(-line.half, line.half + 1)[:, None]
    return np.clip(rows, 0, height - 1), np.broadcast_to(columns, rows.shape)


def _mark(printed: np.ndarray, line: _Line, darkness: np.ndarray, noise: np.ndarray) -> None:
    """Mark the line's pixels, but for clear ink that crosses it; in place."""
    band = _band(line, printed.shape)
    is_ink = darkness[band] > np.maximum(INK_OVER_LINE * line.darkness, line.darkness + noise[band])
    printed[band] |= ~is_ink


def _bridge(erased: np.ndarray, line: _Line, printed: np.ndarray, noise: np.ndarray) -> None:
    """Lead a stroke that ends on both sides of an erased line across it; in place."""
    rows, columns = _band(line, erased.shape)
    sides = []
    for beyond in (-line.half - 2, -line.half - 1), (line.half + 1, line.half + 2):
        beside = np.clip(line.rows[columns[0]] + np.array(beyond)[:, None], 0, len(erased) - 1)
        ink = erased[beside, columns[:2]].max(axis=0)
        # A slanting stroke arrives a little to one side.
        reach = line.half + 1
        padded = np.pad(ink, reach)
        sides.append(np.max([padded[s : s + len(ink)] for s in range(2 * reach + 1)], axis=0))
    across = np.minimum(*sides)
    across = np.where(across > noise[rows, columns].mean(axis=0), across, 0)
    erased[rows, columns] = np.where(
        printed[rows, columns], np.maximum(erased[rows, columns], across), erased[rows, columns]
    )
