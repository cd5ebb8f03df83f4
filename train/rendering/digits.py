"""Renders datasets of digits: strokes -> canvas -> `preprocess_drawing` -> 28x28.

Enters: `PenDigit`s, or a number of digits for the program to draw (`digit_forms.py`). Leaves:
`LabelledImages` of `(28, 28) uint8`, ink bright.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
from tqdm import tqdm

from sketchdigits import BlankDrawingError, preprocess_drawing
from train.datasets.labelled_images import LabelledImages
from train.datasets.pendigits import PenDigit
from train.rendering.canvas import CanvasStyle, draw_on_canvas, random_style
from train.rendering.digit_forms import draw_digit
from train.rendering.lined_pictures import NO_LINE_PROBABILITY, draw_lined_picture
from train.rendering.printed_lines import LINED_STYLES, LinedStyle
from train.rendering.strokes import Strokes, vary_hand

# Images per job. Each job has its own seed, so another number gives other images.
CHUNK = 250

# The styles of canvas on which `evaluate` scores the held-out writers, by their name in reports.
# Position and extent are random for each digit.
DEFAULT_STYLE = "black on white, 400x400"
EVALUATION_STYLES: dict[str, CanvasStyle] = {
    DEFAULT_STYLE: CanvasStyle(),
    "white on black": CanvasStyle(ink=(255,), background=(0,)),
    "black on transparent": CanvasStyle(ink=(0, 0, 0, 255), background=(255, 255, 255, 0)),
    "blue on yellow": CanvasStyle(ink=(0, 0, 255), background=(255, 255, 0)),
    "100x100 canvas": CanvasStyle(size=100),
    "1000x1000 canvas": CanvasStyle(size=1000, oversampling=2),
    "hairline pen": CanvasStyle(width=0.005),
    "thin pen": CanvasStyle(width=0.03),
    "thick pen": CanvasStyle(width=0.13),
    "marker": CanvasStyle(width=0.18),
}


def render_training_drawings(
    digits: Sequence[PenDigit], copies: int, seed: int, *, show_progress: bool = True
) -> LabelledImages:
    """Draw every digit `copies` times, each time in another hand on another random canvas.

    Seeded: the same arguments give the same images, on any number of processors.
    """
    jobs = [
        (digits[start : start + CHUNK], (seed, copy, start))
        for copy in range(copies)
        for start in range(0, len(digits), CHUNK)
    ]
    return render_chunks(_varied_chunk, jobs, "rendering pen strokes", show_progress)


def render_digit_forms(count: int, seed: int, *, show_progress: bool = True) -> LabelledImages:
    """Draw `count` random digits in the forms of `digit_forms.py`, in varied hands; seeded."""
    jobs = [(min(CHUNK, count - start), (seed, start)) for start in range(0, count, CHUNK)]
    return render_chunks(_forms_chunk, jobs, "drawing digits by program", show_progress)


def render_evaluation_drawings(
    digits: Sequence[PenDigit],
    style: CanvasStyle,
    seed: int,
    preprocess: Callable[[np.ndarray], np.ndarray] = preprocess_drawing,
    *,
    show_progress: bool = True,
) -> LabelledImages:
    """Draw every digit once, as its writer drew it, at a random place and size in one style.

    The canvases depend on `seed` only, not on `preprocess`, so that two ways of preprocessing can
    be compared on the same drawings.
    """
    jobs = [
        (digits[start : start + CHUNK], (seed, start)) for start in range(0, len(digits), CHUNK)
    ]
    return render_chunks(
        partial(_styled_chunk, style=style, preprocess=preprocess),
        jobs,
        "rendering held-out writers",
        show_progress,
    )


def render_lined_digits(
    digits: Sequence[PenDigit], copies: int, seed: int, *, show_progress: bool = True
) -> LabelledImages:
    """Draw every digit `copies` times in frames and cells, each time in a random `LINED_STYLES`.

    A share of `NO_LINE_PROBABILITY` has no lines. Each copy is in another hand. Seeded: the same
    arguments give the same images.
    """
    jobs = [
        (digits[start : start + CHUNK], (seed, copy, start))
        for copy in range(copies)
        for start in range(0, len(digits), CHUNK)
    ]
    return render_chunks(_lined_chunk, jobs, "drawing digits in frames", show_progress)


def render_lined_evaluation(
    digits: Sequence[PenDigit],
    style: LinedStyle,
    seed: int,
    *,
    with_lines: bool = True,
    show_progress: bool = True,
) -> LabelledImages:
    """Draw every digit once, as its writer drew it, in a random frame or cell of one style.

    `with_lines=False` draws the same digits at the same places without any lines, for comparison.
    """
    jobs = [
        (digits[start : start + CHUNK], (seed, start)) for start in range(0, len(digits), CHUNK)
    ]
    return render_chunks(
        partial(_lined_style_chunk, style=style, with_lines=with_lines),
        jobs,
        "drawing held-out writers in frames",
        show_progress,
    )


def render_chunks(render_chunk, jobs, description: str, show_progress: bool) -> LabelledImages:
    """Call `render_chunk` on every job, on all processors, and join the results in order.

    `render_chunk` returns `(images, labels)`. It must be picklable, as must the jobs.
    """
    if len(jobs) == 1:  # faster than starting a worker
        chunks = [render_chunk(jobs[0])]
    else:
        context = context_of_workers(__name__)
        with ProcessPoolExecutor(min(len(jobs), os.cpu_count() or 1), context) as workers:
            progress = partial(tqdm, total=len(jobs), desc=description, disable=not show_progress)
            chunks = list(progress(workers.map(render_chunk, jobs)))
    return LabelledImages(
        np.concatenate([images for images, _ in chunks]),
        np.concatenate([labels for _, labels in chunks]),
    )


def context_of_workers(module: str) -> multiprocessing.context.BaseContext:
    """How to start workers: as copies of a small process that has imported `module`.

    Copies of this process may hang, because TensorFlow has started threads here. On Windows each
    worker imports the module itself, which takes a third of a second.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([module])
    return context


def _varied_chunk(job) -> tuple[np.ndarray, np.ndarray]:
    digits, seed = job
    rng = np.random.default_rng(seed)
    images = np.stack([_render_varied(partial(tuple, digit.strokes), rng) for digit in digits])
    return images, np.array([digit.label for digit in digits])


def _lined_chunk(job) -> tuple[np.ndarray, np.ndarray]:
    digits, seed = job
    rng = np.random.default_rng(seed)
    styles = list(LINED_STYLES.values())

    def draw(digit: PenDigit) -> np.ndarray:
        style = styles[rng.integers(len(styles))]
        with_lines = rng.random() >= NO_LINE_PROBABILITY
        return draw_lined_picture(vary_hand(digit.strokes, rng), style, rng, with_lines=with_lines)

    images = np.stack([draw_until_inked(partial(draw, digit)) for digit in digits])
    return images, np.array([digit.label for digit in digits])


def _lined_style_chunk(
    job, *, style: LinedStyle, with_lines: bool
) -> tuple[np.ndarray, np.ndarray]:
    digits, (seed, start) = job
    images = []
    for index, digit in enumerate(digits, start):
        # Each digit has its own seed: one that is drawn again doesn't change the others.
        rng = np.random.default_rng((seed, index))
        draw = partial(draw_lined_picture, digit.strokes, style, rng, with_lines=with_lines)
        images.append(draw_until_inked(draw))
    return np.stack(images), np.array([digit.label for digit in digits])


def _forms_chunk(job) -> tuple[np.ndarray, np.ndarray]:
    count, seed = job
    rng = np.random.default_rng(seed)
    labels = rng.integers(10, size=count)
    images = [_render_varied(partial(draw_digit, int(label), rng), rng) for label in labels]
    return np.stack(images), labels


def _render_varied(draw_strokes: Callable[[], Strokes], rng: np.random.Generator) -> np.ndarray:
    return draw_until_inked(
        lambda: draw_on_canvas(vary_hand(draw_strokes(), rng), random_style(rng))
    )


def draw_until_inked(draw: Callable[[], np.ndarray]) -> np.ndarray:
    """Call `draw` until its canvas is not blank, and preprocess that canvas: `(28, 28) uint8`.

    A canvas can be blank because a hairline is too faint on it.
    """
    while True:
        try:
            return preprocess_drawing(draw())
        except BlankDrawingError:
            continue


def _styled_chunk(job, *, style: CanvasStyle, preprocess) -> tuple[np.ndarray, np.ndarray]:
    digits, seed = job
    rng = np.random.default_rng(seed)
    images = [
        preprocess(
            draw_on_canvas(
                digit.strokes,
                replace(
                    style,
                    extent=float(rng.uniform(0.3, 0.9)),
                    position=(float(rng.random()), float(rng.random())),
                ),
            )
        )
        for digit in digits
    ]
    return np.stack(images), np.array([digit.label for digit in digits])
