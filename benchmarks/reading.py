"""Measure one image, many images, and memory, with LiteRT.

Run by `python -m benchmarks`, in its own process.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.timing import fastest, resident_megabytes
from sketchdigits import DigitClassifier
from sketchdigits.preprocessing.decode import read_image

DRAWING = Path(__file__).parent.parent / "tests" / "golden" / "black-on-white.drawing.png"
NUM_IMAGES = 10_000
# Files of each size in one call of `predict_batch`.
NUM_FILES = 64


def main(package: str) -> None:
    """Print the measurements as JSON, in seconds per image and megabytes."""
    classifier = DigitClassifier.from_pretrained(package, runtime="litert")
    drawing = as_rgba(read_image(DRAWING))
    image = classifier.predict(drawing).image
    batch = np.repeat(image[None], NUM_IMAGES, axis=0)
    forward = fastest(lambda: classifier._runtime.logits(image[None]))

    def seconds_per_image(predict: Callable[[np.ndarray], object]) -> float:
        return fastest(lambda: predict(batch), repeats=5, seconds=10) / NUM_IMAGES

    measured = {
        "forward": forward,
        "forward_of_batch": min(forward, seconds_per_image(classifier._runtime.logits)),
        "predict": fastest(lambda: classifier.predict(drawing)),
        "predict_batch": seconds_per_image(classifier.predict_batch),
        "predict_preprocessed": seconds_per_image(classifier.predict_preprocessed),
    }
    files = {"png": [encode(image)] * NUM_FILES} | {
        f"scan_{side}": [encode(noisy_scan(side, seed)) for seed in range(NUM_FILES)]
        for side in (64, 128)
    }
    for name, encoded in files.items():
        seconds = fastest(partial(classifier.predict_batch, encoded), repeats=20, seconds=6)
        measured[name] = seconds / NUM_FILES
    before = resident_megabytes()
    for _ in range(NUM_IMAGES):
        classifier.predict(image)
    resident = resident_megabytes()
    measured |= {"resident": resident, "memory_growth": resident - before}
    print(json.dumps(measured))


def as_rgba(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, 1) uint8` -> `(400, 400, 4) uint8`, opaque, like a drawing of the page."""
    side = 400
    rows, columns = (np.arange(side) * length // side for length in pixels.shape[:2])
    grey = pixels[rows][:, columns, :1]
    channels = [grey, grey, grey, np.full_like(grey, 255)]
    return np.ascontiguousarray(np.concatenate(channels, axis=2))


def noisy_scan(side: int, seed: int) -> np.ndarray:
    """The drawing as a scan in uneven light, with noise: `(side, side) uint8`."""
    rng = np.random.default_rng(seed)
    drawing = Image.fromarray(as_rgba(read_image(DRAWING))).convert("L")
    paper = np.asarray(drawing.resize((side, side), Image.Resampling.BOX)).astype(np.float32)
    rows, columns = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    light = 0.9 - 0.15 * rows - 0.2 * columns
    noisy = paper * light + rng.normal(0, 5, paper.shape)
    return np.rint(np.clip(noisy, 0, 255)).astype(np.uint8)


def encode(pixels: np.ndarray) -> bytes:
    """A PNG of `(H, W) uint8`."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


if __name__ == "__main__":
    main(sys.argv[1])
