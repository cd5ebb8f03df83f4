"""Strokes from a written form, and in another hand."""

import numpy as np

from tests.support.polylines import DIGITS
from train.rendering.strokes import draw_form, smooth_curve, vary_hand

SEVEN = [np.array(stroke, np.float32) for stroke in DIGITS[7]]


def test_curve_passes_through_its_points_and_straight_stroke_has_only_them():
    points = np.array([(0, 0), (1, 0.5), (0.5, 1)])
    drawn = smooth_curve(points)
    assert all(np.abs(drawn - point).sum(axis=1).min() < 1e-9 for point in points)
    rng = np.random.default_rng(0)
    smooth, angular = draw_form("~ 0,0 1,1 0,1 / - 0,0 1,1 0,1", rng)
    np.testing.assert_allclose(angular, [(0, 0), (1, 1), (0, 1)], atol=0.2)
    assert (len(smooth), len(angular)) == (17, 3)


def test_varied_hand_keeps_the_strokes_and_depends_on_the_seed_only():
    one = vary_hand(SEVEN, np.random.default_rng(1))
    again = vary_hand(SEVEN, np.random.default_rng(1))
    other = vary_hand(SEVEN, np.random.default_rng(2))
    assert len(one) == len(SEVEN)
    np.testing.assert_array_equal(one[0], again[0])
    assert one[0].shape != other[0].shape or not np.allclose(one[0], other[0])
