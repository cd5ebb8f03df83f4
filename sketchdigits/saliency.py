"""Saliency: how much each part of the 28x28 image speaks for or against the answer.

Enters: a prediction with its `(28, 28) uint8` image. Leaves: `(28, 28) float32, -1 to 1`.

The method is occlusion (Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional
Networks", arXiv 1311.2901): a patch of the image is erased, and the change of the answer's log-odds
is measured. It needs no gradient, so it works with every runtime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.prediction import Prediction

if TYPE_CHECKING:
    from sketchdigits.classifier import DigitClassifier

# Pixels: the side of the erased patch, and the distance from one patch to the next.
PATCH_SIZE = 5
STRIDE = 2


def occlusion_saliency(classifier: DigitClassifier, prediction: Prediction) -> np.ndarray:
    """Compute the saliency of `prediction.label`, with one batch of 144 images.

    Returns:
        `(28, 28) float32, -1 to 1`: positive where erasing the ink makes the answer less likely.
        The largest magnitude is 1, or 0 if no patch changes the answer.
    """
    side = len(prediction.image)
    corners = [
        (top, left)
        for top in range(0, side - PATCH_SIZE + 1, STRIDE)
        for left in range(0, side - PATCH_SIZE + 1, STRIDE)
    ]
    occluded = np.repeat(prediction.image[None], len(corners), axis=0)
    for image, (top, left) in zip(occluded, corners, strict=True):
        image[top : top + PATCH_SIZE, left : left + PATCH_SIZE] = 0
    answers = classifier.predict_preprocessed(occluded)
    probabilities = np.stack([answer.probabilities for answer in answers])
    loss = _log_odds(prediction.probabilities[prediction.label]) - _log_odds(
        probabilities[:, prediction.label]
    )
    total, count = np.zeros((side, side)), np.zeros((side, side))
    for (top, left), value in zip(corners, loss, strict=True):
        patch = np.s_[top : top + PATCH_SIZE, left : left + PATCH_SIZE]
        total[patch] += value
        count[patch] += 1
    saliency = total / np.maximum(count, 1)
    return (saliency / max(np.abs(saliency).max(), 1e-6)).astype(np.float32)


def _log_odds(probability: np.ndarray) -> np.ndarray:
    """Log-odds in nats: unlike probabilities, they differ clearly for 0.99 and 0.9999."""
    bounded = np.clip(np.asarray(probability, np.float64), 1e-7, 1 - 1e-7)
    return np.log(bounded / (1 - bounded))
