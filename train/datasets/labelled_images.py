"""Images with labels, and splitting off a validation part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# The label of images that are not digits. Only training data has it.
NON_DIGIT = 10
# All runs use the same split, with any seed: otherwise their scores could not be compared.
SPLIT_SEED = 0


@dataclass(frozen=True)
class LabelledImages:
    """Images with their labels.

    Attributes:
        images: `(n, height, width) uint8, 0-255`, ink bright.
        labels: `(n,) int64`, 0-9; in training data also `NON_DIGIT`.
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
    """The three parts of a dataset of images. Only `evaluate` uses `test`."""

    train: LabelledImages
    validation: LabelledImages
    test: LabelledImages


def split_validation(
    dataset: LabelledImages, size: int, seed: int = SPLIT_SEED
) -> tuple[LabelledImages, LabelledImages]:
    """Split into `(train, validation)`, stratified by digit; `validation` has `size` images."""
    from sklearn.model_selection import train_test_split  # heavy: scikit-learn

    train, validation = train_test_split(
        np.arange(len(dataset)), test_size=size, stratify=dataset.labels, random_state=seed
    )
    return dataset[np.sort(train)], dataset[np.sort(validation)]
