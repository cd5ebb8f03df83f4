"""Predicts many images with a Keras model, in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """Predict `(n, 28, 28) uint8` images.

    Returns `(n, 10) float32`: probabilities, or logits if `model` ends at them.
    """
    return model.predict(images[..., None], batch_size=500, verbose=0)
