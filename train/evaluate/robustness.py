"""Robustness: accuracy on corrupted images, and answers for one drawing on many canvases.

Takes a network, MNIST's images and pen digits. Returns `metrics["corruptions"]` and
`metrics["consistency"]`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sketchdigits import preprocess_drawing
from train.datasets.labelled_images import LabelledImages
from train.datasets.pendigits import PenDigit
from train.distortions.canvas_damage import DAMAGES, read_damaged
from train.fit.intervals import wilson_interval
from train.fit.prediction import predict
from train.rendering.canvas import CanvasStyle
from train.rendering.digits import render_evaluation_drawings

REFERENCE_CANVAS = "280 px, black on white"
# Canvases of other sizes, and of other polarities and colours.
SIZES_AND_POLARITIES: dict[str, CanvasStyle] = {
    "28 px, black on white": CanvasStyle(size=28),
    "100 px, black on white": CanvasStyle(size=100),
    "800 px, black on white": CanvasStyle(size=800, oversampling=2),
    "280 px, white on black": CanvasStyle(size=280, ink=(255,), background=(0,)),
    "280 px, black on transparent": CanvasStyle(
        size=280, ink=(0, 0, 0, 255), background=(255, 255, 255, 0)
    ),
    "280 px, white on transparent": CanvasStyle(
        size=280, ink=(255, 255, 255, 255), background=(0, 0, 0, 0)
    ),
    "280 px, red on blue": CanvasStyle(size=280, ink=(230, 30, 40), background=(20, 30, 120)),
}
# All canvases: also with other brushes.
SAME_DRAWING: dict[str, CanvasStyle] = {
    REFERENCE_CANVAS: CanvasStyle(size=280),
    **SIZES_AND_POLARITIES,
    "280 px, pale grey ink": CanvasStyle(size=280, ink=(190,)),
    "280 px, a soft brush": CanvasStyle(size=280, blur=0.5),
}


def score_corruptions(model: keras.Model, corrupted: dict[str, LabelledImages]) -> dict[str, Any]:
    """Return the accuracy on each corruption (see `corrupt_images`), and their mean."""
    accuracy = {
        name: float((predict(model, seen.images).argmax(axis=1) == seen.labels).mean())
        for name, seen in corrupted.items()
    }
    return {
        "n": min(map(len, corrupted.values())),
        "accuracy": accuracy,
        "mean": float(np.mean(list(accuracy.values()))),
    }


def score_consistency(model: keras.Model, digits: list[PenDigit], seed: int) -> dict[str, Any]:
    """Count the answers that differ from the answer on the reference canvas.

    Returns `flips`: the share of changed answers by canvas; `mean`: the mean of the shares; and
    `any_size_or_polarity`: the share of drawings with another answer on at least one of
    `SIZES_AND_POLARITIES`, with its 95 % interval.
    """

    def answer(images: np.ndarray) -> np.ndarray:
        return predict(model, images).argmax(axis=1)

    # The reference canvas is drawn once, and read as it is and with every damage:
    # `(n, 1 + damages, 28, 28)`.
    canvas = SAME_DRAWING[REFERENCE_CANVAS]
    read = render_evaluation_drawings(digits, canvas, seed, _read_and_damage).images
    reference = answer(read[:, 0])
    answers = {
        name: answer(render_evaluation_drawings(digits, style, seed).images)
        for name, style in SAME_DRAWING.items()
        if name != REFERENCE_CANVAS
    }
    for index, way in enumerate(DAMAGES, start=1):
        answers[f"280 px, {way}"] = answer(read[:, index])
    flipped = {name: found != reference for name, found in answers.items()}
    on_any = int(np.any([flipped[name] for name in SIZES_AND_POLARITIES], axis=0).sum())
    return {
        "n": len(digits),
        "reference": REFERENCE_CANVAS,
        "flips": {name: float(found.mean()) for name, found in flipped.items()},
        "any_size_or_polarity": {
            "share": on_any / len(digits),
            "interval_95": wilson_interval(on_any, len(digits)),
        },
        "mean": float(np.mean(list(flipped.values()))),
    }


def _read_and_damage(canvas: np.ndarray) -> np.ndarray:
    """Preprocess a canvas, and its copies with each of `DAMAGES`: `(1 + damages, 28, 28) uint8`."""
    damaged = [read_damaged(canvas, way=way) for way in DAMAGES]
    return np.stack([preprocess_drawing(canvas), *damaged])
