"""From a run that learned to refuse to its package: scores, pictures, card."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from sketchdigits import DigitClassifier
from train.datasets import OMNIGLOT, DatasetPaths
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.datasets.omniglot import Characters, CharacterSplits
from train.errors import RunError
from train.evaluate.run import evaluate_run
from train.fit.loop import fit_network
from train.fit.recipes import RECIPES
from train.fit.runs import describe_run
from train.publish.package import package_run


def test_run_that_refuses_is_scored_pictured_and_described(
    tiny_data, small_mnist, tmp_path, monkeypatch
):
    sheet = np.full((105, 105), 255, np.uint8)
    sheet[20:80, 50:53] = sheet[50:53, 20:80] = 0
    crosses = Characters(np.repeat(sheet[None], 6, axis=0), ("A/character01",) * 6)
    monkeypatch.setattr(
        OMNIGLOT, "load_file", lambda path: CharacterSplits(crosses, crosses, crosses)
    )
    monkeypatch.setattr("train.evaluate.run.UNSEEN_NON_DIGITS", 24)
    noise = np.random.default_rng(0).integers(0, 256, (64, 28, 28)).astype(np.uint8)
    outliers = LabelledImages(noise, np.full(64, NON_DIGIT))
    data = replace(
        tiny_data,
        sources={**tiny_data.sources, "omniglot": (outliers, 64)},
        non_digits={"omniglot": outliers},
    )
    recipe, run = RECIPES["sketch-cnn"], tmp_path / "run"
    learned = ["mnist", "pendigits", "omniglot"]
    settings = describe_run("sketch-cnn", recipe, data=learned, epochs=1, seed=0, command="fit")
    fit_network(run, data, recipe, settings, verbose=0)

    metrics = evaluate_run(run, DatasetPaths())
    rejection = metrics["rejection"]
    assert [*rejection["digits"]] == [
        "MNIST test",
        "1 pen writers kept out, black on white, 400x400",
    ]
    assert [found["n"] for found in rejection["non_digits"].values()] == [6, 24]
    digit_score = DigitClassifier.from_pretrained(run).settings.digit_score
    assert digit_score
    assert rejection["threshold"] == digit_score.threshold
    assert len(metrics["corruptions"]["accuracy"]) == 15
    assert metrics["corruptions"]["n"] == 100
    flips = metrics["consistency"]["flips"]
    assert len(flips) == 14
    on_any = metrics["consistency"]["any_size_or_polarity"]
    plain = [share for name, share in list(flips.items())[:7]]
    assert max(plain) <= on_any["share"] <= sum(plain)
    assert on_any["interval_95"][0] <= on_any["share"] <= on_any["interval_95"][1]
    assert metrics["throughput"]["augmentation"] > metrics["throughput"]["network"] > 0
    for picture in ("rejection", "corruptions", "worst_validation_mistakes_pendigits"):
        assert (run / "figures" / f"{picture}.png").stat().st_size > 5000

    package_run(run, tmp_path / "package", paths=DatasetPaths())
    assert json.loads((tmp_path / "package" / "metrics.json").read_text())["rejection"] == rejection
    assert (tmp_path / "package" / "figures" / "rejection.png").is_file()
    card = (tmp_path / "package" / "README.md").read_text()
    for title in ("What is no digit", "Corrupted images", "One drawing, other canvases"):
        assert f"### {title}" in card
    assert "drawings of 1 characters" in card
    assert "| images a second | augmentation makes " in card

    ablation = {"epochs": 3, "commit": "0123abc", "machine": "2 CPU cores", "recipe": {}}
    ablation["runs"] = [
        {"variant": "the whole recipe", "seed": 0, "mnist": 0.98},
        {"variant": "the whole recipe", "seed": 1, "mnist": 0.99},
        {"variant": "without outliers", "seed": 0, "mnist": 0.97},
    ]
    found = tmp_path / "ablation.json"
    found.write_text(json.dumps(ablation))
    package_run(run, tmp_path / "package", paths=DatasetPaths(), ablation=found)
    card = (tmp_path / "package" / "README.md").read_text()
    assert "runs of 3 epochs" in card
    assert "| the whole recipe (2 seeds) | 98.50 % ± 0.71 |" in card
    assert "| without outliers | 97.00 % |" in card
    with pytest.raises(RunError, match=r"expected its ablation\.json"):
        package_run(run, tmp_path / "package", paths=DatasetPaths(), ablation=run / "metrics.json")
    score_again(tmp_path / "package", metrics)


def score_again(package, metrics):
    """With newer preprocessing a package is scored again: its copy stands in for the run."""
    copy = shutil.copytree(package, package.parent / "copy")
    curves = (copy / "figures" / "learning_curves.png").read_bytes()
    again = evaluate_run(copy, DatasetPaths())
    for key in metrics.keys() - {"throughput"}:
        assert again[key] == metrics[key]
    package_run(copy, copy, paths=DatasetPaths())
    assert "runs of 3 epochs" in (copy / "README.md").read_text()
    assert (copy / "figures" / "learning_curves.png").read_bytes() == curves
