"""What is no digit -> 28x28 images, through the full path from canvas to 28x28.

Enters: characters of alphabets (`omniglot.py`), and the program's own forms (`non_digits.py`).
Leaves: `LabelledImages` with the label `NON_DIGIT`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFilter

from sketchdigits import BlankDrawingError, preprocess_drawing
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.datasets.omniglot import Characters
from train.rendering.canvas import Strokes, draw_on_canvas, random_style, vary_hand
from train.rendering.digits import CHUNK, draw_until_inked, render_chunks
from train.rendering.non_digits import draw_non_digit

# Omniglot's pen is about 3 pixels wide on 105; ours is made as wide as its neighbours' are.
_ENLARGED = 210
_MAX_WIDENING = 23


def render_non_digits(
    count: int, digits: Sequence[Strokes], seed: int, *, show_progress: bool = True
) -> LabelledImages:
    """`count` drawings by program, each by a varied hand on a random canvas.

    The strokes of `digits` are set side by side in some. Seeded: the same arguments give the same
    images.
    """
    jobs = [(min(CHUNK, count - start), digits, (seed, start)) for start in range(0, count, CHUNK)]
    return render_chunks(_non_digits_chunk, jobs, "drawing non-digits", show_progress)


def render_characters(
    characters: Characters, copies: int, seed: int, *, show_progress: bool = True
) -> LabelledImages:
    """`copies` of every drawing, its pen widened and its slant varied at random; seeded."""
    jobs = [
        (characters.images[start : start + CHUNK], (seed, copy, start))
        for copy in range(copies)
        for start in range(0, len(characters), CHUNK)
    ]
    return render_chunks(_characters_chunk, jobs, "redrawing characters", show_progress)


def _non_digits_chunk(job) -> tuple[np.ndarray, np.ndarray]:
    count, digits, seed = job
    rng = np.random.default_rng(seed)

    def draw() -> np.ndarray:
        return draw_on_canvas(vary_hand(draw_non_digit(rng, digits), rng), random_style(rng))

    images = np.stack([draw_until_inked(draw) for _ in range(count)])
    return images, np.full(count, NON_DIGIT)


def _characters_chunk(job) -> tuple[np.ndarray, np.ndarray]:
    drawings, seed = job
    rng = np.random.default_rng(seed)
    images = np.stack([_redraw(drawing, rng) for drawing in drawings])
    return images, np.full(len(images), NON_DIGIT)


def _redraw(drawing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`(105, 105) uint8`, dark on white -> `(28, 28) uint8`, by another pen and a little turned."""
    ink = Image.fromarray(255 - drawing).resize((_ENLARGED, _ENLARGED))
    turned = ink.rotate(rng.normal(0, 6), Image.Resampling.BILINEAR)
    width = int(np.exp(rng.uniform(0, np.log(_MAX_WIDENING)))) // 2 * 2 + 1
    # By and by: one large square would be a broad nib as well, but far slower.
    for _ in range(width // 2):
        turned = turned.filter(ImageFilter.MaxFilter(3))
    if rng.random() < 0.3:
        turned = turned.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 4)))
    try:
        return preprocess_drawing(np.asarray(turned))
    except BlankDrawingError:
        return preprocess_drawing(drawing)
