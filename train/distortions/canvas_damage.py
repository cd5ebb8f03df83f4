"""What programs and people do to a canvas after the digit: JPEG, frames, a bar, dust.

Enters and leaves: `(h, w) uint8`, dark ink on white. The digit stays as legible as it was.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from sketchdigits import preprocess_drawing


def read_spoiled(canvas: np.ndarray, *, way: str) -> np.ndarray:
    """Spoil a canvas in one of the `SPOILED` ways, and preprocess it: `(28, 28) uint8`.

    The same canvas is always spoiled alike.
    """
    return preprocess_drawing(SPOILED[way](canvas, np.random.default_rng(canvas.sum())))


def _save_as_jpeg(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(canvas).save(stream, "JPEG", quality=int(rng.integers(15, 40)))
    return np.asarray(Image.open(stream))


def _frame(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    framed = canvas.copy()
    thickness = int(rng.integers(1, 4))
    for side in (
        framed[:thickness],
        framed[-thickness:],
        framed.T[:thickness],
        framed.T[-thickness:],
    ):
        side[:] = rng.choice([0, 90])
    return framed


def _bar(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A line that a cropped window leaves along one edge."""
    barred = canvas.copy()
    np.rot90(barred, int(rng.integers(4)))[: int(rng.integers(2, 8))] = rng.choice([0, 90, 160])
    return barred


def _sprinkle_dust(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    dusty = canvas.copy()
    for y, x in rng.integers(0, len(canvas) - 2, (int(rng.integers(5, 30)), 2)):
        dusty[y : y + int(rng.integers(1, 3)), x : x + int(rng.integers(1, 3))] = 60
    return dusty


def _shade(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A ground that isn't quite white, and grows a little darker to one side."""
    slope = np.linspace(0, rng.uniform(5, 12), canvas.shape[1])
    return np.clip(canvas * 0.92 - slope, 0, 255).astype(np.uint8)


SPOILED: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "saved as JPEG of low quality": _save_as_jpeg,
    "in a frame": _frame,
    "with a bar along one edge": _bar,
    "with dust": _sprinkle_dust,
    "on an uneven ground": _shade,
}
