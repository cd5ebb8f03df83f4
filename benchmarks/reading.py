"""One image, many images, and memory, without TensorFlow."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.timing import fastest, resident_megabytes
from sketchdigits import DigitClassifier
from sketchdigits.preprocessing.decode import read_image

DRAWING = Path(__file__).parent.parent / "tests" / "golden" / "black-on-white.drawing.png"
MANY = 10_000


def main(package: str) -> None:
    """Print what was measured, as JSON; seconds and megabytes."""
    classifier = DigitClassifier.from_pretrained(package, runtime="litert")
    drawing = as_rgba(read_image(DRAWING))
    seen = classifier.predict(drawing).image
    batch = np.repeat(seen[None], MANY, axis=0)
    forward = fastest(lambda: classifier._runtime.logits(seen[None]))

    def one_of_many(read: Callable[[np.ndarray], object]) -> float:
        return fastest(lambda: read(batch), repeats=5, seconds=10) / MANY

    found = {
        "forward": forward,
        "forward_of_many": min(forward, one_of_many(classifier._runtime.logits)),
        "predict": fastest(lambda: classifier.predict(drawing)),
        "predict_batch": one_of_many(classifier.predict_batch),
        "predict_preprocessed": one_of_many(classifier.predict_preprocessed),
    }
    before = resident_megabytes()
    for _ in range(MANY):
        classifier.predict(seen)
    found |= {"resident": resident_megabytes(), "risen": resident_megabytes() - before}
    print(json.dumps(found))


def as_rgba(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, 1) uint8` -> `(400, 400, 4)`, opaque, as a canvas gives it."""
    side = 400
    rows, columns = (np.arange(side) * length // side for length in pixels.shape[:2])
    grey = pixels[rows][:, columns, :1]
    channels = [grey, grey, grey, np.full_like(grey, 255)]
    return np.ascontiguousarray(np.concatenate(channels, axis=2))


if __name__ == "__main__":
    main(sys.argv[1])
