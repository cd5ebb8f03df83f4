"""Images of digits as poor captures leave them: tiny, blurred, noisy, crossed by lines, outlined.

Enters and leaves: `(28, 28) uint8, 0-255`, ink bright; `preprocess_drawing` is to follow. It is the
only way to vary MNIST's images, which have no strokes to redraw, before the preprocessing.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from sketchdigits import BlankDrawingError, preprocess_drawing
from train.datasets.labelled_images import LabelledImages
from train.rendering.digits import CHUNK, render_chunks

SIDE = 28


def degrade_images(
    dataset: LabelledImages, seed: int, *, show_progress: bool = True
) -> LabelledImages:
    """Every `(28, 28)` image once, as a poor capture that went through `preprocess_drawing`.

    Seeded: the same arguments give the same images.
    """
    jobs = [
        (dataset[start : start + CHUNK], (seed, start)) for start in range(0, len(dataset), CHUNK)
    ]
    return render_chunks(_degraded_chunk, jobs, "degrading images", show_progress)


def _degraded_chunk(job) -> tuple[np.ndarray, np.ndarray]:
    dataset, seed = job
    rng = np.random.default_rng(seed)
    return np.stack([_degraded(image, rng) for image in dataset.images]), dataset.labels


def _degraded(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    while True:
        try:
            return preprocess_drawing(degrade(image, rng))
        except BlankDrawingError:
            continue


def degrade(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Do one thing to the image at random; a tiny capture comes out smaller than it was."""
    way = rng.choice(len(_WAYS), p=np.array(list(_WAYS.values())) / sum(_WAYS.values()))
    changed = list(_WAYS)[way](image.astype(np.float32) / 255, rng)
    return np.rint(np.clip(changed, 0, 1) * 255).astype(np.uint8)


def _shrink(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A capture of 7 to 18 pixels, cropped to the digit or with room around it.

    Some are stretched towards a square, as forms are read by machines that keep no proportions,
    and some have been black and white before.
    """
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    middle = np.array([columns[[0, -1]].mean(), rows[[0, -1]].mean()]) + 0.5 + SIDE
    half = np.array([np.ptp(columns), np.ptp(rows)]) / 2 + 0.5
    stretch = rng.uniform(0, 0.85) if rng.random() < 0.5 else 0.0
    half = half.max() * (half / half.max()) ** stretch + rng.choice([0.0, rng.uniform(0, 3)])
    side = int(rng.integers(7, 19))
    padded = np.pad(image, SIDE)
    if rng.random() < 0.4:
        padded = (padded > rng.uniform(0.3, 0.6)).astype(np.float32)
    small = Image.fromarray(padded).resize(
        (side, side), Image.Resampling.BOX, box=(*(middle - half), *(middle + half))
    )
    # Eight pixels at least, for a smaller image isn't read.
    room = max(0, 8 - side)
    levels = rng.choice([4, 16, 255])
    return np.pad(np.rint(np.asarray(small) * levels) / levels, (0, room))


def _blur(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return ndimage.gaussian_filter(image, rng.uniform(0.5, 1.6, 2))


def _add_noise(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.5:
        return image + rng.normal(0, rng.uniform(0.05, 0.25), image.shape)
    struck = rng.random(image.shape)
    share = rng.uniform(0.01, 0.05)
    return np.where(struck < share, 0.0, np.where(struck > 1 - share, 1.0, image))


def _cross_with_lines(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A thin line or two over all of the image: straight, dashed or bent."""
    sheet = Image.new("L", (SIDE * 4, SIDE * 4))
    draw = ImageDraw.Draw(sheet)
    for _ in range(rng.integers(1, 3)):
        count = int(rng.integers(2, 16))
        x = np.linspace(-2, SIDE + 2, count)
        left, right = rng.uniform(0, SIDE, 2)
        y = np.linspace(left, right, count) + rng.normal(0, rng.uniform(0, 2), count)
        points = np.stack([x, y] if rng.random() < 0.7 else [y, x], axis=1) * 4
        is_dashed = rng.random() < 0.4
        for index, (start, end) in enumerate(pairwise(points)):
            if not is_dashed or index % 2:
                draw.line([tuple(start), tuple(end)], fill=255, width=int(rng.integers(2, 6)))
    return np.maximum(image, np.asarray(sheet.reduce(4), np.float32) / 255)


def _outline(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The edge of the stroke alone, as some programs trace it."""
    size = int(rng.integers(2, 4))
    edge = ndimage.grey_dilation(image, size=(size, size)) - ndimage.grey_erosion(
        image, size=(2, 2)
    )
    return ndimage.gaussian_filter(edge, rng.uniform(0, 0.5)) / max(float(edge.max()), 1e-6)


def _shade(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Uneven light behind paler ink."""
    veil = ndimage.gaussian_filter(rng.random((SIDE, SIDE)), rng.uniform(2, 8), mode="wrap")
    veil = (veil - veil.min()) / max(float(np.ptp(veil)), 1e-6)
    depth = rng.uniform(0.1, 0.45)
    return image * (1 - depth) + veil * depth


def _invert_band(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A band from edge to edge in which ink and ground have changed places."""
    banded = image.copy()
    start, width = int(rng.integers(0, SIDE - 2)), int(rng.integers(1, 5))
    side = banded if rng.random() < 0.5 else banded.T
    side[:, start : start + width] = 1 - side[:, start : start + width]
    return banded


def _cut(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One to three of the digit's pixels lost at one side, so that it touches the edge there."""
    turns = int(rng.integers(4))
    turned = np.rot90(image, turns)
    first = int(np.flatnonzero(turned.any(axis=1))[0])
    return np.rot90(turned[first + int(rng.integers(1, 4)) :], -turns)


_WAYS: dict[Callable[[np.ndarray, np.random.Generator], np.ndarray], float] = {
    _shrink: 0.35,
    _blur: 0.15,
    _cut: 0.1,
    _add_noise: 0.1,
    _cross_with_lines: 0.15,
    _outline: 0.12,
    _shade: 0.1,
    _invert_band: 0.1,
}
