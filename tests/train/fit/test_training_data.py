"""The training images are those that `preprocess_drawing` returns. For MNIST see test_real_data."""

import numpy as np

from sketchdigits import preprocess_drawing
from train.datasets.sklearn_digits import load_sklearn_digits
from train.fit.training_data import preprocess_images


def test_every_training_image_is_preprocessed_like_a_single_drawing():
    digits = load_sklearn_digits().train  # 8x8: four of them differ when they are stacked
    expected = [preprocess_drawing(image) for image in digits.images]
    found = preprocess_images(digits, "preprocessing")
    np.testing.assert_array_equal(found.images, expected)
    np.testing.assert_array_equal(found.labels, digits.labels)
