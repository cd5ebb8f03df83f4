"""Renders what the row network is trained on: images of lines, each with its symbols.

Enters: the hands of one split's writers. Leaves: `LineSample`s. Rows are composed as by
`number_sets.py`, in more varied hands, with more touching pairs, with letters among the digits,
with dots, commas and dashes (which have no symbol), on photographs and in forms. Then they go
through the same steps as a user's image.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from sketchdigits import BlankDrawingError
from sketchdigits.architectures.row_cnn import OTHER
from sketchdigits.numbers.line_image import draw_line_image
from sketchdigits.numbers.reader import find_lines
from sketchdigits.numbers.row_ink import find_row_ink
from sketchdigits.numbers.text_lines import find_text_lines
from train.rendering.digits import context_of_workers
from train.rendering.number_sets import Hands, letters_of, random_style
from train.rendering.row_pictures import FORMS, draw_form, photograph_row
from train.rendering.rows import Glyph, Hand, choose_digits, compose_row
from train.rendering.strokes import vary_hand

# How often a row is a photograph, a form's field, has letters, has other marks, is only letters.
PHOTOGRAPH_SHARE, FORM_SHARE = 0.15, 0.25
LETTERS_SHARE, MARKS_SHARE, WORDS_SHARE = 0.15, 0.1, 0.03
# How often the strokes of a row are varied, and two neighbours touch.
VARIED_SHARE, TOUCHING = 0.7, 0.35
# The pen's width as a share of the row's height: pens and bold markers.
PEN_WIDTHS = (0.04, 0.2)
MAX_DIGITS = 9
# Rows per job. Each job has its own seed.
CHUNK = 250


@dataclass(frozen=True)
class LineSample:
    """A line and what it says.

    Attributes:
        pixels: `(32, width) uint8`, as `LineImage.pixels`.
        symbols: `(n,) int8`: digits, and `OTHER` for each character that is no digit.
    """

    pixels: np.ndarray
    symbols: np.ndarray


def render_lines(
    hands: Hands, count: int, seed: int, *, show_progress: bool = True
) -> list[LineSample]:
    """Render about `count` lines: a few are left out because they were found as several lines.

    Seeded: the same arguments give the same lines, on any number of processors.
    """
    jobs = [(min(CHUNK, count - start), (seed, start)) for start in range(0, count, CHUNK)]
    if len(jobs) == 1:
        return _render_chunk(hands, *jobs[0])
    context = context_of_workers(__name__)
    with ProcessPoolExecutor(
        min(len(jobs), os.cpu_count() or 1), context, _keep_hands, (hands,)
    ) as workers:
        found = workers.map(_render_job, jobs)
        chunks = tqdm(found, "rendering rows", len(jobs), disable=not show_progress)
        return [sample for chunk in chunks for sample in chunk]


# What a worker process keeps for all its jobs.
_kept: dict[str, Hands] = {}


def _keep_hands(hands: Hands) -> None:
    _kept["hands"] = hands


def _render_job(job: tuple[int, tuple[int, int]]) -> list[LineSample]:
    return _render_chunk(_kept["hands"], *job)


def _render_chunk(hands: Hands, count: int, seed: tuple[int, int]) -> list[LineSample]:
    rng = np.random.default_rng(seed)
    writers = hands.with_letters()
    found = (_render_line(hands, writers, rng) for _ in range(count))
    return [sample for sample in found if sample is not None]


def _render_line(
    hands: Hands, writers: Sequence[Hand], rng: np.random.Generator
) -> LineSample | None:
    with_letters = bool(writers) and rng.random() < LETTERS_SHARE
    hand = writers[int(rng.integers(len(writers)))] if with_letters else hands.choose(rng)
    glyphs = choose_digits(hand, rng, (1, MAX_DIGITS))
    if with_letters:
        letters = letters_of(hand)
        if rng.random() < WORDS_SHARE / LETTERS_SHARE:
            glyphs = []
        for _ in range(rng.integers(2, 7) if not glyphs else 1 + (rng.random() < 0.2)):
            letter = letters[rng.integers(len(letters))]
            glyphs.insert(int(rng.integers(len(glyphs) + 1)), letter)
    if rng.random() < VARIED_SHARE:
        glyphs = [_vary(glyph, rng) for glyph in glyphs]
    symbols = [int(glyph.text) if glyph.text.isdecimal() else OTHER for glyph in glyphs]
    kind = rng.random()
    try:
        if kind < FORM_SHARE:
            lines = find_lines(draw_form(glyphs, FORMS[rng.integers(len(FORMS))], rng))
        else:
            if hand.digits[0].strokes is not None and rng.random() < MARKS_SHARE:
                glyphs = _add_marks(glyphs, rng)
            pen = float(rng.uniform(*PEN_WIDTHS))
            row = compose_row(glyphs, random_style(rng), rng, touching=TOUCHING, pen=pen)
            if kind < FORM_SHARE + PHOTOGRAPH_SHARE:
                lines = find_lines(photograph_row(row, rng))
            else:  # a drawing's ink is its coverage
                found = find_row_ink(np.rint(255 * row.coverage).astype(np.uint8))
                lines = None if found.is_crowded else (found, find_text_lines(found.marks.boxes))
    except BlankDrawingError:
        return None
    if lines is None or len(lines[1]) != 1:
        return None
    image = draw_line_image(lines[0], lines[1][0])
    return None if image is None else LineSample(image.pixels, np.array(symbols, np.int8))


def _vary(glyph: Glyph, rng: np.random.Generator) -> Glyph:
    """Draw a glyph as another hand would, at its place and size."""
    if glyph.strokes is None:
        return glyph
    points = np.concatenate(list(glyph.strokes))
    low, high = points.min(axis=0), points.max(axis=0)
    varied = vary_hand(glyph.strokes, rng)
    placed = [stroke * max(float((high - low).max()), 1e-6) for stroke in varied]
    moved = np.concatenate(placed)
    shift = np.array([moved[:, 0].min(), (moved[:, 1].max() + moved[:, 1].min()) / 2])
    shift -= np.array([0.0, (low[1] + high[1]) / 2])
    return replace(glyph, strokes=[stroke - shift for stroke in placed])


def _add_marks(glyphs: Sequence[Glyph], rng: np.random.Generator) -> list[Glyph]:
    """Put a dot, a comma or a dash between two glyphs or after the last one."""
    found = list(glyphs)
    for _ in range(rng.integers(1, 3)):
        slip = rng.normal(0, 0.03, 2)
        if (kind := rng.random()) < 0.4:
            stroke = np.array([[0.0, 0.0], [0.02, 0.01]])
        elif kind < 0.7:
            stroke = np.array([[0.08, -0.04], [0.0, 0.2]]) * rng.uniform(0.7, 1.3)
        else:
            wide, low = rng.uniform(0.25, 0.6), rng.uniform(-0.6, -0.35)
            stroke = np.array([[0.0, low], [wide, low + rng.normal(0, 0.03)]])
        mark = Glyph("", strokes=[stroke + np.array([0.0, slip[1]])])
        found.insert(int(rng.integers(1, len(found) + 1)), mark)
    return found
