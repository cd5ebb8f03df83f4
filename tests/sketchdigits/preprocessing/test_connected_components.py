"""Connected components: the same as SciPy's."""

import numpy as np
import pytest
from scipy import ndimage

from sketchdigits.preprocessing.connected_components import find_components


@pytest.mark.parametrize("seed", range(40))
def test_components_of_each_mask_agree_with_scipy(seed):
    rng = np.random.default_rng(seed)
    shape = (rng.integers(1, 4), *rng.integers(1, 50, 2))
    masks = rng.random(shape) < rng.uniform(0.05, 0.95)
    found = find_components(masks)
    total = 0
    for index, (mask, labels) in enumerate(zip(masks, found.labels, strict=True)):
        expected, count = ndimage.label(mask, np.ones((3, 3)))
        total += count
        # The partition is the same, but the numbers may differ.
        pairs = set(zip(expected.ravel(), labels.ravel(), strict=True))
        assert len(pairs) == count + (not mask.all())
        own = np.flatnonzero(found.masks == index)
        assert sorted(found.areas[own]) == sorted(np.bincount(expected.ravel())[1:])
        for number in own:
            top, left, bottom, right = found.boxes[number]
            rows, columns = np.nonzero(labels == number)
            assert (top, left) == (rows.min(), columns.min())
            assert (bottom, right) == (rows.max() + 1, columns.max() + 1)
    assert len(found.areas) == len(found.boxes) == total
    assert np.array_equal(found.pixels, np.flatnonzero(masks))
    assert np.array_equal(found.numbers, found.labels[masks])
    chosen = rng.random(total) < 0.5
    assert (found.paint(chosen) == np.isin(found.labels, np.flatnonzero(chosen))).all()


def test_spiral_is_one_component():
    mask = np.zeros((41, 41), bool)
    low, high = 0, 40
    while low < high:
        mask[low, low : high + 1] = mask[low : high + 1, high] = True
        mask[high, low : high + 1] = mask[low + 2 : high + 1, low] = True
        mask[low + 2, low : low + 2] = True
        low, high = low + 2, high - 2
    assert len(find_components(mask[None]).areas) == ndimage.label(mask, np.ones((3, 3)))[1]


def test_empty_mask_has_no_components():
    found = find_components(np.zeros((1, 5, 7), bool))
    assert len(found.areas) == 0
    assert (found.labels == -1).all()
