"""Predicting many images: the numbers are those of Keras's `predict`, to the last bit."""

import numpy as np
import pytest

from sketchdigits.architectures import ARCHITECTURES
from train.evaluate.answers import with_logits
from train.fit import prediction
from train.fit.temperature import end_at_logits


@pytest.mark.parametrize("change", [lambda network: network, end_at_logits, with_logits])
def test_batches_give_the_numbers_of_keras(change, monkeypatch):
    monkeypatch.setattr(prediction, "BATCH", 8)
    images = np.random.default_rng(0).integers(0, 256, (19, 28, 28)).astype(np.uint8)
    model = change(ARCHITECTURES["mlp-512"]())
    expected = model.predict(images[..., None], batch_size=8, verbose=0)
    found = prediction.predict(model, images)
    np.testing.assert_array_equal(found, expected)
    assert np.shape(found)[-2:] == (19, 10)
