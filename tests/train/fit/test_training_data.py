"""Training data: preprocessed like single drawings, and the poor captures of each source.

`tests/sketchdigits/test_real_data.py` checks the preprocessing of MNIST.
"""

from dataclasses import replace

import numpy as np
import pytest

from sketchdigits import preprocess_drawing
from train.datasets import DatasetPaths
from train.datasets.sklearn_digits import load_sklearn_digits
from train.errors import DatasetError
from train.fit.recipes import RECIPES
from train.fit.training_data import load_training_data, preprocess_images


def test_every_training_image_is_preprocessed_like_a_single_drawing():
    digits = load_sklearn_digits().train  # 8x8: four of them differ when they are stacked
    expected = [preprocess_drawing(image) for image in digits.images]
    found = preprocess_images(digits, "preprocessing")
    np.testing.assert_array_equal(found.images, expected)
    np.testing.assert_array_equal(found.labels, digits.labels)


def test_unknown_dataset_lists_the_known_ones():
    with pytest.raises(DatasetError, match="mnist, digits, pendigits"):
        load_training_data(("emnist",), RECIPES["sketch-cnn"], DatasetPaths())


def test_poor_captures_come_equally_from_every_source_of_digits(monkeypatch):
    monkeypatch.setattr("train.fit.training_data.MAX_DEGRADED_OF_EACH", 30)
    recipe = replace(
        RECIPES["sketch-cnn"], drawn_digits=30, drawn_digits_per_epoch=10, degraded_per_epoch=40
    )
    sources = load_training_data(("digits", "drawn-digits"), recipe, DatasetPaths()).sources
    clean = len(sources["digits"][0])
    assert {name: count for name, (_, count) in sources.items()} == {
        "digits": clean,
        "drawn-digits": 10,
        "poor captures of digits": 20,
        "poor captures of drawn-digits": 20,
    }
    captures, _ = sources["poor captures of drawn-digits"]
    np.testing.assert_array_equal(captures.labels, sources["drawn-digits"][0].labels)
    assert (captures.images != sources["drawn-digits"][0].images).any(axis=(1, 2)).all()
