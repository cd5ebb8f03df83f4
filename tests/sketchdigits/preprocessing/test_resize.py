"""Resampling weights: the same as Pillow's filters."""

import numpy as np
import pytest
from PIL import Image

from sketchdigits.preprocessing.resize import resampling_weights


@pytest.mark.parametrize(
    ("size", "box", "filter_"),
    [
        (240, (20, 30, 200, 210), Image.Resampling.BILINEAR),
        (70, (10.5, 20.25, 50.5, 60.25), Image.Resampling.BILINEAR),
        (40, (8, 9, 32, 33), Image.Resampling.BICUBIC),
        (30, (10, 11.5, 20, 21.5), Image.Resampling.BICUBIC),
    ],
)
def test_weights_resample_as_pillow_does(size, box, filter_):
    plane = np.zeros((size, size), np.float32)
    left, top, right, bottom = (round(edge) for edge in box)
    rng = np.random.default_rng(3)
    plane[top:bottom, left:right] = rng.random((bottom - top, right - left))
    expected = np.asarray(Image.fromarray(plane).resize((24, 24), filter_, box=box))
    middles = np.array([(box[1] + box[3]) / 2, (box[0] + box[2]) / 2])
    scales = np.full(2, 24 / (box[2] - box[0]))
    down, across = resampling_weights(middles, scales, size, 24)
    np.testing.assert_allclose(down @ plane @ across.T, expected, atol=1e-4)


def test_each_image_has_its_own_scale():
    middles, scales = np.array([10.0, 12.0, 14.0]), np.array([0.5, 1.0, 2.5])
    together = resampling_weights(middles, scales, 25, 24)
    for index in range(3):
        alone = resampling_weights(middles[index : index + 1], scales[index : index + 1], 25, 24)
        np.testing.assert_allclose(together[index], alone[0], atol=1e-6)


def test_weights_are_zero_far_outside_the_image():
    weights = resampling_weights(np.array([500.0]), np.array([1.0]), 20, 24)
    assert not weights.any()
