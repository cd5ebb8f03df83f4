"""The committed model reaches its goals, according to the file that `evaluate` wrote."""

import json

import pytest

from tests.conftest import REPOSITORY
from train.rendering.digits import DEFAULT_STYLE


@pytest.fixture(scope="module")
def metrics():
    return json.loads((REPOSITORY / "model" / "metrics.json").read_text())


def test_accuracy_and_calibration_on_mnist(metrics):
    """C. Deotte's network of 327,000 parameters has 99.641 % for comparison: mean of 1,500 runs."""
    assert metrics["test"]["MNIST test"]["accuracy"] >= 0.997
    assert metrics["test"]["MNIST test"]["expected_calibration_error"] <= 0.003


def test_accuracy_on_unseen_pen_writers_on_every_canvas(metrics):
    writers = {name: score for name, score in metrics["test"].items() if "pen writers" in name}
    assert len(writers) == 10
    assert all(score["accuracy"] >= 0.99 for score in writers.values())
    [default] = [score for name, score in writers.items() if name.endswith(DEFAULT_STYLE)]
    assert default["expected_calibration_error"] <= 0.01


def test_accuracy_on_an_unseen_dataset(metrics):
    assert metrics["test"]["scikit-learn digits, never trained on"]["accuracy"] >= 0.985


def test_rejection_of_images_that_are_not_digits(metrics):
    rejection = metrics["rejection"]
    assert rejection["auroc"] >= 0.98
    assert all(found["auroc"] >= 0.98 for found in rejection["non_digits"].values())
    assert rejection["accepted_at_90_refused"] >= 0.98
    assert all(found["share"] >= 0.9 for found in rejection["non_digits"].values())


def test_robustness_to_corruptions_and_other_canvases(metrics):
    assert metrics["corruptions"]["mean"] >= 0.97
    assert all(share < 0.005 for share in metrics["consistency"]["flips"].values())
    assert metrics["consistency"]["any_size_or_polarity"]["share"] < 0.005


def test_network_is_small(metrics):
    assert metrics["parameters"] <= 500_000
