"""What speaks for an answer: found by wiping ink away."""

import time

import numpy as np
import pytest

from sketchdigits.saliency import occlusion_saliency
from tests.support.polylines import draw


@pytest.fixture(scope="module")
def seven(classifier):
    return classifier.predict(draw(7))


def test_ink_speaks_for_the_answer_and_empty_ground_says_nothing(classifier, seven):
    saliency = occlusion_saliency(classifier, seven)
    assert saliency.shape == (28, 28)
    assert saliency.dtype == np.float32
    assert np.abs(saliency).max() == pytest.approx(1)
    padded = np.pad(seven.image, 4)  # a patch that touches ink reaches four pixels farther
    windows = np.lib.stride_tricks.sliding_window_view(padded, (9, 9))
    assert np.all(saliency[windows.max(axis=(2, 3)) == 0] == 0)
    assert saliency[seven.image > 128].mean() > 0.1


def test_bar_of_a_seven_speaks_for_it(classifier, seven):
    saliency = occlusion_saliency(classifier, seven)
    bar = np.flatnonzero(seven.image.any(axis=1))[1:6]
    assert saliency[bar][seven.image[bar] > 128].mean() > 0.3


def test_saliency_costs_no_more_than_some_dozen_predictions(classifier, seven):
    def duration(run) -> float:
        times = []
        for _ in range(7):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        return min(times)

    alone = duration(lambda: classifier.predict(seven.image))
    assert duration(lambda: occlusion_saliency(classifier, seven)) < 60 * alone
