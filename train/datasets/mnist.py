"""MNIST: 28x28 images of digits (Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0).

Takes the path of an `.npz` file with the keys of `keras.datasets.mnist`; without one, Keras
downloads the file. Returns `Splits`.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from train.datasets.dataset import Dataset, DatasetFile
from train.datasets.labelled_images import LabelledImages, Splits, split_validation
from train.errors import DatasetError

VALIDATION_SIZE = 5_000
FILE = DatasetFile(
    "NPZ",
    "SKETCHDIGITS_MNIST",
    "MNIST as an .npz file; default: ${variable}, or Keras downloads it",
)

_SHAPES = {
    "x_train": (60_000, 28, 28),
    "y_train": (60_000,),
    "x_test": (10_000, 28, 28),
    "y_test": (10_000,),
}
_ADVICE = (
    f"Give the path with --mnist or {FILE.variable}, or give neither: then Keras downloads it from "
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
)


def load_mnist(path: Path | None = None) -> Splits:
    """Load MNIST: 55,000 training, 5,000 validation (stratified) and 10,000 test images, 28x28.

    Args:
        path: an `.npz` file with Keras's keys. None: Keras downloads the file.

    Raises:
        DatasetError: the file is missing, damaged, or is not MNIST.
    """
    arrays = _read_file(path) if path else _download()
    everything = LabelledImages(arrays["x_train"], arrays["y_train"].astype(np.int64))
    train, validation = split_validation(everything, VALIDATION_SIZE)
    test = LabelledImages(arrays["x_test"], arrays["y_test"].astype(np.int64))
    return Splits(train, validation, test)


def _read_file(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise DatasetError(f"No MNIST file at {path}. {_ADVICE}")
    try:
        # NumPy leaves a damaged file open if it opens the file itself.
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in _SHAPES}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetError(
            f"{path} is damaged or is not MNIST ({error}). Expected a NumPy archive with "
            f"{', '.join(_SHAPES)}. {_ADVICE}"
        ) from error
    for key, shape in _SHAPES.items():
        if arrays[key].shape != shape or arrays[key].dtype != np.uint8:
            raise DatasetError(
                f"{path} is not MNIST: expected {key} of shape {shape}, uint8. "
                f"Received: shape={arrays[key].shape}, dtype={arrays[key].dtype}. {_ADVICE}"
            )
    return arrays


def _download() -> dict[str, np.ndarray]:
    import keras  # heavy: TensorFlow

    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises bare Exceptions for a failed download
        raise DatasetError(f"MNIST could not be downloaded ({error}). {_ADVICE}") from error
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


MNIST = Dataset("mnist", load_mnist, FILE)
