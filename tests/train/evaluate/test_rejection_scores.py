"""A run that learned to refuse: its scores, figures, package and card.

The tests share one small run, which is evaluated and packaged once.
"""

import json
import shutil
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from sketchdigits import DigitClassifier
from sketchdigits.architectures import ARCHITECTURES
from sketchdigits.prediction import DigitScore, log_sum_exp
from tests.conftest import use_small_mnist
from train.datasets import OMNIGLOT, DatasetPaths
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.datasets.omniglot import Characters, CharacterSplits
from train.errors import RunError
from train.evaluate import numbers
from train.evaluate.rejection_scores import score_rejection
from train.evaluate.run import evaluate_run
from train.evaluate.throughput import measure_throughput
from train.fit.loop import fit_network
from train.fit.prediction import predict
from train.fit.recipes import RECIPES
from train.fit.rejection import fit_digit_score
from train.fit.runs import describe_run
from train.fit.temperature import end_at_logits
from train.publish.package import package_run

ABLATION = {
    "epochs": 3,
    "commit": "0123abc",
    "machine": "2 CPU cores",
    "recipe": {},
    "runs": [
        {"variant": "the whole recipe", "seed": 0, "mnist": 0.98},
        {"variant": "the whole recipe", "seed": 1, "mnist": 0.99},
        {"variant": "without outliers", "seed": 0, "mnist": 0.97},
    ],
}


@dataclass
class Scored:
    """The run's folder, its metrics, and the images that the evaluation predicted, by batch."""

    run: Path
    metrics: dict[str, Any]
    mnist_test: np.ndarray
    predicted: list[np.ndarray]
    ablation: Path
    package: Path


@pytest.fixture(scope="module", params=[pytest.param("mlp-512", marks=pytest.mark.slow)])
def scored(request, tiny_data, tmp_path_factory):
    """A run with our recipe on digits and noise, evaluated, and packaged with an ablation.

    By a small network: evaluation and packaging don't depend on the network's layers, and
    TensorFlow traces this one in a fraction of the time.
    """
    folder, architecture = tmp_path_factory.mktemp("rejection"), request.param
    with pytest.MonkeyPatch.context() as patch:
        mnist = use_small_mnist(patch)
        sheet = np.full((105, 105), 255, np.uint8)
        sheet[20:80, 50:53] = sheet[50:53, 20:80] = 0
        crosses = Characters(np.repeat(sheet[None], 6, axis=0), ("A/character01",) * 6)
        patch.setattr(
            OMNIGLOT, "load_file", lambda path: CharacterSplits(crosses, crosses, crosses)
        )
        patch.setattr("train.evaluate.evaluation_data.UNSEEN_NON_DIGITS", 24)
        patch.setattr("train.evaluate.throughput.BATCHES", 3)
        # Two pictures of each kind: there are thousands in an evaluation, which take minutes.
        for counts in (numbers.ROWS, numbers.NON_NUMBERS):
            for kind in counts:
                patch.setitem(counts, kind, 2)
        patch.setattr(numbers, "TIMED_ROWS", 2)
        # One row of images for each figure: after one epoch there are mistakes for five.
        for limit in ("MAX_MISTAKES", "MAX_FIRST_IMAGES"):
            patch.setattr(f"train.reports.image_grids.{limit}", 8)
        patch.setattr("train.publish.package.DEFAULT_ARCHITECTURE", architecture)
        noise = np.random.default_rng(0).integers(0, 256, (64, 28, 28)).astype(np.uint8)
        outliers = LabelledImages(noise, np.full(64, NON_DIGIT))
        data = replace(
            tiny_data,
            sources={**tiny_data.sources, "omniglot": (outliers, 64)},
            non_digits={"omniglot": outliers},
        )
        recipe, run = RECIPES["sketch-cnn"], folder / "run"
        names = ["mnist", "pendigits", "omniglot"]
        settings = describe_run(architecture, recipe, data=names, epochs=1, seed=0, command="fit")
        fit_network(run, data, recipe, settings, verbose=0)

        predicted: list[np.ndarray] = []
        predict_batch = keras.Model.predict_on_batch

        def record(model, images):
            predicted.append(images)
            return predict_batch(model, images)

        with pytest.MonkeyPatch.context() as watch:
            watch.setattr(keras.Model, "predict_on_batch", record)
            metrics = evaluate_run(run, DatasetPaths())
        ablation = folder / "ablation.json"
        ablation.write_text(json.dumps(ABLATION))
        package = folder / "package"
        package_run(run, package, paths=DatasetPaths(), ablation=ablation)
        yield Scored(run, metrics, mnist.test.images, predicted, ablation, package)


def test_rejection_scores_have_every_dataset_with_its_interval(tiny_data):
    pixels = np.random.default_rng(1).integers(0, 256, (32, 28, 28)).astype(np.uint8)
    noise = {"noise": LabelledImages(pixels, np.full(32, NON_DIGIT))}
    logits_model = end_at_logits(ARCHITECTURES["sketch-cnn"]())
    digits = tiny_data.validation
    fitted = fit_digit_score(logits_model, digits, noise)
    inside, outside = (
        {name: fitted.score(predict(logits_model, images.images)) for name, images in found.items()}
        for found in (digits, noise)
    )
    found = score_rejection(fitted, inside, outside, look_alikes=outside)
    assert found["digits"]["digits"]["n"] == 64
    refused = found["non_digits"]["noise"]
    assert refused["interval_95"][0] <= refused["share"] <= refused["interval_95"][1]
    assert 0 <= found["auroc"] <= 1
    assert found["digits"]["digits"]["unusual"] == 0
    accepted = [point["accepted"] for point in found["curve"]]
    assert accepted == sorted(accepted, reverse=True)


def test_images_between_the_two_thresholds_are_counted_as_unusual(tiny_data):
    logits_model = end_at_logits(ARCHITECTURES["sketch-cnn"]())
    [images] = tiny_data.validation.values()
    logits = predict(logits_model, images.images)
    energies = log_sum_exp(logits)
    low, high = (1 / (1 + np.exp(-np.quantile(energies, share))) for share in (0.25, 0.75))
    between = DigitScore(1.0, 0.0, threshold=float(high), refusal_threshold=float(low))
    scores = between.score(logits)
    half = {"noise": scores[:32]}
    found = score_rejection(between, {"digits": scores}, half, look_alikes=half)
    assert (found["threshold"], found["refusal_threshold"]) == (high, low)
    assert found["digits"]["digits"]["accepted"] == 16
    assert found["digits"]["digits"]["unusual"] == 32
    refused = found["non_digits"]["noise"]
    assert 0 < refused["unusual"] < refused["refused"] <= 32


def test_digits_and_non_digits_are_scored_at_the_packages_threshold(scored):
    rejection = scored.metrics["rejection"]
    assert [*rejection["digits"]] == [
        "MNIST test, full path",
        "1 pen writers kept out, black on white, 400x400",
    ]
    assert [found["n"] for found in rejection["non_digits"].values()] == [6, 24]
    digit_score = DigitClassifier.from_pretrained(scored.run).settings.digit_score
    assert digit_score
    assert rejection["threshold"] == digit_score.threshold
    assert rejection["refusal_threshold"] == digit_score.refusal_threshold


def test_corruptions_consistency_and_throughput_are_measured(scored):
    metrics = scored.metrics
    assert len(metrics["corruptions"]["accuracy"]) == 15
    assert metrics["corruptions"]["n"] == 100
    flips = metrics["consistency"]["flips"]
    assert len(flips) == 14
    on_any = metrics["consistency"]["any_size_or_polarity"]
    sizes_and_polarities = [share for name, share in list(flips.items())[:7]]
    assert max(sizes_and_polarities) <= on_any["share"] <= sum(sizes_and_polarities)
    assert on_any["interval_95"][0] <= on_any["share"] <= on_any["interval_95"][1]
    assert metrics["throughput"]["augmentation"] > 0
    assert metrics["throughput"]["network"] > 0


@pytest.mark.slow
def test_augmentation_makes_images_faster_than_our_network_takes_them(monkeypatch):
    monkeypatch.setattr("train.evaluate.throughput.BATCHES", 3)
    settings = {"architecture": "sketch-cnn", "recipe": asdict(RECIPES["sketch-cnn"])}
    found = measure_throughput(settings, 11)
    assert found["augmentation"] > found["network"]


def test_metrics_have_their_keys_in_order(scored):
    assert [*scored.metrics] == [
        "architecture",
        "parameters",
        "training",
        "scored_at",
        "test",
        "acceptance",
        "rejection",
        "corruptions",
        "consistency",
        "numbers",
        "throughput",
        "first_test_images",
    ]
    assert scored.metrics["training"]["data_sizes"] == {
        "mnist": {"train": 300, "validation": 100},
        "pendigits": {"train": 1, "validation": 1},
        "omniglot": {"train": 1, "validation": 1},
    }
    names = [*scored.metrics["test"]]
    unseen = [name for name, found in scored.metrics["acceptance"].items() if found["unseen"]]
    assert names[: len(unseen)] == unseen  # sources that no training saw come first
    assert unseen[-1] == "scikit-learn digits, never trained on"
    assert all("frames of a style kept out" in name for name in unseen[:-1])
    assert names[len(unseen) :][:3] == [
        "MNIST test",
        "MNIST test, corrected labels",
        "MNIST test, full path",
    ]


def test_accepted_digits_are_counted_by_source_and_digit(scored):
    for found in scored.metrics["acceptance"].values():
        assert sum(digit["n"] for digit in found["per_digit"]) == found["n"]
        assert sum(digit["accepted"] for digit in found["per_digit"]) == found["accepted"]
        assert found["accepted"] + found["unusual"] <= found["n"]
    canvases = [name for name in scored.metrics["acceptance"] if "pen writers" in name]
    assert len(canvases) == 10
    assert not any(scored.metrics["acceptance"][name]["unseen"] for name in canvases)


def test_all_images_are_predicted_once(scored):
    assert sum(np.shares_memory(images, scored.mnist_test) for images in scored.predicted) == 1
    assert not any(np.shares_memory(*images) for images in combinations(scored.predicted, 2))


def test_every_figure_is_drawn(scored):
    for picture in (
        "rejection",
        "corruptions",
        "first_test_images",
        "worst_test_mistakes",
        "worst_validation_mistakes_mnist",
        "worst_validation_mistakes_pendigits",
    ):
        assert (scored.run / "figures" / f"{picture}.png").stat().st_size > 5000


def test_package_and_card_have_the_scores_and_the_ablation(scored):
    packaged = json.loads((scored.package / "metrics.json").read_text())
    assert packaged["rejection"] == scored.metrics["rejection"]
    assert (scored.package / "figures" / "rejection.png").is_file()
    card = (scored.package / "README.md").read_text()
    for title in (
        "Images that are not digits",
        "Corrupted images",
        "One drawing on different canvases",
    ):
        assert f"### {title}" in card
    assert "drawings of 1 characters" in card
    assert "| images a second | augmentation makes " in card
    assert "runs of 3 epochs" in card
    assert "| the whole recipe (2 seeds) | 98.50 % ± 0.71 |" in card
    assert "| without outliers | 97.00 % |" in card


def test_file_that_is_no_ablation_is_refused(scored, tmp_path):
    with pytest.raises(RunError, match=r"expected its ablation\.json"):
        package_run(
            scored.run,
            tmp_path / "package",
            paths=DatasetPaths(),
            ablation=scored.run / "metrics.json",
        )


def without_time(found: Any) -> Any:
    """The scores without the milliseconds for a number, which differ each time."""
    return {**found, "time": None} if isinstance(found, dict) and "time" in found else found


def test_copy_of_a_package_is_scored_again_and_keeps_its_ablation_and_curves(
    scored, tmp_path, monkeypatch
):
    """This is how a package is scored after a change of the preprocessing."""
    # Measured for the run already; it builds a network to train, which takes long.
    throughput = scored.metrics["throughput"]
    monkeypatch.setattr("train.evaluate.run.measure_throughput", lambda *_: throughput)
    copy = shutil.copytree(scored.package, tmp_path / "copy")
    curves = (copy / "figures" / "learning_curves.png").read_bytes()
    again = evaluate_run(copy, DatasetPaths())
    for key in scored.metrics:
        assert without_time(again[key]) == without_time(scored.metrics[key])
    package_run(copy, copy, paths=DatasetPaths())
    assert "runs of 3 epochs" in (copy / "README.md").read_text()
    assert (copy / "figures" / "learning_curves.png").read_bytes() == curves
