"""The quick count of the votes for ruled lines agrees with the votes one by one."""

import math

import numpy as np
import pytest

from sketchdigits.preprocessing import ruled_line_search as search
from sketchdigits.preprocessing.ruled_line_votes import (
    MIN_STRIPS,
    MIN_VOTES,
    STRIPS,
    has_votes,
    vote_grid,
)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("height", "width"), [(160, 160), (48, 333), (97, 24), (213, 160)])
def test_lines_with_enough_votes_are_those_of_a_count_one_by_one(height, width, seed):
    """Of 160 columns, some slopes put strips at half a row, which is rounded to even rows."""
    rng = np.random.default_rng(seed)
    thick = rng.random((height, STRIPS)) < 0.66
    inside = rng.random((height, STRIPS)) < (1.0 if seed % 2 else 0.85)
    grid = vote_grid(height, width)
    found = has_votes(thick, inside, grid)
    assert found.shape == (2 * math.ceil(0.05 * (width - 1)) + 1, len(grid.starts))
    for slope, is_found in zip(grid.slopes, found, strict=True):
        votes, crossed = search._votes(thick, inside, grid.starts[:, None] + slope * grid.columns)
        counts = crossed.sum(axis=1)
        enough = votes.sum(axis=1) >= MIN_VOTES * counts
        assert np.array_equal(is_found, enough & (counts >= MIN_STRIPS))
    assert 0 < found.mean() < 1
