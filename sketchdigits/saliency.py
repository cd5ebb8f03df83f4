"""Why an answer: what each part of the 28x28 says for it or against it.

By occlusion (Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks",
arXiv 1311.2901): a patch of ink is wiped away, and the answer's odds are watched. It needs no
gradient, and so whatever runs the network can do it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.prediction import Prediction

if TYPE_CHECKING:
    from sketchdigits.classifier import DigitClassifier

PATCH = 5
STRIDE = 2


def occlusion_saliency(classifier: DigitClassifier, prediction: Prediction) -> np.ndarray:
    """`(28, 28) float32, -1 to 1`: above 0 where wiping the ink makes the answer less likely.

    The largest magnitude is 1, unless nothing matters at all. One batch of 144 images.
    """
    side = len(prediction.image)
    corners = [
        (top, left)
        for top in range(0, side - PATCH + 1, STRIDE)
        for left in range(0, side - PATCH + 1, STRIDE)
    ]
    wiped = np.repeat(prediction.image[None], len(corners), axis=0)
    for image, (top, left) in zip(wiped, corners, strict=True):
        image[top : top + PATCH, left : left + PATCH] = 0
    answers = classifier.predict_preprocessed(wiped)
    probabilities = np.stack([answer.probabilities for answer in answers])
    loss = _log_odds(prediction.probabilities[prediction.label]) - _log_odds(
        probabilities[:, prediction.label]
    )
    total, cover = np.zeros((side, side)), np.zeros((side, side))
    for (top, left), value in zip(corners, loss, strict=True):
        patch = np.s_[top : top + PATCH, left : left + PATCH]
        total[patch] += value
        cover[patch] += 1
    saliency = total / np.maximum(cover, 1)
    return (saliency / max(np.abs(saliency).max(), 1e-6)).astype(np.float32)


def _log_odds(probability: np.ndarray) -> np.ndarray:
    """Of a probability, in nats: unlike it, they also tell 0.99 from 0.9999."""
    bounded = np.clip(np.asarray(probability, np.float64), 1e-7, 1 - 1e-7)
    return np.log(bounded / (1 - bounded))
