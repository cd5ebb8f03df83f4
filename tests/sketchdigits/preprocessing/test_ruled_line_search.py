"""The quick count of the votes for ruled lines agrees with the votes one by one."""

import math

import numpy as np
import pytest

from sketchdigits.preprocessing import ruled_line_search as search


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("height", "width"), [(160, 160), (48, 333), (97, 24), (213, 160)])
def test_lines_with_enough_votes_are_those_of_a_count_one_by_one(height, width, seed):
    """Of 160 columns, some slopes put strips at half a row, which is rounded to even rows."""
    rng = np.random.default_rng(seed)
    thick = rng.random((height, search.STRIPS)) < 0.66
    inside = rng.random((height, search.STRIPS)) < (1.0 if seed % 2 else 0.85)
    bounds = np.linspace(0, width, search.STRIPS + 1).astype(int)
    columns = (bounds[:-1] + bounds[1:] - 1) / 2
    reach = math.ceil(search.MAX_SLOPE * width)
    starts = np.arange(-reach, height + reach)
    slopes = np.linspace(-search.MAX_SLOPE, search.MAX_SLOPE, 2 * math.ceil(0.05 * width) + 1)
    found = search._has_votes(thick, inside, starts, slopes[:, None] * columns)
    for slope, has_votes in zip(slopes, found, strict=True):
        votes, crossed = search._votes(thick, inside, starts[:, None] + slope * columns)
        counts = crossed.sum(axis=1)
        enough = votes.sum(axis=1) >= search.MIN_VOTES * counts
        assert np.array_equal(has_votes, enough & (counts >= search.MIN_STRIPS))
    assert 0 < found.mean() < 1
