"""The Keras runtime of the row network: reads one line, of any width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.architectures.row_cnn import NUM_SYMBOLS
from sketchdigits.prediction import check_finite

if TYPE_CHECKING:
    import keras


class KerasRowRuntime:
    """Runs a row network's Keras model. It may be shared between threads."""

    def __init__(self, model: keras.Model) -> None:
        """Wrap a model that maps `(batch, 32, width, 1)` 0-255 to `(batch, 1, steps, 24)`."""
        self._model = model
        # Lines have many widths, and XLA compiles once for each; on a CPU that gains nothing.
        model.jit_compile = False

    def __reduce__(self) -> tuple[type[KerasRowRuntime], tuple[keras.Model]]:
        """Pickle the Keras model alone: the rest is made from it."""
        return KerasRowRuntime, (self._model,)

    def logits(self, line: np.ndarray) -> np.ndarray:
        """`(32, width) uint8, 0-255, ink bright` -> `(steps, 12) float32`; see `RowRuntime`.

        Raises:
            ModelPackageError: a logit is NaN or infinite.
        """
        found = self._model.predict_on_batch(line[None, ..., None])
        logits = np.asarray(found, np.float32).reshape(-1, NUM_SYMBOLS)
        check_finite(logits)
        return logits
