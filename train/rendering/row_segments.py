"""Rows of digits -> segments, cut as `read_number` cuts them: whole digits, and wrong pieces.

Enters: the hands of one split's writers. Leaves: `LabelledImages` of `(28, 28) uint8`: a segment
that covers one digit has the digit's label; a part of a digit, or parts of several, is `NON_DIGIT`.

`read_number` compares the ways to divide a row by how surely each segment is a digit. A network
that never saw parts of digits takes many of them for digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sketchdigits import BlankDrawingError
from sketchdigits.numbers.pieces import Piece, cut_piece, number_pixels, whole_marks
from sketchdigits.numbers.row_ink import RowInk, find_row_ink
from sketchdigits.numbers.segments import Segment, crop_segments, possible_segments
from sketchdigits.numbers.text_lines import find_text_lines
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.rendering.digits import render_chunks
from train.rendering.number_sets import Hands
from train.rendering.rows import COMPOSING_STYLES, Glyph, Row, choose_digits, compose_row

# Rows per job. Each job has its own seed, so another number gives other images.
CHUNK = 25
# How often two neighbours touch: more often than in the rows that are scored.
TOUCHING = 0.5
# Pixels of paper around a row.
MARGIN = 4
# Marks wider than this share of the row's height are cut; half of the others too, unless they are
# narrower than the second number.
WIDE, NARROW = 1.0, 0.35
# A segment is a digit if it covers this share of the digit's ink, and at most this share of the
# segment is other ink. It is none if it covers less than the third share of every digit, or if more
# than the fourth one is other ink. Between them, nobody could say.
MIN_COVERED, MAX_FOREIGN = 0.86, 0.14
MAX_COVERED, MIN_FOREIGN = 0.58, 0.3
# A part of a digit that is narrower than this share of its own height may be a good 1.
MIN_WIDTH = 0.45
# For each right segment, at most so many that hold ink of several digits, and so many that are a
# part of one. Some parts look like another digit: with more of them, good digits would be refused.
SEVERAL_SHARE, PARTS_SHARE = 1.0, 0.25


def render_row_segments(
    hands: Hands, rows: int, seed: int, *, show_progress: bool = True
) -> LabelledImages:
    """Cut `rows` random rows of 2-5 digits into segments; seeded."""
    jobs = []
    for start in range(0, rows, CHUNK):
        rng = np.random.default_rng((seed, start))
        count = min(CHUNK, rows - start)
        jobs.append(([choose_digits(hands.choose(rng), rng, (2, 5)) for _ in range(count)], rng))
    return render_chunks(_segments_chunk, jobs, "cutting rows of digits", show_progress)


def _segments_chunk(job) -> tuple[np.ndarray, np.ndarray]:
    rows, rng = job
    found = [_cut_row(glyphs, rng) for glyphs in rows]
    return (
        np.concatenate([images for images, _ in found]),
        np.concatenate([labels for _, labels in found]),
    )


def _cut_row(glyphs: Sequence[Glyph], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The chosen segments of one row: `(n, 28, 28) uint8` and their labels."""
    styles = list(COMPOSING_STYLES.values())
    row = compose_row(glyphs, styles[rng.integers(len(styles))], rng, touching=TOUCHING)
    nothing = np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64)
    try:
        ink = find_row_ink(np.pad(np.rint(255 * row.coverage).astype(np.uint8), MARGIN))
    except BlankDrawingError:
        return nothing
    if ink.is_crowded or not len(ink.marks.masks):
        return nothing
    lines = find_text_lines(ink.marks.boxes)
    if len(lines) != 1:
        return nothing
    height = lines[0].height
    pieces: list[Piece] = []
    for piece in whole_marks(ink.marks, lines[0].marks):
        width = (piece.box[3] - piece.box[1]) / height
        is_cut = width > WIDE or (width > NARROW and rng.random() < 0.5)
        pieces += cut_piece(piece, height) if is_cut else [piece]
    segments = possible_segments(pieces, height)
    if not segments:
        return nothing
    numbers = number_pixels(pieces, ink.ink.shape)
    covered, foreign = _compare_ink(numbers, segments, _glyphs_in_ink(row, ink))
    labels = [
        _label(segment, row.text, *shares)
        for segment, *shares in zip(segments, covered, foreign, strict=True)
    ]
    right = [index for index, label in enumerate(labels) if label is not None and label < NON_DIGIT]
    chosen = list(right)
    is_part = foreign.min(axis=1) < MIN_FOREIGN
    for share, kind in ((SEVERAL_SHARE, ~is_part), (PARTS_SHARE, is_part)):
        wrong = [index for index, label in enumerate(labels) if label == NON_DIGIT and kind[index]]
        most = math.ceil(share * max(1, len(right)))
        chosen += [int(index) for index in rng.permutation(wrong)[:most]]
    if not chosen:
        return nothing
    images = crop_segments(ink.ink, numbers, [(segments[index], 0) for index in chosen])
    return images, np.array([labels[index] for index in chosen], np.int64)


def _glyphs_in_ink(row: Row, ink: RowInk) -> np.ndarray:
    """The share of each pixel of the ink that each glyph covers: `(n, h, w) float`."""
    left, top = (round(side) for side in ink.origin)
    height, width = ink.ink.shape
    inks = np.pad(row.glyph_inks(), ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    block = round(ink.block)
    inks = inks[:, top : top + height * block, left : left + width * block]
    missing = height * block - inks.shape[1], width * block - inks.shape[2]
    inks = np.pad(inks, ((0, 0), (0, missing[0]), (0, missing[1])))
    return inks.reshape(len(inks), height, block, width, block).mean(axis=(2, 4))


def _compare_ink(
    numbers: np.ndarray, segments: Sequence[Segment], glyphs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which share of each glyph a segment covers, and which share of the segment is other ink.

    Both are `(segments, glyphs)`.
    """
    count = int(numbers.max()) + 1
    flat = numbers.ravel() + 1
    any_ink = np.bincount(flat, glyphs.max(axis=0).ravel(), count + 1)[1:]
    of_glyphs = np.stack([np.bincount(flat, ink.ravel(), count + 1)[1:] for ink in glyphs], axis=1)
    owns = np.stack([of_glyphs[each.first : each.end].sum(axis=0) for each in segments])
    whole = np.array([any_ink[each.first : each.end].sum() for each in segments])
    covered = owns / np.maximum(1, glyphs.sum(axis=(1, 2)))
    return covered, 1 - owns / np.maximum(1, whole)[:, None]


def _label(segment: Segment, text: str, covered: np.ndarray, foreign: np.ndarray) -> int | None:
    """The digit that a segment is, `NON_DIGIT`, or None if that can't be said."""
    nearest = int((covered - foreign).argmax())
    if covered[nearest] >= MIN_COVERED and foreign[nearest] <= MAX_FOREIGN:
        return int(text[nearest])
    top, left, bottom, right = segment.box
    is_narrow = right - left < MIN_WIDTH * (bottom - top)
    if is_narrow and foreign.min() < MIN_FOREIGN:
        return None
    if covered.max() < MAX_COVERED or foreign[covered >= MAX_COVERED].min() > MIN_FOREIGN:
        return NON_DIGIT
    return None
