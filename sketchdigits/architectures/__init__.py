"""Architectures by name. Training builds from here; a model package is rebuilt from here by name.

They live in the inference package, and not beside the training code, because a package from the
Hub is rebuilt from one of these functions and its weights: nobody's `config.json` is executed.
"""

from collections.abc import Callable

import keras

from sketchdigits.architectures.sketch_cnn import build_sketch_cnn
from sketchdigits.architectures.tutorials import (
    build_askpython_cnn,
    build_joy2469_cnn,
    build_mlp_256_128,
    build_mlp_512,
    build_tf_cnn,
)

NUM_CLASSES = 10

ARCHITECTURES: dict[str, Callable[[], keras.Model]] = {
    "sketch-cnn": build_sketch_cnn,
    "askpython-cnn": build_askpython_cnn,
    "mlp-256-128": build_mlp_256_128,
    "mlp-512": build_mlp_512,
    "joy2469-cnn": build_joy2469_cnn,
    "tf-cnn": build_tf_cnn,
}
"""Name -> builder of an untrained model: `(batch, 28, 28, 1)` 0-255 -> `(batch, 10)` softmax.

Each has a dense layer `logits`, which calibration divides, before its softmax. The first is ours;
the others are those of five tutorials.
"""
