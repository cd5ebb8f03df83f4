"""The examples in docstrings run as printed."""

import doctest
import importlib
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.conftest import REPOSITORY

# All modules with an example, as the names that Python imports.
MODULES = sorted(
    ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
    for folder in ("sketchdigits", "page", "train")
    for path in (REPOSITORY / folder).rglob("*.py")
    if ">>> " in path.read_text()
)


def test_public_class_answer_and_preprocessing_have_examples():
    assert {
        "sketchdigits.classifier",
        "sketchdigits.prediction",
        "sketchdigits.preprocessing.pipeline",
    } <= {*MODULES}


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name, tmp_path, monkeypatch):
    golden = REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png"
    shutil.copy(golden, tmp_path / "drawing.png")
    Image.fromarray(np.full((50, 50), 255, np.uint8)).save(tmp_path / "blank.png")
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0
    assert found.attempted >= 2
