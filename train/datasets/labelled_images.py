"""Datasets of images with labels, and their splits.

Enters: MNIST (a local `.npz`, or downloaded by Keras) or scikit-learn's digits (no download).
Leaves: `LabelledImages`. Pen strokes are read by `pendigits.py`.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from train.errors import DatasetError

DATASET_NAMES = ("mnist", "pendigits", "digits", "drawn-digits", "omniglot", "drawn-non-digits")
# The label, in training alone, of what is no digit.
NON_DIGIT = 10
MNIST_VARIABLE = "SKETCHDIGITS_MNIST"
MNIST_VALIDATION_SIZE = 5_000
# The split is part of the protocol, not of a run: every run and every seed shares it.
SPLIT_SEED = 0

_MNIST_SHAPES = {
    "x_train": (60_000, 28, 28),
    "y_train": (60_000,),
    "x_test": (10_000, 28, 28),
    "y_test": (10_000,),
}
_MNIST_ADVICE = (
    f"Give the path with --mnist or {MNIST_VARIABLE}, or leave both out to let Keras download it "
    "from https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
)


@dataclass(frozen=True)
class LabelledImages:
    """Images with their digits.

    Attributes:
        images: `(n, height, width) uint8, 0-255`, ink bright.
        labels: `(n,) int64`, 0-9; in training also `NON_DIGIT`.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: np.ndarray | slice) -> LabelledImages:
        return LabelledImages(self.images[index], self.labels[index])

    def __add__(self, other: LabelledImages) -> LabelledImages:
        return LabelledImages(
            np.concatenate([self.images, other.images]),
            np.concatenate([self.labels, other.labels]),
        )


@dataclass(frozen=True)
class Splits:
    """One dataset, divided. `test` is for `evaluate` alone."""

    train: LabelledImages
    validation: LabelledImages
    test: LabelledImages


def load_mnist(path: str | os.PathLike[str] | None = None) -> Splits:
    """MNIST: 55,000 training, 5,000 validation (stratified) and 10,000 test images, 28x28.

    `path` is an `.npz` with Keras's keys; without it `SKETCHDIGITS_MNIST` is looked at, and then
    Keras downloads the archive.

    Raises:
        DatasetError: the file is missing, damaged, or is not MNIST.
    """
    path = path or os.environ.get(MNIST_VARIABLE)
    arrays = _read_mnist(Path(path)) if path else _download_mnist()
    everything = LabelledImages(arrays["x_train"], arrays["y_train"].astype(np.int64))
    train, validation = split_validation(everything, MNIST_VALIDATION_SIZE)
    return Splits(
        train, validation, LabelledImages(arrays["x_test"], arrays["y_test"].astype(np.int64))
    )


def load_sklearn_digits() -> Splits:
    """scikit-learn's 1,797 real digits, 8x8, as `(n, 8, 8) uint8, 0-255`: 1,197/300/300.

    They come with the package: for tests and for a first try, not for a model worth keeping.
    """
    bunch = load_digits()
    images = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    everything = LabelledImages(images, bunch.target.astype(np.int64))
    rest, test = split_validation(everything, 300)
    train, validation = split_validation(rest, 300)
    return Splits(train, validation, test)


def split_validation(
    dataset: LabelledImages, size: int, seed: int = SPLIT_SEED
) -> tuple[LabelledImages, LabelledImages]:
    """Divide into `(train, validation)`, `size` images in the latter, every digit in proportion."""
    train, validation = train_test_split(
        np.arange(len(dataset)), test_size=size, stratify=dataset.labels, random_state=seed
    )
    return dataset[np.sort(train)], dataset[np.sort(validation)]


def _read_mnist(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise DatasetError(f"No MNIST file at {path}. {_MNIST_ADVICE}")
    try:
        # Opened here, and not by NumPy, which leaves a damaged file open.
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in _MNIST_SHAPES}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetError(
            f"{path} is damaged or is not MNIST ({error}). Expected a NumPy archive with "
            f"{', '.join(_MNIST_SHAPES)}. {_MNIST_ADVICE}"
        ) from error
    for key, shape in _MNIST_SHAPES.items():
        if arrays[key].shape != shape or arrays[key].dtype != np.uint8:
            raise DatasetError(
                f"{path} is not MNIST: expected {key} of shape {shape}, uint8. "
                f"Received: shape={arrays[key].shape}, dtype={arrays[key].dtype}. {_MNIST_ADVICE}"
            )
    return arrays


def _download_mnist() -> dict[str, np.ndarray]:
    import keras  # heavy, and needed only here

    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises bare Exceptions for a failed download
        raise DatasetError(f"MNIST could not be downloaded ({error}). {_MNIST_ADVICE}") from error
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
