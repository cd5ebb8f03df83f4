"""Fitting the temperature, and measuring the calibration error."""

import keras
import numpy as np
import pytest

from train.datasets.labelled_images import LabelledImages
from train.evaluate.reliability import expected_calibration_error, reliability_bins
from train.fit.temperature import apply_temperature, fit_temperature


def model_with_logits(scale: float) -> keras.Model:
    """A linear model whose logits are the first ten pixels times `scale`."""
    pixels = keras.Input((28, 28, 1))
    x = keras.layers.Flatten()(pixels)
    x = keras.layers.Dense(10, name="logits")(x)
    model = keras.Model(pixels, keras.layers.Softmax()(x))
    kernel = np.zeros((784, 10), np.float32)
    kernel[:10, :10] = np.eye(10) * scale
    model.get_layer("logits").set_weights([kernel, np.zeros(10, np.float32)])
    return model


def random_labels(seed: int, n: int = 4000) -> LabelledImages:
    """Images with labels drawn from softmax(first ten pixels / 32)."""
    rng = np.random.default_rng(seed)
    images = np.zeros((n, 28, 28), np.uint8)
    images[:, 0, :10] = rng.integers(0, 128, (n, 10))
    logits = images[:, 0, :10] / 32
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return LabelledImages(images, labels)


def test_temperature_calibrates_an_overconfident_model():
    model = model_with_logits(4 / 32)  # its logits are four times too large
    temperature = fit_temperature(model, [random_labels(0)])
    assert temperature == pytest.approx(4, rel=0.1)
    test = random_labels(1)
    before = model.predict(test.images[..., None], verbose=0)
    apply_temperature(model, temperature)
    after = model.predict(test.images[..., None], verbose=0)
    np.testing.assert_array_equal(before.argmax(axis=1), after.argmax(axis=1))
    assert expected_calibration_error(before, test.labels) > 0.15
    assert expected_calibration_error(after, test.labels) < 0.04


def test_unreadable_digits_do_not_change_the_temperature():
    model = model_with_logits(1 / 16)  # calibrated
    rng = np.random.default_rng(0)
    images, digits = np.zeros((8000, 28, 28), np.uint8), rng.integers(0, 10, 8000)
    images[np.arange(8000), 0, digits] = rng.integers(32, 256, 8000)
    labels = (images[:, 0, :10] / 16 + rng.gumbel(size=(8000, 10))).argmax(axis=1)
    confident = images[:, 0].max(axis=1) == 255
    labels[np.flatnonzero(confident)[:40]] = 0  # wrong for most of them
    temperature = fit_temperature(model, [LabelledImages(images, labels)])
    assert temperature == pytest.approx(1, abs=0.06)


def test_calibration_error_of_known_cases():
    certain = np.eye(10)[[3] * 100]
    assert expected_calibration_error(certain, np.full(100, 3)) == 0
    assert expected_calibration_error(certain, np.full(100, 4)) == 1
    assert expected_calibration_error(certain, np.repeat([3, 4], 50)) == pytest.approx(
        0.5, abs=0.01
    )


def test_bins_have_equal_size_and_cover_every_prediction():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(10), 1000)
    bins = reliability_bins(probabilities, rng.integers(0, 10, 1000))
    assert len(bins) == 15
    assert sum(group["n"] for group in bins) == 1000
    assert max(group["n"] for group in bins) - min(group["n"] for group in bins) <= 1
    confidences = [group["confidence"] for group in bins]
    assert confidences == sorted(confidences)
