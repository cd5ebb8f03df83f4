"""A network's answers for a test set. Each set is predicted once, for all scores and figures.

Takes a network and labelled images. Returns `Answers`: probabilities for the accuracy, and logits
for the digit score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np

from train.datasets.labelled_images import LabelledImages
from train.fit.prediction import predict


@dataclass(frozen=True)
class Answers:
    """What a network answers for the images of one test set.

    Attributes:
        logits: `(n, 10) float32`.
        probabilities: `(n, 10) float32`, their softmax.
    """

    logits: np.ndarray
    probabilities: np.ndarray


def with_logits(model: keras.Model) -> keras.Model:
    """Return a model with two outputs, the layer `logits` and the probabilities.

    The weights are shared, and the two outputs cost no more than one.
    """
    network = keras.Model(model.inputs, [model.get_layer("logits").output, model.layers[-1].output])
    network.jit_compile = False  # as `load_network` sets it: the same answers with and without GPU
    return network


def answer_all(network: keras.Model, datasets: Mapping[str, LabelledImages]) -> dict[str, Answers]:
    """Predict the images of each dataset, `(n, 28, 28) uint8`, by name.

    `network` is the result of `with_logits`.
    """
    return {name: Answers(*predict(network, images.images)) for name, images in datasets.items()}
