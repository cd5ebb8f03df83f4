"""Augmentation: every image changes, by the given strength and seed."""

import numpy as np
import pytest

from sketchdigits import preprocess_drawing
from tests.support.polylines import draw
from train.distortions.augmentation import AugmentationStrength, augment

IMAGES = np.stack([preprocess_drawing(draw(digit)) for digit in range(10)])
ZERO = AugmentationStrength(0, 0, 0, 0, 0, 0, 0)


def test_augmentation_of_zero_strength_changes_nothing():
    np.testing.assert_array_equal(augment(IMAGES, np.random.default_rng(0), ZERO), IMAGES)


def test_every_image_changes_and_keeps_shape_and_ink():
    varied = augment(IMAGES, np.random.default_rng(0))
    assert varied.shape == IMAGES.shape
    assert varied.dtype == np.uint8
    assert (np.abs(varied.astype(int) - IMAGES).mean(axis=(1, 2)) > 1).all()
    assert (varied.max(axis=(1, 2)) > 150).all()


def test_same_seed_gives_the_same_images():
    one, again, other = (augment(IMAGES, np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(("field", "grows"), [("thicken", True), ("thin", False)])
def test_thicken_adds_ink_and_thin_removes_it(field, grows):
    strength = AugmentationStrength(**{**vars(ZERO), field: 1.0})
    before = IMAGES.sum(axis=(1, 2), dtype=float)
    after = augment(IMAGES, np.random.default_rng(1), strength).sum(axis=(1, 2), dtype=float)
    changed = after != before
    assert changed.any()
    assert ((after > before)[changed] == grows).all()


def test_shift_moves_the_centre_of_mass_by_its_standard_deviation():
    strength = AugmentationStrength(**{**vars(ZERO), "shift": 1.0})
    many = np.repeat(IMAGES[:1], 400, axis=0)
    moved = augment(many, np.random.default_rng(0), strength)
    rows = moved.sum(axis=2, dtype=float) @ np.arange(28) / moved.sum(axis=(1, 2), dtype=float)
    assert rows.std() == pytest.approx(1.0, abs=0.15)
    assert abs(rows.mean() - 14) < 0.6
