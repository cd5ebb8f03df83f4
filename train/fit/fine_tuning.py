"""Fine-tuning: start from a package's network, and keep a share of its weights at the end.

The mean of the weights before and after fine-tuning keeps what the first network read well, and is
often better than either: Wortsman et al. 2021, "Robust fine-tuning of zero-shot models", arXiv
2109.01903 (WiSE-FT). Here, on validation, it refused more foreign letters than either network, and
read more of MNIST correctly than the network after fine-tuning.

    python -m train fit --start model --run runs/fine-tuned
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from train.errors import RunError

if TYPE_CHECKING:
    import keras

# The share of the package's weights in the final network. It was chosen on validation.
DEFAULT_KEPT_SHARE = 0.2


@dataclass(frozen=True)
class FineTuningStart:
    """The network that a run starts from.

    Attributes:
        weights: of every layer, float32, in the order of `keras.Model.get_weights`.
        kept_share: 0-1, the share of these weights in the run's final network.
        description: what run.json records: the SHA-256 of the weights, and the share.
    """

    weights: Sequence[np.ndarray]
    kept_share: float
    description: dict[str, Any]


def load_start(package: Path, architecture: str, kept_share: float) -> FineTuningStart:
    """Load a package's network to start from.

    Args:
        package: the package's folder.
        architecture: of the run; the package's must be the same.
        kept_share: see `FineTuningStart`.

    Raises:
        RunError: the package has another architecture.
        ModelPackageError: the folder is no package, or it is damaged.
    """
    from sketchdigits.package.keras_files import load_network  # heavy: Keras

    network, settings = load_network(package)
    if settings.architecture != architecture:
        raise RunError(
            f"{package} holds the architecture {settings.architecture}, so it can't be the start "
            f"of {architecture}. Choose another --start, or --architecture {settings.architecture}."
        )
    weights = network.get_weights()
    digest = hashlib.sha256(b"".join(array.tobytes() for array in weights)).hexdigest()
    description = {"weights_sha256": digest, "kept_share": kept_share}
    return FineTuningStart(weights, kept_share, description)


def keep_share(network: keras.Model, start: FineTuningStart) -> None:
    """Replace the network's weights by the mean of the start's and its own, in place."""
    share = start.kept_share
    network.set_weights(
        [
            share * before + (1 - share) * after
            for before, after in zip(start.weights, network.get_weights(), strict=True)
        ]
    )
