"""The Keras runtime: runs a Keras model in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from sketchdigits.errors import ModelPackageError
from sketchdigits.prediction import softmax

if TYPE_CHECKING:
    import keras

BATCH_SIZE = 256


class KerasRuntime:
    """Runs a Keras model. It may be shared between threads.

    Attributes:
        model: the Keras model; the logits change when it is trained.
    """

    name: Literal["keras"] = "keras"

    def __init__(self, model: keras.Model) -> None:
        """Wrap a model that maps `(batch, 28, 28, 1)` 0-255 to `(batch, 10)` probabilities.

        Raises:
            ModelPackageError: `model` has no layer "logits", or its output is not the softmax of
                that layer's ten outputs.
        """
        import keras  # here, so that importing this module is light

        try:
            layer = model.get_layer("logits")
        except ValueError as error:
            raise ModelPackageError(
                'The network has no layer "logits". Give that name to its last dense layer, the '
                "one before the softmax."
            ) from error
        self.model = model
        self._with_logits = keras.Model(model.inputs, [layer.output, *model.outputs])
        # XLA compiles once for each batch size; on a CPU that gains nothing.
        self._with_logits.jit_compile = False
        # The first call traces the graph: do it now, not during the first user's request.
        image = np.zeros((1, *model.input_shape[1:]), np.float32)
        logits, answer = self._with_logits.predict_on_batch(image)
        if answer.shape != (1, 10) or not np.allclose(answer, softmax(logits), atol=1e-4):
            raise ModelPackageError(
                'Expected a network whose output is the softmax of the layer "logits", with ten '
                f"values. Received: shape={answer.shape}, sum={answer.sum():g}"
            )

    def __reduce__(self) -> tuple[type[KerasRuntime], tuple[keras.Model]]:
        """Pickle the Keras model alone: the rest is made from it."""
        return KerasRuntime, (self.model,)

    def logits(self, images: np.ndarray) -> np.ndarray:
        """`(n, 28, 28) uint8, 0-255, ink bright` -> `(n, 10) float32` logits."""
        batches = [
            self._with_logits.predict_on_batch(images[start : start + BATCH_SIZE, ..., None])[0]
            for start in range(0, len(images), BATCH_SIZE)
        ]
        return np.concatenate([np.asarray(batch, np.float32) for batch in batches])
