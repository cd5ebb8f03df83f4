"""`python -m train compare`, its committed results, and the docs page that shows them."""

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import REPOSITORY
from tests.support.polylines import draw
from train.__main__ import main
from train.evaluate.other_preprocessing import resize_whole_image
from train.fit.recipes import RECIPES
from train.fit.tutorials import TUTORIALS, Claim, check_claim
from train.reports.comparison import format_csv, format_markdown
from train.reports.formatting import percent

COMMITTED = REPOSITORY / "docs" / "comparison"


def test_docs_show_the_committed_comparison():
    page = (REPOSITORY / "docs" / "tutorials.md").read_text()
    comparison = json.loads((COMMITTED / "comparison.json").read_text())
    assert format_markdown(comparison) == (COMMITTED / "comparison.md").read_text()
    assert (COMMITTED / "comparison.md").read_text() in page
    assert format_csv(comparison) == (COMMITTED / "comparison.csv").read_text()
    assert (COMMITTED / "comparison.png").is_file()
    assert "(comparison/comparison.png)" in page


def test_ours_beats_every_tutorial_beyond_its_interval():
    models = json.loads((COMMITTED / "comparison.json").read_text())["models"]
    ours = models.pop("sketch-cnn")
    assert list(models) == list(TUTORIALS)
    for model in models.values():
        for score in ("mnist", "drawings_resized", "drawings_preprocessed"):
            assert ours[score]["interval_95"][0] > model[score]["interval_95"][1]


def test_committed_comparison_measured_the_committed_package():
    ours = json.loads((COMMITTED / "comparison.json").read_text())["models"]["sketch-cnn"]
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    for name, score in (
        ("mnist", "MNIST test"),
        ("drawings_preprocessed", "6 pen writers kept out, white on black"),
    ):
        assert ours[name]["correct"] == metrics["test"][score]["correct"]


def test_preprocessing_of_the_tutorials_only_resizes():
    canvas = np.zeros((280, 280), np.uint8)
    canvas[200:240, 20:60] = 255
    seen = resize_whole_image(canvas)
    assert seen.shape == (28, 28)
    assert (seen[20:24, 2:6] > 200).all()
    assert seen[:18].max() < 30
    # Black on white is not inverted, and colours become grey.
    assert resize_whole_image(draw(3)).mean() > 128
    assert resize_whole_image(draw(3, ink=(0, 0, 255), background=(0, 0, 0))).ndim == 2


def model(accuracy=0.98, low=0.977, high=0.983):
    return {
        "mnist": {"accuracy": accuracy, "interval_95": [low, high]},
        "mnist_loss": {"loss": 0.07, "interval_95": [0.06, 0.08]},
        "training": {"accuracy": 0.989},
    }


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (Claim("test accuracy", 0.981), "agrees"),
        (Claim("test accuracy", 0.970), "better here"),
        (Claim("test accuracy", 0.990), "not reached"),
        (Claim("test accuracy", 0.990, "other data"), "not reached: other data"),
        (Claim("test loss", 0.065), "agrees"),
        (Claim("test loss", 0.09), "better here"),
        (Claim("test loss", 0.05), "not reached"),
        (Claim("training accuracy", 0.9893), "agrees"),
        (Claim("training accuracy", 0.9990), "not reached"),
        (Claim("5-fold accuracy", 0.9896), "agrees"),
        (Claim("test accuracy", 0.981, remark="of 2020"), "agrees; of 2020"),
    ],
)
def test_claim_agrees_if_it_is_in_the_interval(claim, verdict):
    folds = {"mean": 0.9899, "interval_95": [0.9891, 0.9907]}
    assert check_claim(claim, model(), folds)["verdict"] == verdict


@pytest.fixture
def quick_compare(small_mnist, tmp_path, monkeypatch, capsys):
    """Run `compare` with one tutorial, one epoch and two folds; returns what it printed.

    The tutorial has joy2469's claims, and a smaller network.
    """
    tutorial = replace(TUTORIALS["joy2469-cnn"], cross_validation_batch_size=64)
    for module in ("evaluate.comparison", "fit.tutorials", "fit.runs"):
        monkeypatch.setattr(f"train.{module}.TUTORIALS", {"mlp-512": tutorial})
    monkeypatch.setitem(RECIPES, "mlp-512", replace(RECIPES["mlp-512"], epochs=1))
    monkeypatch.setattr("train.evaluate.comparison.FOLDS", 2)
    monkeypatch.setattr("train.evaluate.comparison.TIMED_ROUNDS", 2)
    package = tmp_path / "package"
    shutil.copytree(REPOSITORY / "model", package)

    def run() -> str:
        options = ["--runs", str(tmp_path / "runs"), "--output", str(tmp_path / "comparison")]
        assert main(["compare", "--package", str(package), *options]) == 0
        return capsys.readouterr().out

    return run


@pytest.mark.slow
def test_compare_trains_and_measures_once_and_can_be_repeated(quick_compare, tmp_path, monkeypatch):
    printed = quick_compare()
    folder = tmp_path / "comparison"
    comparison = json.loads((folder / "comparison.json").read_text())
    assert list(comparison["models"]) == ["sketch-cnn", "mlp-512"]
    ours, tutorial = comparison["models"].values()
    assert ours["training"]["loaded"]
    assert not tutorial["training"]["loaded"]
    assert ours["drawings_preprocessed"]["correct"] == 10
    assert ours["mnist"]["n"] == 100
    assert tutorial["parameters"] == 407_050
    assert comparison["cross_validation"]["mlp-512"]["n"] == 2
    assert len(comparison["claims"]) == 3
    assert (folder / "comparison.md").read_text() in printed
    assert percent(tutorial["mnist"]["accuracy"]) in printed
    with open(folder / "comparison.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["architecture"] for row in rows] == list(comparison["models"])
    assert float(rows[0]["mnist_accuracy"]) == ours["mnist"]["accuracy"]
    assert (folder / "comparison.png").stat().st_size > 5000

    def refuse(*arguments, **options):
        raise AssertionError("trained again")

    monkeypatch.setattr("train.fit.runs.fit_network", refuse)
    monkeypatch.setattr("train.evaluate.cross_validation.fit_network", refuse)
    quick_compare()
    again = json.loads((folder / "comparison.json").read_text())
    for name, first in comparison["models"].items():
        assert again["models"][name]["mnist"] == first["mnist"]


@pytest.mark.slow
def test_compare_refuses_a_run_with_other_settings(quick_compare, small_mnist, tmp_path, capsys):
    run = str(tmp_path / "runs" / "mlp-512")
    assert main(["fit", "--architecture", "mlp-512", "--epochs", "2", "--run", run]) == 0
    options = ["--runs", str(tmp_path / "runs"), "--output", str(tmp_path / "comparison")]
    assert main(["compare", "--package", str(tmp_path / "package"), *options]) == 1
    assert "was started with a different command, epochs" in capsys.readouterr().err
    assert not (tmp_path / "comparison").exists()
