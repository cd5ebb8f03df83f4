"""Renders datasets of non-digits: canvas -> `preprocess_drawing` -> 28x28.

Enters: Omniglot's characters, or a number of non-digits for the program to draw
(`non_digit_strokes.py`). Leaves: `LabelledImages` of `(28, 28) uint8`, ink bright, with the label
`NON_DIGIT`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFilter

from sketchdigits import BlankDrawingError, preprocess_drawing
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.datasets.omniglot import Characters
from train.rendering.canvas import draw_on_canvas, random_style
from train.rendering.digits import CHUNK, draw_until_inked, render_chunks
from train.rendering.non_digit_strokes import draw_non_digit
from train.rendering.strokes import Strokes, vary_hand

# Omniglot's drawings are 105x105 pixels with a pen about 3 pixels wide. They are enlarged to this
# side and the pen is widened, because other sources of training images have wider pens.
_ENLARGED_SIDE = 210
_MAX_WIDENING = 23  # side of the dilation's square, in pixels of the enlarged drawing


def render_non_digits(
    count: int, digits: Sequence[Strokes], seed: int, *, show_progress: bool = True
) -> LabelledImages:
    """Draw `count` non-digits, each in a varied hand on a random canvas.

    Some are two or three of `digits` side by side. Seeded: the same arguments give the same images.
    """
    jobs = [(min(CHUNK, count - start), digits, (seed, start)) for start in range(0, count, CHUNK)]
    return render_chunks(_non_digits_chunk, jobs, "drawing non-digits", show_progress)


def render_characters(
    characters: Characters, copies: int, seed: int, *, show_progress: bool = True
) -> LabelledImages:
    """Redraw every character `copies` times, its pen widened and rotated at random; seeded."""
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
    """`(105, 105) uint8`, dark on white -> `(28, 28) uint8` with a wider pen, slightly rotated."""
    ink = Image.fromarray(255 - drawing).resize((_ENLARGED_SIDE, _ENLARGED_SIDE))
    rotated = ink.rotate(rng.normal(0, 6), Image.Resampling.BILINEAR)
    width = int(np.exp(rng.uniform(0, np.log(_MAX_WIDENING)))) // 2 * 2 + 1
    # Many small filters: one large square has the same result but is far slower.
    for _ in range(width // 2):
        rotated = rotated.filter(ImageFilter.MaxFilter(3))
    if rng.random() < 0.3:
        rotated = rotated.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 4)))
    try:
        return preprocess_drawing(np.asarray(rotated))
    except BlankDrawingError:
        return preprocess_drawing(drawing)
