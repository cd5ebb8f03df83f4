"""The networks by name: training builds them, and loading rebuilds a package's network.

sketch_cnn.py         our own
tutorials.py          the networks of five tutorials, for comparison
row_cnn.py            our own for whole lines of digits
litert_layouts.json   the layout of their LiteRT files; see `package/litert_layout.py`

They are part of the inference package because a package from the Hub is rebuilt from one of these
functions and the weights; its `config.json` is never run. Keras is imported when one is built.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sketchdigits.architectures.row_cnn import build_row_cnn
from sketchdigits.architectures.sketch_cnn import build_sketch_cnn
from sketchdigits.architectures.tutorials import (
    build_askpython_cnn,
    build_joy2469_cnn,
    build_mlp_256_128,
    build_mlp_512,
    build_tf_cnn,
)

if TYPE_CHECKING:
    import keras

NUM_CLASSES = 10
DEFAULT_ARCHITECTURE = "sketch-cnn"
"""The architecture of the package in `model/`, and of commands that name none."""

ARCHITECTURES: dict[str, Callable[[], keras.Model]] = {
    DEFAULT_ARCHITECTURE: build_sketch_cnn,
    "askpython-cnn": build_askpython_cnn,
    "mlp-256-128": build_mlp_256_128,
    "mlp-512": build_mlp_512,
    "joy2469-cnn": build_joy2469_cnn,
    "tf-cnn": build_tf_cnn,
}
"""Name -> builder of an untrained model: `(batch, 28, 28, 1)` 0-255 -> `(batch, 10)` softmax.

Each model has a dense layer `logits` before its softmax; calibration divides that layer's weights.
"""

ROW_ARCHITECTURE = "row-cnn"
"""The architecture of a package's row network, which reads a line at once."""

ROW_ARCHITECTURES: dict[str, Callable[[], keras.Model]] = {ROW_ARCHITECTURE: build_row_cnn}
"""Name -> builder of an untrained row network: see `row_cnn.py`."""
