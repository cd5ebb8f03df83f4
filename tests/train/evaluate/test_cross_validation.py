"""`python -m train crossval`: the folds, the result, and resuming."""

import json

import numpy as np
import pytest

from train.__main__ import main
from train.errors import RunError
from train.evaluate.cross_validation import HELD_OUT, cross_validate, split_folds
from train.fit.recipes import RECIPES

SETTINGS = {"architecture": "mlp-512", "epochs": 1, "seed": 1}


def test_folds_partition_the_data_shuffled_and_stratified():
    labels = np.repeat(np.arange(10), [50, 60, 50, 50, 40, 50, 50, 50, 50, 50])
    folds = list(split_folds(labels, 5, seed=1))
    assert len(folds) == 5
    held_out = np.concatenate([held for _, held in folds])
    np.testing.assert_array_equal(np.sort(held_out), np.arange(len(labels)))
    for training, held in folds:
        np.testing.assert_array_equal(np.sort([*training, *held]), np.arange(len(labels)))
        np.testing.assert_array_equal(np.bincount(labels[held]), np.bincount(labels) // 5)
    again, other = (next(iter(split_folds(labels, 5, seed=seed)))[1] for seed in (1, 2))
    np.testing.assert_array_equal(folds[0][1], again)
    assert not np.array_equal(folds[0][1], other)


@pytest.mark.parametrize("folds", [1, 9])
def test_impossible_number_of_folds_is_refused(folds):
    labels = np.repeat(np.arange(10), 8)
    with pytest.raises(RunError, match="There can be 2 to 8 folds"):
        split_folds(labels, folds, seed=1)


def test_result_is_the_mean_of_the_folds_and_a_second_start_trains_nothing(
    tiny_data, tmp_path, monkeypatch
):
    dataset, recipe = tiny_data.sources["digits"][0], RECIPES["mlp-512"]
    first = cross_validate(tmp_path, dataset, recipe, SETTINGS, folds=3, verbose=0)
    assert first["n"] == 3
    assert first["images"] == len(dataset)
    assert first["mean"] == pytest.approx(np.mean(first["accuracies"]))
    assert first["standard_deviation"] == pytest.approx(np.std(first["accuracies"]))
    histories = [
        json.loads((tmp_path / f"fold-{number}" / "history.json").read_text())
        for number in (1, 2, 3)
    ]
    scored = [history[-1]["validation_accuracy"][HELD_OUT] for history in histories]
    assert first["accuracies"] == scored
    assert (tmp_path / "cross_validation.png").stat().st_size > 5000

    def refuse(*arguments, **options):
        raise AssertionError("trained again")

    monkeypatch.setattr("train.evaluate.cross_validation.fit_network", refuse)
    assert cross_validate(tmp_path, dataset, recipe, SETTINGS, folds=3, verbose=0) == first


def test_stopped_cross_validation_resumes_at_the_missing_fold(tiny_data, tmp_path, monkeypatch):
    from train.fit.loop import fit_network

    dataset, recipe = tiny_data.sources["digits"][0], RECIPES["mlp-512"]
    trained = []

    def stop_in_the_second(run, *arguments, **options):
        trained.append(run.name)
        if len(trained) == 2:
            raise KeyboardInterrupt
        return fit_network(run, *arguments, **options)

    monkeypatch.setattr("train.evaluate.cross_validation.fit_network", stop_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        cross_validate(tmp_path, dataset, recipe, SETTINGS, folds=3, verbose=0)
    cross_validate(tmp_path, dataset, recipe, SETTINGS, folds=3, verbose=0)
    assert trained == ["fold-1", "fold-2", "fold-2", "fold-3"]


@pytest.mark.slow
def test_command_prints_mean_deviation_and_n(tmp_path, capsys):
    options = ["--architecture", "mlp-512", "--data", "digits", "--epochs", "1", "--folds", "2"]
    assert main(["crossval", *options, "--run", str(tmp_path / "run")]) == 0
    printed = capsys.readouterr().out
    assert "Fold 2 of 2: " in printed
    assert "Accuracy: mean " in printed
    assert "n=2 folds" in printed
    # The 300 images of the test split are in no fold.
    assert "1,497 images" in printed
    assert main(["crossval", *options[:-2], "--folds", "3", "--run", str(tmp_path / "run")]) == 1
    assert "was started with a different command, fold" in capsys.readouterr().err
