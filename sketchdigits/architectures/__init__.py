"""Architectures by name. Training builds from here; a model package is rebuilt from here by name.

They live in the inference package, and not beside the training code, because a package from the
Hub is rebuilt from one of these functions and its weights: nobody's `config.json` is executed.
"""

from collections.abc import Callable

import keras

from sketchdigits.architectures.sketch_cnn import build_sketch_cnn

NUM_CLASSES = 10

ARCHITECTURES: dict[str, Callable[[], keras.Model]] = {
    "sketch-cnn": build_sketch_cnn,
}
"""Name -> builder of an untrained model: `(batch, 28, 28, 1)` 0-255 -> `(batch, 10)` softmax."""
