"""What tests share: the default model, and where the marked tests find their data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before anything imports Gradio or TensorFlow.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def classifier():
    """The classifier of the package that the repository carries."""
    from sketchdigits import DigitClassifier

    return DigitClassifier.from_pretrained(REPOSITORY / "model")


def dataset_path(variable: str) -> str:
    """The file that an environment variable names; a skip, with its reason, where there is none."""
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"{variable} names no file: this test needs the dataset")
    return path
