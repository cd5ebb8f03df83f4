"""Saliency: which parts of an image speak for the answer, found by erasing patches."""

import time

import numpy as np
import pytest

from sketchdigits.saliency import occlusion_saliency
from tests.support.polylines import draw


@pytest.fixture(scope="module")
def seven(classifier):
    return classifier.predict(draw(7))


def test_saliency_is_positive_on_ink_and_zero_on_background(classifier, seven):
    saliency = occlusion_saliency(classifier, seven)
    assert saliency.shape == (28, 28)
    assert saliency.dtype == np.float32
    assert np.abs(saliency).max() == pytest.approx(1)
    padded = np.pad(seven.image, 4)  # a patch of 5 pixels reaches ink up to 4 pixels away
    windows = np.lib.stride_tricks.sliding_window_view(padded, (9, 9))
    assert np.all(saliency[windows.max(axis=(2, 3)) == 0] == 0)
    assert saliency[seven.image > 128].mean() > 0.1


def test_bar_of_a_seven_has_high_saliency(classifier, seven):
    saliency = occlusion_saliency(classifier, seven)
    bar = np.flatnonzero(seven.image.any(axis=1))[1:6]
    assert saliency[bar][seven.image[bar] > 128].mean() > 0.3


def test_saliency_takes_less_time_than_60_predictions(classifier, seven):
    def duration(run) -> float:
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    predicting: list[float] = []
    computing: list[float] = []
    deadline = time.monotonic() + 15
    # The fastest of each; a machine that is busy with something else gets more attempts.
    while len(predicting) < 7 or (
        min(computing) >= 60 * min(predicting) and time.monotonic() < deadline
    ):
        predicting.append(duration(lambda: classifier.predict(seven.image)))
        computing.append(duration(lambda: occlusion_saliency(classifier, seven)))
    assert min(computing) < 60 * min(predicting)
