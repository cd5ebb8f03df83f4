"""Fine-tuning: a run that starts from a package's network and keeps a share of its weights."""

import json

import numpy as np
import pytest

from train.__main__ import main
from train.errors import RunError
from train.fit.fine_tuning import load_start
from train.fit.loop import fit_network
from train.fit.recipes import RECIPES, for_fine_tuning
from train.fit.run_folder import load_run_model

RECIPE = RECIPES["sketch-cnn"]


@pytest.fixture(scope="module")
def package(tiny_data, tmp_path_factory):
    """The folder of a small network, trained for an epoch."""
    run = tmp_path_factory.mktemp("start") / "run"
    wanted = {"architecture": "mlp-512", "epochs": 1, "seed": 0}
    fit_network(run, tiny_data, RECIPE, wanted, verbose=0)
    return run


def weights_of(run):
    network, settings = load_run_model(run)
    *others, kernel, bias = network.get_weights()
    # Calibration has divided the last layer by the temperature.
    return [*others, kernel * settings.temperature, bias * settings.temperature]


def fine_tune(run, package, tiny_data, kept_share):
    start = load_start(package, "mlp-512", kept_share)
    wanted = {"architecture": "mlp-512", "epochs": 1, "seed": 1}
    fit_network(run, tiny_data, for_fine_tuning(RECIPE), wanted, start=start, verbose=0)
    return start.weights, weights_of(run)


def test_final_network_keeps_the_given_share_of_the_weights_that_it_started_from(
    package, tiny_data, tmp_path
):
    before, tuned = fine_tune(tmp_path / "none", package, tiny_data, 0)
    _, half = fine_tune(tmp_path / "half", package, tiny_data, 0.5)
    _, whole = fine_tune(tmp_path / "whole", package, tiny_data, 1)
    for start, none_kept, half_kept, all_kept in zip(before, tuned, half, whole, strict=True):
        assert 0 < np.abs(none_kept - start).max() < 0.05  # it went on from the start
        np.testing.assert_allclose(half_kept, (start + none_kept) / 2, atol=2e-6)
        np.testing.assert_allclose(all_kept, start, atol=2e-6)


def test_package_of_another_architecture_is_refused(package):
    with pytest.raises(RunError, match="holds the architecture mlp-512"):
        load_start(package, "sketch-cnn", 0.5)


def test_run_records_its_start_and_is_not_resumed_from_another(package, tmp_path, capsys):
    options = ["--architecture", "mlp-512", "--data", "digits", "--epochs", "1"]
    options += ["--run", str(tmp_path / "run")]
    assert main(["fit", *options, "--start", str(package), "--keep", "0.25"]) == 0
    begun = json.loads((tmp_path / "run" / "run.json").read_text())
    assert begun["start"]["kept_share"] == 0.25
    assert len(begun["start"]["weights_sha256"]) == 64
    assert begun["command"].endswith("--start FOLDER --keep 0.25")
    assert str(package) not in json.dumps(begun)
    for other in (["--start", str(package)], []):
        assert main(["fit", *options, *other]) == 1
        assert "was started with a different" in capsys.readouterr().err


def test_folder_that_is_no_package_is_one_message(tmp_path, capsys):
    assert main(["fit", "--start", str(tmp_path), "--run", str(tmp_path / "run")]) == 1
    message = capsys.readouterr().err
    assert str(tmp_path) in message
    assert "Traceback" not in message


def test_fine_tuning_takes_fewer_epochs_and_smaller_steps():
    tuned = for_fine_tuning(RECIPE)
    assert tuned.epochs < RECIPE.epochs
    assert tuned.peak_learning_rate < RECIPE.peak_learning_rate
