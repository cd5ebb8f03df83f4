import numpy as np
import pytest
from scipy import ndimage

from sketchdigits.components import find_components


@pytest.mark.parametrize("seed", range(40))
def test_components_agree_with_scipy(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random(rng.integers(1, 50, 2)) < rng.uniform(0.05, 0.95)
    expected, count = ndimage.label(mask, np.ones((3, 3)))
    found = find_components(mask)
    assert len(found.areas) == len(found.boxes) == count
    # The same partition, whatever the numbering.
    pairs = set(zip(expected.ravel(), found.labels.ravel(), strict=True))
    assert len(pairs) == count + (not mask.all())
    assert sorted(found.areas) == sorted(np.bincount(expected.ravel())[1:])
    for number, (top, left, bottom, right) in enumerate(found.boxes):
        rows, columns = np.nonzero(found.labels == number)
        assert (top, left) == (rows.min(), columns.min())
        assert (bottom, right) == (rows.max() + 1, columns.max() + 1)


def test_spiral_is_one_component():
    mask = np.zeros((41, 41), bool)
    low, high = 0, 40
    while low < high:
        mask[low, low : high + 1] = mask[low : high + 1, high] = True
        mask[high, low : high + 1] = mask[low + 2 : high + 1, low] = True
        mask[low + 2, low : low + 2] = True
        low, high = low + 2, high - 2
    assert len(find_components(mask).areas) == ndimage.label(mask, np.ones((3, 3)))[1]


def test_empty_mask_has_no_components():
    found = find_components(np.zeros((5, 7), bool))
    assert len(found.areas) == 0
    assert (found.labels == -1).all()
