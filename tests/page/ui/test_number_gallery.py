"""The gallery's numbers: rows of its digits."""

from dataclasses import replace

import numpy as np
import pytest

from page.ui.number_gallery import LENGTHS, caption_number, compose_rows, read_rows
from sketchdigits.package.examples import Example
from tests.support.polylines import draw

DIGITS = [int(digit) for digit in "31415926535897932384"]


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    style = {"size": 28, "extent": 0.7, "ink": (255,), "background": (0,)}
    return [Example(draw(digit, **style), digit) for digit in DIGITS]


def test_rows_are_read_and_marked_right(classifier, examples):
    answers = classifier.predict_batch([example.image for example in examples])
    rows = compose_rows(examples, answers)
    assert [label for _, label in rows] == ["3141", "592", "65358", "97"]
    numbers = read_rows(rows, classifier)
    assert [caption_number(number) for number in numbers] == [f"{row[1]} ✓" for row in rows]


def test_number_read_wrong_or_with_something_unexplained_is_marked(classifier, examples):
    answers = classifier.predict_batch([example.image for example in examples])
    [number, *_] = read_rows(compose_rows(examples, answers), classifier)
    assert caption_number(replace(number, label="3148")) == "3148 → 3141 ✗"
    doubtful = replace(number.reading, is_number=False)
    assert caption_number(replace(number, reading=doubtful)) == "3141 → 3141 ✗"


def test_digits_that_are_read_wrong_alone_are_in_no_row(classifier, examples):
    answers = classifier.predict_batch([example.image for example in examples])
    mislabelled = [replace(examples[0], label=9), *examples[1:]]
    assert compose_rows(mislabelled, answers)[0][1] == "1415"


@pytest.mark.parametrize("count", [0, 3, 8])
def test_few_digits_give_fewer_rows(classifier, examples, count):
    answers = classifier.predict_batch([example.image for example in examples[:count]])
    rows = compose_rows(examples[:count], answers)
    assert len(rows) < len(LENGTHS)
    assert sum(len(label) for _, label in rows) <= count


def test_digits_of_scikit_learns_size_are_enlarged(classifier):
    style = {"size": 8, "extent": 0.9, "ink": (255,), "background": (0,)}
    small = [Example(draw(1, **style), 1)] * 4
    answers = [replace(classifier.predict(draw(1)), verdict="digit")] * 4
    [(image, label), *_] = compose_rows(small, answers)
    assert label == "1111"
    assert image.dtype == np.uint8
    assert image.shape[0] == 40
