"""A Keras network's logits, in batches, from any thread."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from sketchdigits.errors import ModelPackageError
from sketchdigits.prediction import softmax

BATCH_SIZE = 256


def keras_logits(network: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """`(n, 28, 28) uint8, 0-255` -> `(n, 10) float32`, by the layer that the softmax follows.

    Raises:
        ModelPackageError: `network` has no layer "logits", or its ten probabilities aren't their
            softmax.
    """
    try:
        logits = network.get_layer("logits").output
    except ValueError as error:
        raise ModelPackageError(
            'The network has no layer "logits", which its softmax follows. Name its last dense '
            "layer so."
        ) from error
    reader = keras.Model(network.inputs, [logits, *network.outputs])
    # XLA would compile anew for every batch size; on a CPU it gains nothing.
    reader.jit_compile = False
    # The first call traces the graph: here, not under the first user's drawing.
    shown, answer = reader.predict_on_batch(np.zeros((1, *network.input_shape[1:]), np.float32))
    if answer.shape != (1, 10) or not np.allclose(answer, softmax(shown), atol=1e-4):
        raise ModelPackageError(
            'The network doesn\'t answer with the softmax of ten "logits". '
            f"Received: shape={answer.shape}, sum={answer.sum():g}"
        )

    def read(images: np.ndarray) -> np.ndarray:
        batches = [
            reader.predict_on_batch(images[start : start + BATCH_SIZE, ..., None])[0]
            for start in range(0, len(images), BATCH_SIZE)
        ]
        return np.concatenate([np.asarray(batch, np.float32) for batch in batches])

    return read
