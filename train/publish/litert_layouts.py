"""Measure the layout of each architecture's LiteRT file, for `sketchdigits.package.litert_layout`.

python -m train layouts
"""

from __future__ import annotations

import keras
import numpy as np

from sketchdigits.architectures import ARCHITECTURES, ROW_ARCHITECTURES
from sketchdigits.package.litert_export import export_litert, layout_of
from sketchdigits.package.litert_layout import Layout


def measure_layouts(seed: int = 0) -> dict[str, Layout]:
    """Convert every architecture to LiteRT and return the layouts by name."""
    return {
        name: layout_of(export_litert(with_random_weights(build(), seed)))
        for name, build in {**ARCHITECTURES, **ROW_ARCHITECTURES}.items()
    }


def with_random_weights(network: keras.Model, seed: int) -> keras.Model:
    """Give `network` weights that all differ, and return it.

    LiteRT stores equal arrays only once, and the arrays of an untrained network are often equal.
    """
    generator = np.random.default_rng(seed)
    network.set_weights(
        [generator.uniform(0.01, 0.1, weights.shape) for weights in network.get_weights()]
    )
    return network
