"""scikit-learn's digits: 1,797 handwritten digits, 8x8 pixels, that come with scikit-learn.

They are the test split of UCI's "Optical Recognition of Handwritten Digits" (E. Alpaydin,
C. Kaynak 1998; CC BY 4.0). They need no file, so tests and first tries use them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from train.datasets.dataset import Dataset
from train.datasets.labelled_images import LabelledImages, Splits, split_validation

PART_SIZE = 300


def load_sklearn_digits(_: Path | None = None) -> Splits:
    """Load 1,197 training, 300 validation and 300 test images, `(n, 8, 8) uint8`, ink bright."""
    from sklearn.datasets import load_digits  # heavy: scikit-learn

    bunch = load_digits()
    images = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    everything = LabelledImages(images, bunch.target.astype(np.int64))
    rest, test = split_validation(everything, PART_SIZE)
    train, validation = split_validation(rest, PART_SIZE)
    return Splits(train, validation, test)


SKLEARN_DIGITS = Dataset("digits", load_sklearn_digits)
