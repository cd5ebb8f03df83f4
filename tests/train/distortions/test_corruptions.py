import numpy as np
import pytest

from sketchdigits import preprocess_drawing
from tests.support.polylines import draw
from train.datasets.labelled_images import LabelledImages
from train.distortions.corruptions import CORRUPTIONS, corrupt
from train.distortions.poor_captures import _WAYS, degrade, degrade_images

SEEN = preprocess_drawing(draw(5))


def test_there_are_fifteen_corruptions():
    assert len(CORRUPTIONS) == 15


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_changes_the_image_and_is_seeded(name):
    one, again = (corrupt(name, SEEN, np.random.default_rng(3)) for _ in range(2))
    assert one.shape == (28, 28)
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, again)
    assert np.abs(one.astype(int) - SEEN).max() > 20


@pytest.mark.parametrize("way", _WAYS, ids=lambda way: way.__name__)
def test_poor_capture_still_goes_through_the_preprocessing(way):
    rng = np.random.default_rng(0)
    for _ in range(20):
        changed = np.clip(way(SEEN.astype(np.float32) / 255, rng), 0, 1)
        seen = preprocess_drawing(np.rint(changed * 255).astype(np.uint8))
        assert seen.shape == (28, 28)
        assert not np.array_equal(changed, SEEN / 255)


def test_poor_captures_keep_their_labels_and_depend_on_the_seed_alone():
    dataset = LabelledImages(np.repeat(SEEN[None], 40, axis=0), np.arange(40) % 10)
    one, again, other = (degrade_images(dataset, seed, show_progress=False) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.labels, dataset.labels)
    np.testing.assert_array_equal(one.images, again.images)
    assert not np.array_equal(one.images, other.images)
    assert len({image.tobytes() for image in one.images}) > 35


def test_some_captures_are_tiny():
    rng = np.random.default_rng(0)
    sides = {degrade(SEEN, rng).shape[0] for _ in range(100)}
    assert min(sides) < 12
    assert max(sides) == 28
