"""Degrades images of digits as a poor capture does: tiny, blurred, noisy, crossed by lines, cut.

Enters and leaves: `(28, 28) uint8, 0-255`, ink bright. `degrade_images` calls `degrade` and then
`preprocess_drawing`. MNIST has no strokes to redraw, so this is the only way to vary its images
before the preprocessing. To add a kind, write a function like those below and add it to
`DEGRADATIONS`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from sketchdigits import BlankDrawingError, preprocess_drawing
from sketchdigits.preprocessing.pipeline import IMAGE_SIZE
from train.datasets.labelled_images import LabelledImages
from train.rendering.digits import CHUNK, render_chunks


def degrade_images(
    dataset: LabelledImages, seed: int, *, show_progress: bool = True
) -> LabelledImages:
    """Degrade every `(28, 28)` image once and preprocess it: as many images, labels unchanged.

    Seeded: the same arguments give the same images.
    """
    jobs = [
        (dataset[start : start + CHUNK], (seed, start)) for start in range(0, len(dataset), CHUNK)
    ]
    return render_chunks(_degraded_chunk, jobs, "degrading images", show_progress)


def _degraded_chunk(job) -> tuple[np.ndarray, np.ndarray]:
    dataset, seed = job
    rng = np.random.default_rng(seed)
    images = [_degrade_and_preprocess(image, rng) for image in dataset.images]
    return np.stack(images), dataset.labels


def _degrade_and_preprocess(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    while True:
        try:
            return preprocess_drawing(degrade(image, rng))
        except BlankDrawingError:
            continue


def degrade(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Apply one of `DEGRADATIONS` at random to `(28, 28) uint8`; the result may be smaller."""
    weights = np.array(list(DEGRADATIONS.values())) / sum(DEGRADATIONS.values())
    chosen = rng.choice(len(DEGRADATIONS), p=weights)
    changed = list(DEGRADATIONS)[chosen](image.astype(np.float32) / 255, rng)
    return np.rint(np.clip(changed, 0, 1) * 255).astype(np.uint8)


def _shrink(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shrink to 7 to 18 pixels, cropped to the digit or with a margin of up to 3 pixels.

    Some are stretched towards a square, as programs do that ignore the aspect ratio. Some are
    first reduced to black and white. Some have a bolder pen: forms were filled in with felt pens.
    """
    if rng.random() < 0.35:
        image = ndimage.grey_dilation(image, size=tuple(rng.integers(1, 5, 2)))
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    middle = np.array([columns[[0, -1]].mean(), rows[[0, -1]].mean()]) + 0.5 + IMAGE_SIZE
    half = np.array([np.ptp(columns), np.ptp(rows)]) / 2 + 0.5
    stretch = rng.uniform(0, 0.85) if rng.random() < 0.5 else 0.0
    half = half.max() * (half / half.max()) ** stretch + rng.choice([0.0, rng.uniform(0, 3)])
    side = int(rng.integers(7, 19))
    padded = np.pad(image, IMAGE_SIZE)
    if rng.random() < 0.4:
        padded = (padded > rng.uniform(0.3, 0.6)).astype(np.float32)
    small = Image.fromarray(padded).resize(
        (side, side), Image.Resampling.BOX, box=(*(middle - half), *(middle + half))
    )
    # `preprocess_drawing` rejects an image whose longer side is under 8 pixels.
    padding = max(0, 8 - side)
    levels = rng.choice([4, 16, 255])
    return np.pad(np.rint(np.asarray(small) * levels) / levels, (0, padding))


def _blur(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return ndimage.gaussian_filter(image, rng.uniform(0.5, 1.6, 2))


def _add_noise(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.5:
        return image + rng.normal(0, rng.uniform(0.05, 0.25), image.shape)
    draw = rng.random(image.shape)
    share = rng.uniform(0.01, 0.05)
    return np.where(draw < share, 0.0, np.where(draw > 1 - share, 1.0, image))


def _cross_with_lines(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw one or two thin lines across the whole image: straight, bent or dashed."""
    sheet = Image.new("L", (IMAGE_SIZE * 4, IMAGE_SIZE * 4))
    draw = ImageDraw.Draw(sheet)
    for _ in range(rng.integers(1, 3)):
        count = int(rng.integers(2, 16))
        x = np.linspace(-2, IMAGE_SIZE + 2, count)
        left, right = rng.uniform(0, IMAGE_SIZE, 2)
        y = np.linspace(left, right, count) + rng.normal(0, rng.uniform(0, 2), count)
        points = np.stack([x, y] if rng.random() < 0.7 else [y, x], axis=1) * 4
        is_dashed = rng.random() < 0.4
        for index, (start, end) in enumerate(pairwise(points)):
            if not is_dashed or index % 2:
                draw.line([tuple(start), tuple(end)], fill=255, width=int(rng.integers(2, 6)))
    return np.maximum(image, np.asarray(sheet.reduce(4), np.float32) / 255)


def _outline(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Keep only the outline of the strokes, as some programs trace it."""
    size = int(rng.integers(2, 4))
    edge = ndimage.grey_dilation(image, size=(size, size)) - ndimage.grey_erosion(
        image, size=(2, 2)
    )
    return ndimage.gaussian_filter(edge, rng.uniform(0, 0.5)) / max(float(edge.max()), 1e-6)


def _shade(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add uneven light and make the ink paler."""
    veil = ndimage.gaussian_filter(
        rng.random((IMAGE_SIZE, IMAGE_SIZE)), rng.uniform(2, 8), mode="wrap"
    )
    veil = (veil - veil.min()) / max(float(np.ptp(veil)), 1e-6)
    depth = rng.uniform(0.1, 0.45)
    return image * (1 - depth) + veil * depth


def _invert_band(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Swap foreground and background in a band from edge to edge."""
    banded = image.copy()
    start, width = int(rng.integers(0, IMAGE_SIZE - 2)), int(rng.integers(1, 5))
    oriented = banded if rng.random() < 0.5 else banded.T
    oriented[:, start : start + width] = 1 - oriented[:, start : start + width]
    return banded


def _cut(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Crop one side of the image so that it cuts one to three pixels off the digit."""
    turns = int(rng.integers(4))
    rotated = np.rot90(image, turns)
    first = int(np.flatnonzero(rotated.any(axis=1))[0])
    return np.rot90(rotated[first + int(rng.integers(1, 4)) :], -turns)


# Function -> how often it is chosen, relative to the others. Each takes and returns
# `(height, width) float, 0-1`, ink bright; `degrade` clips the result to 0-1.
DEGRADATIONS: dict[Callable[[np.ndarray, np.random.Generator], np.ndarray], float] = {
    _shrink: 0.35,
    _blur: 0.15,
    _cut: 0.1,
    _add_noise: 0.1,
    _cross_with_lines: 0.15,
    _outline: 0.12,
    _shade: 0.1,
    _invert_band: 0.1,
}
