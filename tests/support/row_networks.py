"""A row network with random weights, and packages that have one.

Its logits are small, and depend on the line and on every weight.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from sketchdigits.package.files import ROW_WEIGHTS_FILE
from sketchdigits.package.row_network import RowFiles, make_row_files, write_row_files
from tests.support.package_copies import copy_package


def random_row_weights(seed: int) -> bytes:
    """The content of `row.weights.h5`: random weights that all differ."""
    from sketchdigits.architectures.row_cnn import build_row_cnn

    network = build_row_cnn()
    generator = np.random.default_rng(seed)
    weights = []
    for each in network.get_weights():
        if each.ndim > 1:  # a kernel
            weights.append(generator.normal(0, each[..., 0].size ** -0.5, each.shape))
        else:
            weights.append(generator.uniform(0.5, 1.5, each.shape))
    network.set_weights(weights)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ROW_WEIGHTS_FILE
        network.save_weights(path)
        return path.read_bytes()


@cache
def random_row_files(seed: int = 0) -> RowFiles:
    """The files of a row network with random weights; the same for the same seed."""
    return make_row_files(random_row_weights(seed), "the run")


def make_row_package(folder: Path, *runtimes: str) -> Path:
    """Copy the default package to a new folder, with a random row network; return the folder."""
    write_row_files(copy_package(folder, *runtimes), random_row_files())
    return folder
