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


def test_saliency_costs_less_than_60_predictions(classifier, seven):
    def cpu_seconds(run) -> float:
        times = []
        for _ in range(7):
            start = time.process_time()  # of all threads; other processes don't count
            run()
            times.append(time.process_time() - start)
        return min(times)

    prediction = cpu_seconds(lambda: classifier.predict(seven.image))
    assert cpu_seconds(lambda: occlusion_saliency(classifier, seven)) < 60 * prediction
