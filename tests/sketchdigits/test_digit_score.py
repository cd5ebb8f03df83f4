"""The digit score: how much an image looks like one digit, and the thresholds."""

import json
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest

from sketchdigits import DigitClassifier, ModelPackageError
from sketchdigits.package.keras_files import save_network
from sketchdigits.package.settings import (
    FORMAT_VERSION,
    PackageSettings,
    read_settings,
    write_settings,
)
from sketchdigits.prediction import DigitScore, Prediction
from tests.conftest import REPOSITORY
from tests.support.package_copies import change_settings
from tests.support.polylines import draw

SCORE = DigitScore(scale=1.0, bias=-6.0, threshold=0.4, refusal_threshold=0.1)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A package with `SCORE`, saved once."""
    folder = tmp_path_factory.mktemp("saved")
    classifier = DigitClassifier.from_pretrained(REPOSITORY / "model")
    save_network(folder, classifier.network, PackageSettings("sketch-cnn", digit_score=SCORE))
    return folder


@pytest.fixture
def package(saved, tmp_path):
    """A copy of the saved package, for tests that change it."""
    return shutil.copytree(saved, tmp_path / "package")


def test_score_is_between_0_and_1_and_grows_with_each_logit():
    logits = np.random.default_rng(0).normal(0, 5, (50, 10))
    scores = SCORE.score(logits)
    assert ((scores > 0) & (scores < 1)).all()
    assert (SCORE.score(logits + 1) > scores).all()
    assert np.isfinite(SCORE.score(np.array([[1e9] * 10, [-1e9] * 10]))).all()


def test_score_is_the_probability_against_an_extra_class_with_logit_0():
    logits = np.array([[2.0, *[-30.0] * 9]])
    expected = np.exp(2.0) / (np.exp(2.0) + 1)
    assert DigitScore(1.0, 0.0, 0.5, 0.5).score(logits)[0] == pytest.approx(expected, abs=1e-9)


def test_saved_package_keeps_its_score_and_threshold(saved):
    loaded = DigitClassifier.from_pretrained(saved)
    assert loaded.settings.digit_score == SCORE
    prediction = loaded.predict(draw(3))
    assert prediction.digit_score is not None
    assert prediction.is_digit == (prediction.digit_score >= SCORE.threshold)
    [together] = loaded.predict_batch([draw(3)])
    assert together.digit_score == pytest.approx(prediction.digit_score, abs=1e-4)


@pytest.mark.parametrize(
    ("threshold", "refusal_threshold", "verdict"),
    [(0.0, 0.0, "digit"), (1.1, 0.0, "unusual"), (1.1, 1.1, "no digit")],
)
def test_thresholds_decide(package, threshold, refusal_threshold, verdict):
    thresholds = {"threshold": threshold, "refusal_threshold": refusal_threshold}
    change_settings(package, digit_score={"scale": 1.0, "bias": -6.0, **thresholds})
    prediction = DigitClassifier.from_pretrained(package).predict(draw(3))
    assert prediction.verdict == verdict
    assert prediction.is_digit is (verdict == "digit")
    assert repr(prediction).endswith(f"verdict={verdict!r})")


@pytest.mark.parametrize(
    ("score", "verdict"),
    [(0.5, "digit"), (0.4, "digit"), (0.39, "unusual"), (0.1, "unusual"), (0.09, "no digit")],
)
def test_score_at_a_threshold_reaches_it(score, verdict):
    assert SCORE.verdict(score) == verdict


def test_package_of_format_3_has_one_threshold_and_is_written_in_the_newest_format(package):
    old = {"scale": 1.0, "bias": -6.0, "threshold": 0.4}
    change_settings(package, digit_score=old, format_version=3)
    settings = read_settings(package)
    assert settings.format_version == 3
    assert settings.digit_score == DigitScore(1.0, -6.0, 0.4, refusal_threshold=0.4)
    write_settings(package, settings)
    written = read_settings(package)
    assert written == replace(settings, format_version=FORMAT_VERSION)
    content = json.loads((package / "sketchdigits.json").read_text())
    assert content["digit_score"] == {**old, "refusal_threshold": 0.4}


def test_package_of_format_1_can_be_loaded_and_refuses_nothing(package):
    change_settings(package, removed=["digit_score"], format_version=1)
    prediction = DigitClassifier.from_pretrained(package).predict(draw(3))
    assert (prediction.digit_score, prediction.is_digit) == (None, True)
    assert "digit_score" not in repr(prediction)


@pytest.mark.parametrize(
    "digit_score",
    [
        {"scale": 1.0, "bias": 0.0},
        {"scale": 1.0, "bias": 0.0, "threshold": "low"},
        {"scale": 1.0, "bias": 0.0, "threshold": float("nan")},
        {"scale": float("inf"), "bias": 0.0, "threshold": 0.5},
        {"scale": True, "bias": 0.0, "threshold": 0.5},
        {"scale": 1.0, "bias": 0.0, "threshold": 0.5, "refusal_threshold": None},
        {"scale": 1.0, "bias": 0.0, "threshold": 0.5, "refusal_threshold": float("nan")},
        {"scale": 1.0, "bias": 0.0, "refusal_threshold": 0.5},
        {"scale": 1.0, "bias": 0.0, "threshold": 0.5, "more": 1.0},
        {},
    ],
)
def test_malformed_digit_score_is_refused(package, digit_score):
    change_settings(package, digit_score=digit_score)
    with pytest.raises(ModelPackageError, match="digit_score with scale, bias, threshold and"):
        DigitClassifier.from_pretrained(package)


def test_refusal_threshold_above_the_threshold_is_refused(package):
    thresholds = {"threshold": 0.4, "refusal_threshold": 0.5}
    change_settings(package, digit_score={"scale": 1.0, "bias": -6.0, **thresholds})
    with pytest.raises(ModelPackageError, match=r"at most the threshold, 0\.4\. Received: 0\.5"):
        read_settings(package)


def test_prediction_without_a_score_counts_as_a_digit():
    prediction = Prediction(np.full(10, 0.1, np.float32), np.zeros((28, 28), np.uint8))
    assert prediction.verdict == "digit"
    assert prediction.is_digit
    assert prediction.digit_score is None


def test_default_package_has_a_digit_score():
    settings = read_settings(REPOSITORY / "model")
    assert settings.digit_score is not None
    assert 0 < settings.digit_score.refusal_threshold <= settings.digit_score.threshold < 1


def test_network_without_a_layer_logits_is_refused_with_advice():
    pixels = keras.Input((28, 28, 1))
    shares = keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(pixels))
    with pytest.raises(ModelPackageError, match='no layer "logits"'):
        DigitClassifier(keras.Model(pixels, shares), PackageSettings("sketch-cnn"))
