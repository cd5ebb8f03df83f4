"""`python -m train calibrate`: a finished run gets a new temperature and threshold, same weights.

All tests share one small run that learned to refuse; each works on a copy.
"""

import json
import shutil
from dataclasses import asdict, replace

import numpy as np
import pytest

from sketchdigits.package.settings import read_settings
from sketchdigits.prediction import DigitScore
from tests.support.polylines import DIGITS
from train.__main__ import main
from train.datasets import UNIPEN
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.datasets.unipen import PenCharacter, PenCharacters, PenCharacterSplits
from train.fit.recipes import RECIPES
from train.fit.run_folder import load_run_model, save_run_model
from train.fit.runs import current_commit
from train.fit.temperature import apply_temperature

FIT = ["fit", "--architecture", "mlp-512", "--data", "digits", "drawn-non-digits", "--epochs", "3"]


def draw_noise(count, strokes, seed) -> LabelledImages:
    """Stand in for `render_non_digits`, which takes long: random pixels."""
    pixels = np.random.default_rng(seed).integers(0, 256, (100, 28, 28)).astype(np.uint8)
    return LabelledImages(pixels, np.full(100, NON_DIGIT))


@pytest.fixture(scope="module")
def evaluated_run(tmp_path_factory):
    """A finished and evaluated run, by a quick network with our recipe: digits and noise."""
    folder = tmp_path_factory.mktemp("calibrate") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("train.fit.training_data.render_non_digits", draw_noise)
        patch.setattr("train.evaluate.throughput.BATCHES", 2)
        recipe = replace(RECIPES["sketch-cnn"], degraded_per_epoch=0)
        patch.setitem(RECIPES, "mlp-512", recipe)
        assert main([*FIT, "--run", str(folder)]) == 0
        assert main(["evaluate", "--run", str(folder)]) == 0
        yield folder


@pytest.fixture
def run(evaluated_run, tmp_path):
    """A copy of the run."""
    return shutil.copytree(evaluated_run, tmp_path / "run")


def calibrate(run) -> int:
    return main(["calibrate", "--run", str(run)])


def package(run) -> int:
    return main(["package", "--run", str(run), "--output", str(run / "package")])


def double_the_logits(run) -> None:
    """Save the run's network with logits twice as large, as if it was never calibrated."""
    network, settings = load_run_model(run)
    apply_temperature(network, 0.5)
    save_run_model(run, network, settings)


def digit_score(run) -> DigitScore:
    found = read_settings(run).digit_score
    assert found is not None
    return found


def weights(run) -> bytes:
    return (run / "model.weights.h5").read_bytes()


def test_other_share_of_refused_digits_changes_the_threshold_and_not_the_weights(
    run, monkeypatch, capsys
):
    before, temperature, trained = digit_score(run), read_settings(run).temperature, weights(run)
    monkeypatch.setattr("train.fit.rejection.REFUSED_DIGITS", 0.2)
    assert calibrate(run) == 0
    after = digit_score(run)
    assert after.threshold > before.threshold
    assert (after.scale, after.bias) == (before.scale, before.bias)
    assert read_settings(run).temperature == temperature
    assert weights(run) == trained
    printed = capsys.readouterr().out
    assert f"threshold of is_digit: {before.threshold:.4f} -> {after.threshold:.4f}" in printed
    assert after.refusal_threshold == before.refusal_threshold
    assert f"refusal threshold: {before.refusal_threshold:.4f} -> " in printed


def test_calibrating_again_without_a_change_leaves_the_settings_and_weights(run):
    before = (run / "sketchdigits.json").read_bytes(), weights(run)
    for _ in range(2):
        assert calibrate(run) == 0
        assert ((run / "sketchdigits.json").read_bytes(), weights(run)) == before


def test_logits_that_are_twice_too_large_are_divided_by_two(run):
    network, before = load_run_model(run)
    double_the_logits(run)
    assert calibrate(run) == 0
    calibrated, after = load_run_model(run)
    assert after.temperature == pytest.approx(2 * before.temperature, rel=1e-2)
    for one, same in zip(network.get_weights(), calibrated.get_weights(), strict=True):
        np.testing.assert_allclose(same, one, rtol=1e-2)


def test_a_donor_of_unipen_changes_the_thresholds_of_a_run_that_was_trained_without(
    run, monkeypatch
):
    def pen(strokes, label):
        arrays = tuple(np.array(stroke, np.float32) for stroke in strokes)
        return PenCharacter(arrays, label, 1, "?", "app")

    digits = [pen(strokes, digit) for digit, strokes in DIGITS.items()]
    cross = pen([[(0, 0), (9, 9)], [(0, 9), (9, 0)]], NON_DIGIT)
    part = PenCharacters(digits, [cross], [])
    monkeypatch.setattr(UNIPEN, "load_file", lambda path: PenCharacterSplits(part, part, part))
    monkeypatch.setenv("SKETCHDIGITS_UNIPEN", "unipen.npz")
    before, temperature, trained = digit_score(run), read_settings(run).temperature, weights(run)
    assert calibrate(run) == 0
    assert digit_score(run).threshold != pytest.approx(before.threshold, abs=1e-3)
    assert read_settings(run).temperature == temperature
    assert weights(run) == trained
    settings = json.loads((run / "run.json").read_text())
    assert settings["calibrated_on"] == [*settings["data"], "unipen"]


def test_run_trained_as_published_is_refused(run, capsys):
    settings = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**settings, "as_published": True}))
    trained = weights(run)
    assert calibrate(run) == 1
    message = capsys.readouterr().err
    assert "was trained as published" in message
    assert "no validation images" in message
    assert weights(run) == trained


def test_unfinished_run_is_refused(run, capsys):
    (run / "sketchdigits.json").unlink()
    assert calibrate(run) == 1
    assert "is not finished" in capsys.readouterr().err


@pytest.mark.slow
def test_package_refuses_metrics_that_are_older_than_the_temperature(run, capsys):
    double_the_logits(run)
    assert calibrate(run) == 0
    assert package(run) == 1
    assert "The run was calibrated after it was evaluated" in capsys.readouterr().err
    assert not (run / "package").exists()
    assert main(["evaluate", "--run", str(run)]) == 0
    assert package(run) == 0
    assert read_settings(run / "package").temperature == read_settings(run).temperature


@pytest.mark.parametrize(
    ("share", "name"),
    [("REFUSED_DIGITS", "threshold"), ("PLAINLY_REFUSED_DIGITS", "refusal_threshold")],
)
def test_package_refuses_metrics_that_are_older_than_a_threshold(
    run, monkeypatch, capsys, share, name
):
    monkeypatch.setattr("train.fit.rejection.REFUSED_DIGITS", 0.2)
    monkeypatch.setattr("train.fit.rejection.PLAINLY_REFUSED_DIGITS", 0.1)
    assert calibrate(run) == 0
    metrics = json.loads((run / "metrics.json").read_text())
    # As `evaluate` writes it for a run that was trained on Omniglot.
    metrics["rejection"] = asdict(digit_score(run))
    (run / "metrics.json").write_text(json.dumps(metrics))
    monkeypatch.setattr(f"train.fit.rejection.{share}", 0.15)
    assert calibrate(run) == 0
    after = digit_score(run)
    changed = {key for key, old in metrics["rejection"].items() if old != getattr(after, key)}
    assert changed == {name}
    assert package(run) == 1
    assert "The run was calibrated after it was evaluated" in capsys.readouterr().err
    assert not (run / "package").exists()


def test_run_records_the_commit_and_still_counts_as_the_same_run(run, capsys):
    begun = json.loads((run / "run.json").read_text())
    assert calibrate(run) == 0
    settings = json.loads((run / "run.json").read_text())
    record = {"calibrated_at": current_commit(), "calibrated_on": begun["data"]}
    assert settings == {**begun, **record}
    assert main([*FIT, "--run", str(run)]) == 0
    assert "is finished already" in capsys.readouterr().out
