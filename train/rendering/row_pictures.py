"""Pictures of rows of digits: drawings, photographs of paper, and the fields of forms.

Enters: a `Row` of `rows.py`, or the glyphs of one. Leaves: `(H, W) uint8` or `(H, W, 3) uint8`.
Everything is computed from a seed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from train.rendering.rows import ComposingStyle, Glyph, Row, compose_row

# (background, ink) of drawings, 0-255.
COLOURS = (
    ((255, 255, 255), (0, 0, 0)),
    ((255, 255, 255), (0, 0, 0)),
    ((0, 0, 0), (255, 255, 255)),
    ((255, 255, 255), (20, 40, 160)),
    ((250, 240, 200), (60, 60, 60)),
)
# The free space around a row, as a share of its height.
MARGINS = (0.2, 1.2)
FORMS = ("boxes", "separate boxes", "comb")
# Pixels: a photograph has at most this many a side.
MAX_PHOTOGRAPH_SIDE = 1600


def draw_row(row: Row, rng: np.random.Generator) -> np.ndarray:
    """A drawing of the row: `(H, W, 3) uint8`, sometimes with a soft brush."""
    background, ink = COLOURS[rng.integers(len(COLOURS))]
    coverage = _on_sheet(row.coverage, rng.uniform(*MARGINS, 4) * row.height)
    if rng.random() < 0.15:
        coverage = _blur(coverage, rng.uniform(0.005, 0.02) * row.height)
    low, high = np.array(background, np.float32), np.array(ink, np.float32)
    return np.rint(low + coverage[..., None] * (high - low)).astype(np.uint8)


def photograph_row(row: Row, rng: np.random.Generator, *, ruled: bool | None = None) -> np.ndarray:
    """A photograph of the row on paper: light, shadow, grain, blur and noise, `(H, W, 3) uint8`.

    Half of the papers are ruled, unless `ruled` says it.
    """
    return photograph_ink(
        _on_sheet(row.coverage, rng.uniform(0.4, 1.8, 4) * row.height),
        row.height,
        rng,
        ruled=rng.random() < 0.5 if ruled is None else ruled,
    )


def photograph_ink(
    coverage: np.ndarray, height: float, rng: np.random.Generator, *, ruled: bool = False
) -> np.ndarray:
    """A photograph of ink on paper, `(H, W) float32, 0-1` -> `(H, W, 3) uint8`."""
    shape = coverage.shape
    paper = rng.uniform(0.6, 0.95) * rng.uniform(0.9, 1.0, 3)
    ink = np.array([(0.1, 0.1, 0.12), (0.12, 0.16, 0.5), (0.3, 0.3, 0.3)])[rng.integers(3)]
    if rng.random() < 0.3:  # a pencil, or a pen that fails in places
        coverage = coverage * np.clip(1 - 0.4 * np.abs(_cloud(shape, height / 4, rng)), 0.3, 1)
    sheet = np.broadcast_to(paper, (*shape, 3)).astype(np.float32).copy()
    sheet *= 1 + (rng.uniform(0, 0.015) * _cloud(shape, 2, rng))[..., None]
    if ruled:
        lines = _ruling(shape, rng.uniform(0.8, 1.8) * height, rng)
        sheet *= 1 - lines[..., None] * (1 - rng.uniform(0.7, 0.92, 3))
    sheet += coverage[..., None] * np.minimum(ink - sheet, 0)
    sheet *= _light(shape, rng)[..., None]
    pixels = Image.fromarray(np.rint(np.clip(250 * sheet, 0, 255)).astype(np.uint8))
    pixels = pixels.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.025 * height)))
    noisy = np.asarray(pixels, np.float32) + rng.normal(0, rng.uniform(0.5, 5), (*shape, 3))
    stream = io.BytesIO()
    picture = Image.fromarray(np.rint(np.clip(noisy, 0, 255)).astype(np.uint8))
    picture.thumbnail((MAX_PHOTOGRAPH_SIDE, MAX_PHOTOGRAPH_SIDE))
    picture.save(stream, "JPEG", quality=int(rng.integers(65, 92)))
    return np.asarray(Image.open(stream))


def draw_form(glyphs: Sequence[Glyph], form: str, rng: np.random.Generator) -> np.ndarray:
    """Write each glyph into a box of its own, or between the ticks of a comb.

    Args:
        glyphs: one a box; some boxes at the end stay empty.
        form: one of `FORMS`.
        rng: half of the pictures are photographs.

    Returns:
        `(H, W, 3) uint8`.
    """
    height = float(np.exp(rng.uniform(np.log(40), np.log(110))))
    pen = float(rng.uniform(0.05, 0.12))
    style = ComposingStyle(size=0.08, base=0.0, slant=0.1, turn=0.0)
    size = np.array([rng.uniform(1.1, 1.5), rng.uniform(1.25, 1.7)]) * height
    gap = rng.uniform(0.12, 0.4) * height if form == "separate boxes" else 0.0
    count = len(glyphs) + int(rng.integers(0, 2))
    margin = rng.uniform(0.3, 1.0) * height
    wide, tall = count * size[0] + (count - 1) * gap + 2 * margin, size[1] + 2 * margin
    ink = np.zeros((int(tall), int(wide)), np.float32)
    for index, glyph in enumerate(glyphs):
        row = compose_row([glyph], style, rng, height=height, pen=pen)
        written = row.coverage
        limit = np.array([0.96, 0.94]) * size
        shrink = min(1.0, *(limit / written.shape[::-1]))
        if shrink < 1:
            smaller = Image.fromarray(np.rint(255 * written).astype(np.uint8)).resize(
                [max(1, int(side * shrink)) for side in written.shape[::-1]],
                Image.Resampling.BOX,
            )
            written = np.asarray(smaller, np.float32) / 255
        room = size - written.shape[::-1]
        share = np.clip(rng.normal(0.5, 0.2, 2), 0.02, 0.98)
        left = int(margin + index * (size[0] + gap) + share[0] * room[0])
        top = int(margin + share[1] * room[1])
        part = ink[top : top + len(written), left : left + written.shape[1]]
        np.maximum(part, written[: len(part), : part.shape[1]], out=part)
    lefts = margin + np.arange(count) * (size[0] + gap)
    lines = _form_lines(ink.shape, form, lefts, (margin, size), rng)
    darkness = rng.uniform(0.3, 1.0)
    if rng.random() < 0.5:
        covered = np.maximum(ink, lines * darkness)
        return photograph_ink(covered, height, rng)
    background, colour = COLOURS[rng.choice([0, 1, 3, 4])]
    low, high = np.array(background, np.float32), np.array(colour, np.float32)
    covered = np.maximum(ink, lines * darkness)[..., None]
    return np.rint(low + covered * (high - low)).astype(np.uint8)


def _form_lines(
    shape: tuple[int, int],
    form: str,
    lefts: np.ndarray,
    place: tuple[float, np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    """The printed lines of a form's field, `(H, W) float32, 0-1`.

    `lefts` are the left ends of the boxes; `place` is their top, and their width and height.
    """
    top, (wide, tall) = place
    over = 3
    sheet = Image.new("L", (shape[1] * over, shape[0] * over))
    draw = ImageDraw.Draw(sheet)
    width = max(1, round(over * rng.uniform(0.012, 0.04) * tall))
    bottom = top + tall
    tick = rng.uniform(0.2, 0.5) * tall if form == "comb" else tall
    for left in lefts:
        right = left + wide
        corners = [(left, bottom - tick), (left, bottom), (right, bottom), (right, bottom - tick)]
        if form != "comb":
            corners.append(corners[0])
        draw.line([(x * over, y * over) for x, y in corners], fill=255, width=width)
    return np.asarray(sheet.reduce(over), np.float32) / 255


def _on_sheet(coverage: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Pad the row by its four margins in pixels: top, bottom, left, right."""
    top, bottom, left, right = (int(margin) for margin in margins)
    return np.pad(coverage, ((top, bottom), (left, right)))


def _blur(plane: np.ndarray, radius: float) -> np.ndarray:
    image = Image.fromarray(np.rint(255 * plane).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def _cloud(shape: tuple[int, int], spacing: float, rng: np.random.Generator) -> np.ndarray:
    """`(H, W) float32`: smooth noise of standard deviation 1, a bump every `spacing` pixels."""
    coarse = rng.normal(0, 1, [int(side / max(spacing, 1)) + 2 for side in shape])
    picture = Image.fromarray(coarse.astype(np.float32))
    return np.asarray(picture.resize(shape[::-1], Image.Resampling.BICUBIC))


def _light(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """`(H, W) float32, 0-1`: a lamp at one side, and often the soft shadow of a hand."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    along = (np.cos(angle) * x + np.sin(angle) * y) / 1.42
    light = 1 - rng.uniform(0.1, 0.45) * (0.5 + 0.5 * along) ** rng.uniform(0.7, 1.8)
    if rng.random() < 0.6:
        angle = rng.uniform(0, 2 * np.pi)
        across = np.cos(angle) * x + np.sin(angle) * y + rng.normal(0, 0.2) * (x - y) ** 2
        edge = (across - rng.uniform(-0.6, 0.6)) * 4 / rng.uniform(0.05, 0.4)
        light *= 1 - rng.uniform(0.2, 0.5) / (1 + np.exp(-np.clip(edge, -50, 50)))
    return light.astype(np.float32)


def _ruling(shape: tuple[int, int], spacing: float, rng: np.random.Generator) -> np.ndarray:
    """`(H, W) float32, 0-1`: parallel lines, slightly turned."""
    y, x = np.indices(shape, np.float32)
    slope = np.tan(np.deg2rad(rng.normal(0, 1.5)))
    distance = np.abs((y + slope * x + rng.uniform(0, spacing)) % spacing - spacing / 2)
    return np.clip(max(0.8, 0.02 * spacing) + 0.5 - distance, 0, 1)
