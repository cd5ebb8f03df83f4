"""The strokes that the browser tests draw have fewer points than given, but the same shape."""

import numpy as np

from tests.support.browser import TOLERANCE, thin
from tests.support.polylines import DIGITS


def distance_to(polyline, point) -> float:
    """Distance from `point` to the nearest of the polyline's lines."""
    starts, ends = np.array(polyline[:-1]), np.array(polyline[1:])
    along = ends - starts
    share = ((point - starts) * along).sum(axis=1) / (along**2).sum(axis=1)
    nearest = starts + np.clip(share, 0, 1)[:, None] * along
    return float(np.hypot(*(nearest - point).T).min())


def test_points_on_a_line_are_left_out_and_corners_stay():
    stroke = [(0.1, 0.1), (0.3, 0.1), (0.5, 0.11), (0.9, 0.1), (0.9, 0.5), (0.9, 0.9)]
    assert thin(stroke, TOLERANCE) == [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9)]
    assert thin(stroke[:2], TOLERANCE) == stroke[:2]


def test_every_digit_keeps_its_shape_with_fewer_points():
    before, after = 0, 0
    for stroke in [stroke for strokes in DIGITS.values() for stroke in strokes]:
        thinned = thin(stroke, TOLERANCE)
        assert (thinned[0], thinned[-1]) == (stroke[0], stroke[-1])
        assert max(distance_to(thinned, np.array(point)) for point in stroke) <= TOLERANCE
        before, after = before + len(stroke), after + len(thinned)
    assert after < 0.7 * before


def test_closed_stroke_stays_closed_and_round():
    circle = DIGITS[0][0]
    np.testing.assert_allclose(circle[0], circle[-1])
    assert len(thin(circle, TOLERANCE)) > 8
