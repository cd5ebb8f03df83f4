"""The training loop: what an epoch holds, resuming, and the whole way from `fit` to an answer."""

import json
import multiprocessing
import os
import signal
from dataclasses import replace

import keras
import numpy as np
import pytest

from sketchdigits import DigitClassifier
from tests.support.polylines import draw
from train.__main__ import main
from train.distortions.augmentation import AugmentationStrength
from train.errors import RunError
from train.fit import loop
from train.fit.loop import EpochBatches, fit_network, new_model
from train.fit.recipes import RECIPES

RECIPE = RECIPES["sketch-cnn"]


def settings(**changes):
    """Settings of a run. By default of a small network: TensorFlow traces it in half a second."""
    return {"architecture": "mlp-512", "epochs": 2, "seed": 0, **changes}


OURS = settings(architecture="sketch-cnn")


def test_epoch_holds_every_image_once_and_depends_only_on_seed_and_number(tiny_data):
    one, again = (EpochBatches(tiny_data, RECIPE, seed=1, epoch=2) for _ in range(2))
    other = EpochBatches(tiny_data, RECIPE, seed=1, epoch=3)
    assert len(one) == 2
    assert sum(len(one[i][1]) for i in range(len(one))) == 192
    np.testing.assert_array_equal(one[1][0], again[1][0])
    assert not np.array_equal(one[1][0], other[1][0])
    counts = sum(one[i][1].sum(axis=0) for i in range(len(one)))
    np.testing.assert_array_equal(counts, np.bincount(tiny_data.sources["digits"][0].labels))


def _fit_one_epoch(run, data, wanted, stop):
    """Train, and call `stop` after the first epoch."""
    original = loop.save_checkpoint

    def save_then_stop(run, model, history):
        original(run, model, history)
        if len(history) == 1:
            stop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "save_checkpoint", save_then_stop)
        fit_network(run, data, RECIPE, wanted, verbose=0)


def _die():
    """As a power cut ends a process."""
    os.kill(os.getpid(), signal.SIGKILL)


def _press_control_c():
    raise KeyboardInterrupt


def _check_resumed(stopped, uninterrupted, data, wanted):
    """Finish a run that was stopped: it must become the one that was not."""
    assert not (stopped / "model.keras").exists()
    folder, weights = uninterrupted
    resumed = fit_network(stopped, data, RECIPE, wanted, verbose=0)
    histories = [json.loads((run / "history.json").read_text()) for run in (folder, stopped)]
    assert [len(history) for history in histories] == [wanted["epochs"]] * 2
    for one, other in zip(weights, resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


# Both networks have dropout. Ours takes long, and so does another process that loads TensorFlow.
def test_stopped_and_resumed_run_gives_the_weights_of_an_uninterrupted_one(tiny_data, tmp_path):
    wanted, run = settings(architecture="askpython-cnn", epochs=3), tmp_path / "uninterrupted"
    weights = fit_network(run, tiny_data, RECIPE, wanted, verbose=0).get_weights()
    with pytest.raises(KeyboardInterrupt):
        _fit_one_epoch(tmp_path / "stopped", tiny_data, wanted, _press_control_c)
    _check_resumed(tmp_path / "stopped", (run, weights), tiny_data, wanted)


@pytest.fixture(scope="module")
def trained(tiny_data, tmp_path_factory):
    """The folder of a run of our network, `OURS`, and its weights."""
    run = tmp_path_factory.mktemp("ours") / "run"
    return run, fit_network(run, tiny_data, RECIPE, OURS, verbose=0).get_weights()


@pytest.mark.slow
def test_killed_and_resumed_run_of_our_network_gives_the_same_weights(trained, tiny_data, tmp_path):
    process = multiprocessing.get_context("spawn").Process(
        target=_fit_one_epoch, args=(tmp_path / "killed", tiny_data, OURS, _die)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    _check_resumed(tmp_path / "killed", trained, tiny_data, OURS)


@pytest.mark.slow
def test_averaged_weights_lag_behind_the_last_step(tiny_data, tmp_path):
    keras.utils.set_random_seed(settings()["seed"])
    start = new_model("mlp-512", RECIPE, 10, epochs=2, steps=2).trainable_weights[0].numpy()
    distances = []
    for momentum in (0.0, 0.999):
        recipe = replace(RECIPE, averaging_momentum=momentum)
        run = tmp_path / f"{momentum}"
        trained = fit_network(run, tiny_data, recipe, settings(), calibrate=False, verbose=0)
        distances.append(np.abs(trained.trainable_weights[0].numpy() - start).sum())
    assert 0 < distances[1] < 0.8 * distances[0]


def test_run_with_other_settings_is_not_resumed(tiny_data, tmp_path):
    fit_network(tmp_path / "run", tiny_data, RECIPE, settings(epochs=1), verbose=0)
    with pytest.raises(RunError, match="a different epochs, seed"):
        fit_network(tmp_path / "run", tiny_data, RECIPE, settings(seed=5), verbose=0)


def test_commit_at_which_a_run_is_resumed_is_recorded(tiny_data, tmp_path):
    run, wanted = tmp_path / "run", settings(epochs=1)
    fit_network(run, tiny_data, RECIPE, {**wanted, "commit": "a"}, verbose=0)
    for commit in ("a", "b", "b", "c"):
        (run / "sketchdigits.json").unlink()
        fit_network(run, tiny_data, RECIPE, {**wanted, "commit": commit}, verbose=0)
    begun = json.loads((run / "run.json").read_text())
    assert (begun["commit"], begun["resumed_at"]) == ("a", ["b", "c"])


def test_finished_run_is_left_as_it_is(tmp_path, capsys):
    command = ["fit", "--architecture", "mlp-512", "--data", "digits", "--epochs", "1"]
    command += ["--run", str(tmp_path / "run")]
    assert main(command) == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")}
    assert main(command) == 0
    assert "is finished already" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")} == before


def test_mistyped_dataset_does_not_spoil_the_folder(tmp_path, capsys):
    run = str(tmp_path / "run")
    options = ["--architecture", "mlp-512", "--epochs", "1", "--run", run]
    assert main(["fit", "--data", "digitz", *options]) == 1
    assert main(["fit", "--data", "digits", *options]) == 0


def test_folder_with_other_files_is_left_alone(tiny_data, tmp_path):
    (tmp_path / "thesis.txt").write_text("three years")
    with pytest.raises(RunError, match="holds something else"):
        fit_network(tmp_path, tiny_data, RECIPE, settings(), verbose=0)
    assert (tmp_path / "thesis.txt").read_text() == "three years"


def test_fit_evaluate_package_and_predict_on_the_dataset_that_needs_no_file(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("train.evaluate.throughput.BATCHES", 2)
    # Tracing our network again takes long; tests/train/evaluate/test_rejection_scores.py measures
    # its throughput.
    monkeypatch.setattr(
        "train.evaluate.throughput.new_model",
        lambda _, *arguments, **options: new_model("mlp-512", *arguments, **options),
    )
    run, package = tmp_path / "run", tmp_path / "package"
    assert main(["fit", "--data", "digits", "--run", str(run), "--epochs", "1"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "--run", str(run)]) == 0
    printed = capsys.readouterr().out
    assert main(["package", "--run", str(run), "--output", str(package)]) == 0

    metrics = json.loads((package / "metrics.json").read_text())
    (name, score), *others = metrics["test"].items()
    assert not others
    assert name == "scikit-learn digits, test split"
    assert score["n"] == 300
    assert score["correct"] == np.trace(score["confusion"])
    low, high = score["interval_95"]
    assert low < score["accuracy"] == score["correct"] / 300 <= high
    assert "10.00%  guessing at random" in printed
    first = metrics["first_test_images"]
    assert len(first) == 10
    for index, answer in enumerate(first):
        line = f"test image {index}: a {answer['label']}, read as {answer['answer']} with"
        assert line in printed
    for figure in ("first_test_images", "worst_test_mistakes", "learning_curves"):
        assert (run / "figures" / f"{figure}.png").stat().st_size > 5000
    card = (package / "README.md").read_text()
    assert f"| {name} | 300 | {score['correct']} |" in card
    assert metrics["training"]["command"] in card
    assert (package / "figures" / "confusion_matrix.png").stat().st_size > 5000
    assert DigitClassifier.from_pretrained(package).predict(draw(0)).probabilities.shape == (10,)

    # Packaging fails if the run was trained on MNIST and its file is missing. The package stays.
    metrics["training"]["data"].append("mnist")
    (run / "metrics.json").write_text(json.dumps(metrics))
    before = {path: path.stat().st_mtime_ns for path in package.rglob("*")}
    again = ["package", "--run", str(run), "--output", str(package), "--mnist", "nowhere.npz"]
    assert main(again) == 1
    assert {path: path.stat().st_mtime_ns for path in package.rglob("*")} == before


def test_unfinished_run_is_not_evaluated(tmp_path, capsys):
    (tmp_path / "run.json").write_text(json.dumps(settings(data=["digits"])))
    assert main(["evaluate", "--run", str(tmp_path)]) == 1
    assert "is not finished" in capsys.readouterr().err


def test_network_in_bfloat16_computes_in_it_except_its_logits():
    recipe = replace(RECIPE, precision="mixed_bfloat16")
    model = new_model("sketch-cnn", recipe, 10, epochs=2, steps=2)
    kinds = (keras.layers.Conv2D, keras.layers.BatchNormalization)
    dtypes = [layer.compute_dtype for layer in model.layers if isinstance(layer, kinds)]
    assert dtypes == ["bfloat16"] * 12
    assert model.get_layer("logits").compute_dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.slow
def test_run_in_bfloat16_gives_a_trained_float32_network(trained, tiny_data, tmp_path):
    recipe = replace(RECIPE, precision="mixed_bfloat16")
    network = fit_network(tmp_path / "run", tiny_data, recipe, OURS, verbose=0)
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}
    _, weights = trained
    assert 0 < np.abs(network.get_weights()[0] - weights[0]).max() < 0.05


def test_last_epochs_have_half_the_augmentation(tiny_data, tmp_path):
    usual = AugmentationStrength()
    recipe = replace(RECIPE, augmentation=usual, calm_share=0.3)
    strengths = []

    def record(data, varied, seed, epoch):
        strengths.append(varied.augmentation)
        return EpochBatches(data, varied, seed, epoch)

    fit_network(
        tmp_path / "run", tiny_data, recipe, settings(epochs=3), make_batches=record, verbose=0
    )
    assert strengths == [usual, usual, usual.times(0.5)]
    assert strengths[2].turn == usual.turn / 2
    assert replace(recipe, augmentation=None).augmentation_in(2, 3) is None
