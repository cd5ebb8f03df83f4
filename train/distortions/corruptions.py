"""Corruptions of MNIST's images, in the spirit of MNIST-C, for `evaluate`.

Enters and leaves: `(28, 28) uint8, 0-255`, ink bright. The kinds follow Mu, Gilmer 2019, "MNIST-C:
A Robustness Benchmark for Computer Vision"; the code is our own, with one strength each.

To add a corruption, write a function like those below and add it to `CORRUPTIONS`. The other
corruptions still give the same images, but the mean accuracy over all of them is then no longer
comparable with earlier runs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from sketchdigits import BlankDrawingError, preprocess_drawing
from sketchdigits.preprocessing.pipeline import IMAGE_SIZE
from train.datasets.labelled_images import LabelledImages
from train.rendering.digits import CHUNK, render_chunks


def corrupt(name: str, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Apply one corruption to `(28, 28) uint8`, ink bright. Returns the same shape and dtype."""
    corrupted = CORRUPTIONS[name](image.astype(np.float64) / 255, rng)
    return np.rint(np.clip(corrupted, 0, 1) * 255).astype(np.uint8)


def corrupt_images(
    dataset: LabelledImages, seed: int, *, show_progress: bool = True
) -> dict[str, LabelledImages]:
    """Apply every corruption to every `(28, 28)` image, then `preprocess_drawing`.

    Returns one dataset per name in `CORRUPTIONS`. Seeded: the same arguments give the same images.
    """
    jobs = [
        (name, dataset[start : start + CHUNK], (seed, start))
        for name in CORRUPTIONS
        for start in range(0, len(dataset), CHUNK)
    ]
    corrupted = render_chunks(_corrupted_chunk, jobs, "corrupting images", show_progress)
    count = len(dataset)
    return {
        name: corrupted[slice(index * count, (index + 1) * count)]
        for index, name in enumerate(CORRUPTIONS)
    }


def _corrupted_chunk(job) -> tuple[np.ndarray, np.ndarray]:
    name, dataset, seed = job
    rng = np.random.default_rng(seed)
    images = [_preprocess(corrupt(name, image, rng)) for image in dataset.images]
    return np.stack(images), dataset.labels


def _preprocess(image: np.ndarray) -> np.ndarray:
    """`preprocess_drawing`, but a black image if the corruption left no ink."""
    try:
        return preprocess_drawing(image)
    except BlankDrawingError:
        return np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)


def _shot_noise(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.poisson(image * 12) / 12


def _impulse_noise(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    draw = rng.random(image.shape)
    return np.where(draw < 0.03, 0.0, np.where(draw > 0.97, 1.0, image))


def _glass_blur(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    grid = np.indices(image.shape) + rng.normal(0, 0.7, (2, IMAGE_SIZE, IMAGE_SIZE))
    return ndimage.gaussian_filter(ndimage.map_coordinates(image, grid, order=1), 0.6)


def _motion_blur(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0, np.pi)
    shifts = np.linspace(-2.5, 2.5, 11)
    moved = [
        ndimage.shift(image, (shift * np.sin(angle), shift * np.cos(angle)), order=1)
        for shift in shifts
    ]
    return np.mean(moved, axis=0)


def _affine(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    centre = np.full(2, (IMAGE_SIZE - 1) / 2)
    return ndimage.affine_transform(image, matrix, centre - matrix @ centre, order=1)


def _shear(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _affine(image, np.array([[1, 0], [rng.choice([-1, 1]) * 0.4, 1]]))


def _scale(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _affine(image, np.diag(rng.uniform(1.4, 1.8, 2)))


def _rotate(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    angle = np.deg2rad(rng.choice([-1, 1]) * rng.uniform(15, 25))
    cos, sin = np.cos(angle), np.sin(angle)
    return _affine(image, np.array([[cos, -sin], [sin, cos]]))


def _brightness(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return image * 0.6 + rng.uniform(0.2, 0.4)


def _translate(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return ndimage.shift(image, rng.uniform(-4, 4, 2), order=1)


def _stripe(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    striped = image.copy()
    left = int(rng.choice([5, 21]))
    striped[:, left : left + 2] = 1 - striped[:, left : left + 2]
    return striped


def _fog(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    veil = ndimage.gaussian_filter(rng.random((IMAGE_SIZE, IMAGE_SIZE)), 5, mode="wrap")
    veil = (veil - veil.min()) / np.ptp(veil)
    return image * 0.65 + veil * 0.35


def _spatter(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    drops = ndimage.gaussian_filter(rng.normal(0, 1, (IMAGE_SIZE, IMAGE_SIZE)), 1)
    return np.maximum(image, (drops > 0.62) * 0.8)


def _line(points: np.ndarray, every: int = 1) -> np.ndarray:
    """Draw a thin line through the points, or every `every`-th piece of it: `(28, 28)`, 0-1."""
    sheet = Image.new("L", (IMAGE_SIZE * 4, IMAGE_SIZE * 4))
    draw = ImageDraw.Draw(sheet)
    pieces = list(zip(points[:-1] * 4, points[1:] * 4, strict=True))
    for start, end in pieces[::every]:
        draw.line([tuple(start), tuple(end)], fill=255, width=4)
    return np.asarray(sheet.reduce(4)) / 255


def _dotted_line(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x = np.arange(0.0, IMAGE_SIZE + 1, 2)
    left, right = rng.uniform(2, IMAGE_SIZE - 2, 2)
    y = np.linspace(left, right, len(x))
    return np.maximum(image, _line(np.stack([x, y], axis=1), every=2))


def _zigzag(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x = np.arange(0.0, IMAGE_SIZE + 1, 2)
    teeth = np.where(np.arange(len(x)) % 2, 1.5, -1.5)
    left, right = rng.uniform(4, IMAGE_SIZE - 4, 2)
    y = np.linspace(left, right, len(x)) + teeth
    return np.maximum(image, _line(np.stack([x, y], axis=1)))


def _edges(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    gradient = ndimage.gaussian_gradient_magnitude(image, 0.7)
    return np.where(gradient > 0.25, 1.0, 0.0)


# Name in reports -> function. Each takes and returns `(28, 28) float64, 0-1`, ink bright; `corrupt`
# clips the result to 0-1.
CORRUPTIONS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "shot noise": _shot_noise,
    "impulse noise": _impulse_noise,
    "glass blur": _glass_blur,
    "motion blur": _motion_blur,
    "shear": _shear,
    "scale": _scale,
    "rotate": _rotate,
    "brightness": _brightness,
    "translate": _translate,
    "stripe": _stripe,
    "fog": _fog,
    "spatter": _spatter,
    "dotted line": _dotted_line,
    "zigzag": _zigzag,
    "edges": _edges,
}
