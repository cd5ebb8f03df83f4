"""No image takes more than 1.5 s of CPU: images of many marks, which look for lines everywhere."""

from contextlib import suppress

import numpy as np
import pytest

from sketchdigits import BlankDrawingError, preprocess_drawing
from sketchdigits.preprocessing.photo_or_drawing import is_photograph
from tests.support.cpu_time import cpu_seconds
from tests.support.hostile_marks import MARKS, REGULAR_MARKS, in_uneven_light

MAX_SECONDS = 1.5


def seconds_to_read(image: np.ndarray) -> float:
    def read() -> None:
        with suppress(BlankDrawingError):
            preprocess_drawing(image)

    return cpu_seconds(read, MAX_SECONDS)


@pytest.mark.parametrize("name", ["specks", "many specks", "grid", "stripes", "crossing lines"])
def test_photograph_of_many_marks_is_read_in_bounded_time(name):
    image = in_uneven_light(MARKS[name](640, 0))
    assert is_photograph(image[..., None])
    assert seconds_to_read(image) < MAX_SECONDS


@pytest.mark.parametrize("name", ["combs", "nested frames", "text"])
def test_drawing_of_many_marks_is_read_in_bounded_time(name):
    assert seconds_to_read(MARKS[name](640, 0)) < MAX_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("name", MARKS)
def test_no_image_of_marks_takes_longer(name):
    """A small search: many sizes and seeds, in even and in uneven light."""
    times = {}
    for side in (64, 160, 256, 400, 639, 640, 1280, 2048):
        # These two sides take longest.
        seeds = (4 if name in REGULAR_MARKS else 2) if side in (639, 640) else 1
        for seed in range(seeds):
            image = MARKS[name](side, seed)
            times[side, seed, "even"] = seconds_to_read(image)
            times[side, seed, "uneven"] = seconds_to_read(in_uneven_light(image))
    worst = max(times, key=times.__getitem__)
    assert times[worst] < MAX_SECONDS, worst
