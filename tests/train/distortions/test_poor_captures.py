"""Poor captures: degraded images of digits that can still be preprocessed."""

import numpy as np
import pytest

from sketchdigits import preprocess_drawing
from tests.support.polylines import draw
from train.datasets.labelled_images import LabelledImages
from train.distortions.poor_captures import DEGRADATIONS, degrade, degrade_images

FIVE = preprocess_drawing(draw(5))


@pytest.mark.parametrize("degradation", DEGRADATIONS, ids=lambda function: function.__name__)
def test_degraded_image_differs_and_can_be_preprocessed(degradation):
    rng = np.random.default_rng(0)
    for _ in range(20):
        changed = np.clip(degradation(FIVE.astype(np.float32) / 255, rng), 0, 1)
        seen = preprocess_drawing(np.rint(changed * 255).astype(np.uint8))
        assert seen.shape == (28, 28)
        assert not np.array_equal(changed, FIVE / 255)


def test_degraded_dataset_keeps_its_labels_and_depends_on_the_seed_only():
    dataset = LabelledImages(np.repeat(FIVE[None], 40, axis=0), np.arange(40) % 10)
    one, again, other = (degrade_images(dataset, seed, show_progress=False) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.labels, dataset.labels)
    np.testing.assert_array_equal(one.images, again.images)
    assert not np.array_equal(one.images, other.images)
    assert len({image.tobytes() for image in one.images}) > 35


def test_some_degraded_images_are_tiny():
    rng = np.random.default_rng(0)
    sides = {degrade(FIVE, rng).shape[0] for _ in range(100)}
    assert min(sides) < 12
    assert max(sides) == 28
