"""The examples in docstrings run as printed."""

import doctest
import shutil

import numpy as np
from PIL import Image

from sketchdigits import classifier as classifier_module
from tests.conftest import REPOSITORY


def test_examples_of_the_classifier_print_what_they_say(tmp_path, monkeypatch):
    golden = REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png"
    shutil.copy(golden, tmp_path / "drawing.png")
    Image.fromarray(np.full((50, 50), 255, np.uint8)).save(tmp_path / "blank.png")
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(classifier_module)
    assert found.failed == 0
    assert found.attempted >= 8
