"""Our faster medians and blurs equal NumPy's and Pillow's."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from sketchdigits.preprocessing.blurs import blur_grain, box_blur
from sketchdigits.preprocessing.closing import close
from sketchdigits.preprocessing.medians import median, median_of_smallest
from sketchdigits.preprocessing.photo_or_drawing import _medians

# Few values, which are sorted at once; and many, even and odd.
SHAPES = [(1, 1), (1, 2), (7, 9), (64, 63), (101, 99), (160, 213)]


def random_values(shape: tuple[int, int], seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.03, shape).astype(np.float32)
    return {
        "noise": noise,
        "few levels": np.round(noise, 2),
        "sorted": np.sort(noise.ravel()).reshape(shape),
        # The values that are looked at first are not like the others.
        "misleading": np.where(np.arange(noise.size).reshape(shape) % 17 == 0, 5, noise),
        "levels": rng.integers(0, 256, shape).astype(np.uint8),
        "two levels": (rng.integers(0, 2, shape) * 255).astype(np.uint8),
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_median_equals_numpys(shape):
    for name, values in random_values(shape, seed=shape[0]).items():
        assert median(values) == np.median(values), name
        assert median(values).dtype == np.float32


@pytest.mark.parametrize("shape", SHAPES)
def test_median_of_the_smallest_equals_that_of_the_chosen_ones(shape):
    for name, values in random_values(shape, seed=shape[1]).items():
        if values.dtype == np.uint8:
            continue
        ascending = np.sort(values.ravel())
        for count in {1, values.size - values.size // 2, values.size}:
            assert median_of_smallest(values, count) == np.median(ascending[:count]), name


@pytest.mark.parametrize("shape", [(1, 1), (144, 25), (144, 100)])
def test_medians_of_rows_equal_numpys(shape):
    for name in ("levels", "two levels"):
        levels = random_values(shape, seed=shape[1])[name]
        assert np.array_equal(_medians(levels), np.median(levels, axis=1)), name


@pytest.mark.parametrize("shape", [(3, 4), (40, 61), (160, 160)])
def test_box_blur_equals_pillows(shape):
    for name in ("levels", "two levels"):
        levels = random_values(shape, seed=shape[1])[name]
        blurred = Image.fromarray(levels).filter(ImageFilter.BoxBlur(1))
        assert np.array_equal(box_blur(levels), np.asarray(blurred))


def test_grain_is_blurred_with_the_edges_repeated():
    noise = random_values((40, 61), seed=1)["noise"]
    padded = np.pad(noise, 1, mode="edge")
    rows = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    expected = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4
    assert np.allclose(blur_grain(noise), expected, atol=1e-7)


@pytest.mark.parametrize("window", [3, 10, 41])
def test_closing_equals_maxima_and_minima_over_windows(window):
    levels = random_values((30, 47), seed=window)["levels"]
    padded = np.pad(levels, window, mode="edge")
    for extreme in (np.max, np.min):
        windows = np.lib.stride_tricks.sliding_window_view(padded, (window, window))
        padded = extreme(windows, axis=(2, 3))
    assert np.array_equal(close(levels, window), padded[1:31, 1:48])
