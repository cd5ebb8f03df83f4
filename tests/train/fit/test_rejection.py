"""Learning to reject non-digits: the eleventh class, the threshold and the AUROC."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from sketchdigits import DigitClassifier
from sketchdigits.architectures import ARCHITECTURES
from train.__main__ import main
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.datasets.sklearn_digits import load_sklearn_digits
from train.fit.loop import EpochBatches, fit_network
from train.fit.recipes import RECIPES
from train.fit.rejection import (
    PLAINLY_REFUSED_DIGITS,
    REFUSED_DIGITS,
    add_outlier_logit,
    auroc,
    fit_digit_score,
    quantile_of_all,
)
from train.fit.run_folder import read_json
from train.fit.temperature import end_at_logits
from train.fit.training_data import preprocess_images

RECIPE = replace(RECIPES["sketch-cnn"], batch_size=32)


def noise(count: int, seed: int) -> LabelledImages:
    images = np.random.default_rng(seed).integers(0, 256, (count, 28, 28)).astype(np.uint8)
    return LabelledImages(images, np.full(count, NON_DIGIT))


@pytest.fixture
def data_with_noise(tiny_data):
    """`TrainingData` of digits, and of noise as non-digits."""
    sources = {**tiny_data.sources, "noise": (noise(64, 0), 64)}
    return replace(tiny_data, sources=sources, non_digits={"noise": noise(32, 1)})


def test_outlier_logit_is_0_and_the_other_ten_are_unchanged():
    network = end_at_logits(ARCHITECTURES["sketch-cnn"]())
    images = noise(5, 0).images[..., None]
    with_outlier = add_outlier_logit(network).predict(images, verbose=0)
    assert with_outlier.shape == (5, 11)
    np.testing.assert_array_equal(with_outlier[:, NON_DIGIT], 0)
    np.testing.assert_allclose(
        with_outlier[:, :NON_DIGIT], network.predict(images, verbose=0), atol=1e-5
    )


def test_labels_of_an_epoch_have_an_eleventh_class_only_with_outliers(tiny_data, data_with_noise):
    assert EpochBatches(tiny_data, RECIPE, 0, 0)[0][1].shape[1] == 10
    labels = np.concatenate([batch[1] for batch in EpochBatches(data_with_noise, RECIPE, 0, 0)])
    assert labels.shape == (256, 11)
    assert labels[:, NON_DIGIT].sum() == 64


@pytest.mark.parametrize(
    "architecture", ["mlp-512", pytest.param("sketch-cnn", marks=pytest.mark.slow)]
)
def test_run_with_outliers_refuses_them_and_gives_ten_probabilities(
    architecture, data_with_noise, tmp_path
):
    settings = {"architecture": architecture, "epochs": 8, "seed": 0}
    fit_network(tmp_path, data_with_noise, RECIPE, settings, verbose=0)
    assert read_json(tmp_path / "history.json")[-1]["validation_auroc"] > 0.99
    classifier = DigitClassifier.from_pretrained(tmp_path)
    digits = data_with_noise.validation["digits"].images
    accepted = [prediction.is_digit for prediction in classifier.predict_batch(digits)]
    assert np.mean(accepted) > 0.9
    noise_accepted = [
        prediction.is_digit for prediction in classifier.predict_batch(noise(20, 2).images)
    ]
    assert np.mean(noise_accepted) < 0.1
    stock = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(stock.predict(digits[:3], verbose=0).sum(axis=1), 1, atol=1e-5)


def test_resumed_run_with_outliers_gives_the_same_weights(data_with_noise, tmp_path):
    settings = {"architecture": "mlp-512", "epochs": 2, "seed": 0}
    whole = fit_network(tmp_path / "whole", data_with_noise, RECIPE, settings, verbose=0)
    run = tmp_path / "whole"
    for name in ("model.keras", "model.weights.h5", "config.json", "sketchdigits.json"):
        (run / name).unlink()
    again = fit_network(run, data_with_noise, RECIPE, settings, verbose=0)
    for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_thresholds_refuse_at_most_the_allowed_shares_of_digits(classifier, monkeypatch):
    # 400 digits are too few for the real share, 0.001: one digit is 0.0025 of them.
    assert PLAINLY_REFUSED_DIGITS < REFUSED_DIGITS
    monkeypatch.setattr("train.fit.rejection.REFUSED_DIGITS", 0.1)
    monkeypatch.setattr("train.fit.rejection.PLAINLY_REFUSED_DIGITS", 0.02)
    logits_model = end_at_logits(classifier.network)
    digits = preprocess_images(load_sklearn_digits().train[:400], "preprocessing")
    found = fit_digit_score(logits_model, {"some": digits}, {"noise": noise(50, 4)})
    logits = logits_model.predict(digits.images[..., None], verbose=0)
    scores = found.score(logits)
    assert 0.09 < (scores < found.threshold - 1e-9).mean() <= 0.1
    assert 0.01 < (scores < found.refusal_threshold - 1e-9).mean() <= 0.02


def test_refusal_threshold_is_never_above_the_threshold(classifier, monkeypatch):
    monkeypatch.setattr("train.fit.rejection.PLAINLY_REFUSED_DIGITS", 0.5)
    digits = preprocess_images(load_sklearn_digits().train[:100], "preprocessing")
    logits_model = end_at_logits(classifier.network)
    found = fit_digit_score(logits_model, {"some": digits}, {"noise": noise(50, 4)})
    assert found.refusal_threshold == found.threshold


def test_score_of_an_untrained_network_grows_with_its_logits(tiny_data):
    logits_model = end_at_logits(ARCHITECTURES["sketch-cnn"]())
    digits = tiny_data.validation
    for other in (noise(50, 4), LabelledImages(noise(50, 5).images // 8, noise(50, 5).labels)):
        assert fit_digit_score(logits_model, digits, {"noise": other}).scale > 0


def test_auroc_is_the_probability_that_a_digit_scores_higher():
    assert auroc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1
    assert auroc(np.array([0.0, 3.0]), np.array([1.0, 2.0])) == 0.5


def test_quantile_gives_small_and_large_sets_the_same_weight():
    assert quantile_of_all(0.4, [np.zeros(1), np.ones(999)]) == 0
    assert quantile_of_all(0.6, [np.zeros(1), np.ones(999)]) == 1


@pytest.mark.parametrize("architecture", ["mlp-512", "joy2469-cnn", "tf-cnn"])
def test_recipe_that_cannot_take_an_eleventh_class_refuses_non_digits(
    architecture, tmp_path, capsys
):
    run = tmp_path / "run"
    data = ["--data", "digits", "drawn-non-digits"]
    assert main(["fit", "--architecture", architecture, *data, "--run", str(run)]) == 1
    assert "Leave out omniglot, unipen and drawn-non-digits" in capsys.readouterr().err
    assert not run.exists()
