"""The corruptions that `evaluate` applies to MNIST."""

import numpy as np
import pytest

from sketchdigits import preprocess_drawing
from tests.support.polylines import draw
from train.distortions.corruptions import CORRUPTIONS, corrupt

FIVE = preprocess_drawing(draw(5))


def test_there_are_fifteen_corruptions():
    assert len(CORRUPTIONS) == 15


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corruption_changes_the_image_and_depends_on_the_seed_only(name):
    one, again = (corrupt(name, FIVE, np.random.default_rng(3)) for _ in range(2))
    assert one.shape == (28, 28)
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, again)
    assert np.abs(one.astype(int) - FIVE).max() > 20
