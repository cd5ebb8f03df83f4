"""Synthetic photographs of people's digits: how many of them the committed model reads."""

import numpy as np
import pytest

from sketchdigits import BlankDrawingError
from tests.conftest import dataset_file
from tests.support.photograph_styles import RULINGS, random_photograph_style
from tests.support.photographs import take_photograph
from train.datasets import PENDIGITS
from train.datasets.pendigits import load_pendigits

pytestmark = pytest.mark.data

SEED = 4  # seeds 0-3 were used for tuning, or looked at
PHOTOGRAPHS_PER_PAPER = 12


def test_93_percent_of_peoples_digits_on_paper_are_read_right_and_accepted(classifier):
    rng = np.random.default_rng(SEED)
    writers = load_pendigits(dataset_file(PENDIGITS)).validation
    right, accepted, count = 0, 0, 0
    for ruling in RULINGS:
        for shadow in (False, True):
            for index in rng.choice(len(writers), PHOTOGRAPHS_PER_PAPER, replace=False):
                style = random_photograph_style(rng, ruling, shadow=shadow)
                photograph = take_photograph(writers[index].strokes, style, rng)
                count += 1
                try:
                    prediction = classifier.predict(photograph)
                except BlankDrawingError:
                    continue
                right += prediction.label == writers[index].label
                accepted += prediction.is_digit
    print(f"of {count} photographs {right} were read right and {accepted} accepted as digits")
    assert right >= 0.93 * count
    assert accepted >= 0.93 * count


@pytest.mark.slow  # it needs no dataset, but takes long
def test_empty_paper_is_rarely_accepted_as_a_digit(classifier):
    rng = np.random.default_rng(SEED)
    accepted = 0
    for number in range(30):
        style = random_photograph_style(rng, RULINGS[number % 3], shadow=bool(number % 2))
        try:
            accepted += classifier.predict(take_photograph([], style, rng)).is_digit
        except BlankDrawingError:
            continue
    print(f"of 30 empty papers {accepted} were accepted as digits")
    assert accepted <= 1
