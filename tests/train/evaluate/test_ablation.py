"""`python -m train ablate`: which runs it makes, resumes and refuses, and its table."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import use_small_mnist
from tests.support.polylines import draw
from train.datasets import DatasetPaths
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.errors import RunError
from train.evaluate import ablation
from train.evaluate.ablation import WHOLE, Variant, ablate
from train.evaluate.ablation_table import describe_ablation, summarise_ablation
from train.evaluate.other_preprocessing import centre_by_box
from train.fit.recipes import RECIPES


@pytest.fixture(scope="module")
def measured(tiny_data, tmp_path_factory):
    """A finished ablation: three variants on a few digits, by a small network with our recipe.

    Returns its folder, with `out` and `runs`, and what `ablate` returned.
    """
    folder = tmp_path_factory.mktemp("ablation")
    pixels = np.random.default_rng(0).integers(0, 256, (40, 28, 28)).astype(np.uint8)
    noise = LabelledImages(pixels, np.full(40, NON_DIGIT))
    digits = tiny_data.validation["digits"]
    data = replace(
        tiny_data,
        sources={**tiny_data.sources, "omniglot": (noise, 40)},
        validation={"mnist": digits, "pendigits": digits},
        non_digits={"omniglot": noise},
    )
    variants = {
        WHOLE: Variant(),
        "without outliers": Variant(("omniglot",)),
        "taught": Variant(taught=True),
        "same as the recipe": Variant(recipe={"precision": "float32"}),
    }
    with pytest.MonkeyPatch.context() as patch:
        use_small_mnist(patch)
        patch.setattr(ablation, "DEFAULT_ARCHITECTURE", "mlp-512")
        patch.setitem(RECIPES, "mlp-512", RECIPES["sketch-cnn"])
        patch.setattr(ablation, "load_training_data", lambda *names, **paths: data)
        patch.setattr(ablation, "CORRUPTED_IMAGES", 10)
        patch.setattr(ablation, "VARIANTS", variants)
        yield folder, run_ablation(folder)


def run_ablation(folder, output="out", *, epochs=1):
    return ablate(
        folder / output,
        folder / "runs",
        epochs=epochs,
        seeds=(0, 1),
        paths=DatasetPaths(),
        verbose=0,
    )


@pytest.mark.slow
def test_every_variant_has_one_run_and_the_whole_recipe_one_per_seed(measured):
    _, found = measured
    runs = [(run["variant"], run["seed"]) for run in found["runs"]]
    assert runs == [(WHOLE, 0), (WHOLE, 1), ("without outliers", 0), ("taught", 0)]
    assert all(0 <= run["mnist"] <= 1 for run in found["runs"])


@pytest.mark.slow
def test_measured_runs_are_not_repeated(measured, monkeypatch):
    folder, found = measured
    monkeypatch.setattr(ablation, "fit_network", lambda *_, **__: pytest.fail("trained again"))
    assert run_ablation(folder)["runs"] == found["runs"]


@pytest.mark.slow
def test_summary_has_the_mean_and_deviation_over_the_seeds(measured):
    _, found = measured
    whole, other, taught = summarise_ablation(found)
    assert (whole["seeds"], other["seeds"], taught["seeds"]) == (2, 1, 1)
    values = [run["mnist"] for run in found["runs"] if run["variant"] == WHOLE]
    assert whole["mean"]["mnist"] == pytest.approx(np.mean(values))
    assert whole["deviation"]["mnist"] == pytest.approx(np.std(values, ddof=1))
    assert other["deviation"]["mnist"] is None


@pytest.mark.slow
def test_results_with_other_settings_are_neither_lost_nor_mixed(measured):
    folder, _ = measured
    before = (folder / "out" / "ablation.json").read_bytes()
    with pytest.raises(RunError, match="another recipe or number of epochs"):
        run_ablation(folder, epochs=2)
    assert (folder / "out" / "ablation.json").read_bytes() == before
    with pytest.raises(RunError, match="started with a different command, epochs"):
        run_ablation(folder, "other", epochs=2)


def test_settings_that_differ_from_the_packaged_recipe_are_listed(tmp_path):
    path = tmp_path / "ablation.json"
    recipe = {"label_smoothing": 0.05, "batch_size": 128, "precision": "float32", "gone": 1}
    runs = [{"variant": WHOLE, "seed": 0, "mnist": 0.99}]
    path.write_text(
        json.dumps({"epochs": 4, "commit": "c", "machine": "m", "recipe": recipe, "runs": runs})
    )
    packaged = {"label_smoothing": 0.0, "batch_size": 128, "precision": "mixed_bfloat16"}
    assert describe_ablation(path, packaged)["other_settings"] == {"label_smoothing": 0.05}
    assert describe_ablation(path, recipe)["other_settings"] == {}


def test_centre_by_box_centres_the_box():
    centred = centre_by_box(draw(7, ink=(255,), background=(0,)))
    rows, columns = np.nonzero(centred > 128)
    assert abs(rows.min() + rows.max() - 27) <= 1
    assert abs(columns.min() + columns.max() - 27) <= 1
