"""What the LiteRT files of our architectures look like, for `sketchdigits.package.litert_layout`.

python -m train layouts
"""

from __future__ import annotations

import keras
import numpy as np

from sketchdigits.architectures import ARCHITECTURES
from sketchdigits.package.litert_export import export_litert, layout_of
from sketchdigits.package.litert_layout import Layout


def measure_layouts(seed: int = 0) -> dict[str, Layout]:
    """The layout of every architecture, by name."""
    return {
        name: layout_of(export_litert(with_random_weights(build(), seed)))
        for name, build in ARCHITECTURES.items()
    }


def with_random_weights(network: keras.Model, seed: int) -> keras.Model:
    """`network`, no two of its weights alike: an untrained one's are, and are stored once."""
    generator = np.random.default_rng(seed)
    network.set_weights(
        [generator.uniform(0.01, 0.1, weights.shape) for weights in network.get_weights()]
    )
    return network
