"""Drawings of our own that an earlier model misread: `LABEL-FORM-NUMBER-read-as-ANSWER.png`."""

import pytest

from sketchdigits.side_by_side import split_side_by_side
from tests.conftest import REPOSITORY

MISREAD = sorted((REPOSITORY / "tests" / "misread").glob("*.png"))


def test_there_are_drawings():
    assert len(MISREAD) >= 14


@pytest.mark.parametrize("path", MISREAD, ids=lambda path: path.stem)
def test_drawing_that_was_misread_is_read(classifier, path):
    prediction = classifier.predict(path)
    assert prediction.label == int(path.name[0])
    assert prediction.is_digit
    assert len(split_side_by_side(path)) == 1
