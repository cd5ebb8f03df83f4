"""Damages a canvas after the digit is drawn: JPEG artifacts, a frame, a bar, dust, uneven light.

Enters: `(h, w) uint8`, dark ink on white. Leaves: the same, damaged so that people read the digit
as easily as before; `evaluate` measures whether the model does. To add a kind of damage, write a
function like those below and add it to `DAMAGES`.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from sketchdigits import preprocess_drawing


def read_damaged(canvas: np.ndarray, *, way: str) -> np.ndarray:
    """Damage a canvas in one way, a key of `DAMAGES`, and preprocess it: `(28, 28) uint8`.

    The seed depends on the canvas only: the same canvas is always damaged in the same way.
    """
    return preprocess_drawing(DAMAGES[way](canvas, np.random.default_rng(canvas.sum())))


def _save_as_jpeg(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(canvas).save(stream, "JPEG", quality=int(rng.integers(15, 40)))
    return np.asarray(Image.open(stream))


def _frame(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    framed = canvas.copy()
    thickness = int(rng.integers(1, 4))
    for edge in (
        framed[:thickness],
        framed[-thickness:],
        framed.T[:thickness],
        framed.T[-thickness:],
    ):
        edge[:] = rng.choice([0, 90])
    return framed


def _bar(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A bar along one edge, as a badly cropped screenshot has."""
    barred = canvas.copy()
    np.rot90(barred, int(rng.integers(4)))[: int(rng.integers(2, 8))] = rng.choice([0, 90, 160])
    return barred


def _sprinkle_dust(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    dusty = canvas.copy()
    for y, x in rng.integers(0, len(canvas) - 2, (int(rng.integers(5, 30)), 2)):
        dusty[y : y + int(rng.integers(1, 3)), x : x + int(rng.integers(1, 3))] = 60
    return dusty


def _shade(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A light grey background that becomes slightly darker towards the right."""
    slope = np.linspace(0, rng.uniform(5, 12), canvas.shape[1])
    return np.clip(canvas * 0.92 - slope, 0, 255).astype(np.uint8)


# Name in reports -> function. Each takes and returns `(h, w) uint8`, dark ink on white.
DAMAGES: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "saved as JPEG of low quality": _save_as_jpeg,
    "in a frame": _frame,
    "with a bar along one edge": _bar,
    "with dust": _sprinkle_dust,
    "on an uneven background": _shade,
}
