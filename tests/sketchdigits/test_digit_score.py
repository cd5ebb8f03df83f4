import json

import keras
import numpy as np
import pytest

from sketchdigits import DigitClassifier, ModelPackageError
from sketchdigits.package.files import SETTINGS_FILE
from sketchdigits.package.keras_files import load_network, save_network
from sketchdigits.package.settings import PackageSettings, settings_checksum
from sketchdigits.prediction import DigitScore, Prediction
from tests.conftest import REPOSITORY
from tests.support.polylines import draw

SCORE = DigitScore(scale=1.0, bias=-6.0, threshold=0.4)


def write_settings_by_hand(folder, **changes):
    path = folder / SETTINGS_FILE
    content = {**json.loads(path.read_text()), **changes}
    del content["settings_sha256"]
    path.write_text(json.dumps({**content, "settings_sha256": settings_checksum(content)}))


def test_score_lies_between_0_and_1_and_grows_with_every_logit():
    logits = np.random.default_rng(0).normal(0, 5, (50, 10))
    scores = SCORE.score(logits)
    assert ((scores > 0) & (scores < 1)).all()
    assert (SCORE.score(logits + 1) > scores).all()
    assert np.isfinite(SCORE.score(np.array([[1e9] * 10, [-1e9] * 10]))).all()


def test_score_is_the_chance_beside_a_class_whose_logit_is_0():
    logits = np.array([[2.0, *[-30.0] * 9]])
    expected = np.exp(2.0) / (np.exp(2.0) + 1)
    assert DigitScore(1.0, 0.0, 0.5).score(logits)[0] == pytest.approx(expected, abs=1e-9)


def test_score_and_threshold_come_back_from_a_saved_package(tmp_path, classifier):
    settings = PackageSettings("sketch-cnn", digit_score=SCORE)
    save_network(tmp_path, classifier.network, settings)
    loaded = DigitClassifier.from_pretrained(tmp_path)
    assert loaded.settings.digit_score == SCORE
    prediction = loaded.predict(draw(3))
    assert prediction.digit_score is not None
    assert prediction.is_digit == (prediction.digit_score >= SCORE.threshold)
    [together] = loaded.predict_batch([draw(3)])
    assert together.digit_score == pytest.approx(prediction.digit_score, abs=1e-4)


@pytest.mark.parametrize(("threshold", "is_digit"), [(0.0, True), (1.1, False)])
def test_threshold_decides(tmp_path, classifier, threshold, is_digit):
    settings = PackageSettings("sketch-cnn", digit_score=DigitScore(1.0, -6.0, threshold))
    save_network(tmp_path, classifier.network, settings)
    prediction = DigitClassifier.from_pretrained(tmp_path).predict(draw(3))
    assert prediction.is_digit is is_digit
    assert ("is_digit=False" in repr(prediction)) is not is_digit


def test_package_of_format_1_is_read_and_refuses_nothing(tmp_path, classifier):
    save_network(tmp_path, classifier.network, PackageSettings("sketch-cnn"))
    path = tmp_path / SETTINGS_FILE
    content = json.loads(path.read_text())
    del content["digit_score"]
    path.write_text(json.dumps(content))
    write_settings_by_hand(tmp_path, format_version=1)
    prediction = DigitClassifier.from_pretrained(tmp_path).predict(draw(3))
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
        {"scale": 1.0, "bias": 0.0, "threshold": 0.5, "more": 1.0},
        {},
    ],
)
def test_digit_score_that_means_nothing_is_refused(tmp_path, classifier, digit_score):
    save_network(tmp_path, classifier.network, PackageSettings("sketch-cnn", digit_score=SCORE))
    write_settings_by_hand(tmp_path, digit_score=digit_score)
    with pytest.raises(ModelPackageError, match="digit_score with scale, bias and threshold"):
        DigitClassifier.from_pretrained(tmp_path)


def test_prediction_without_a_score_counts_as_a_digit():
    prediction = Prediction(np.full(10, 0.1, np.float32), np.zeros((28, 28), np.uint8))
    assert prediction.is_digit
    assert prediction.digit_score is None


def test_committed_package_has_its_score():
    _, settings = load_network(REPOSITORY / "model")
    assert settings.digit_score is not None
    assert 0 < settings.digit_score.threshold < 1


def test_network_without_logits_is_refused_with_advice():
    pixels = keras.Input((28, 28, 1))
    shares = keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(pixels))
    with pytest.raises(ModelPackageError, match='no layer "logits"'):
        DigitClassifier(keras.Model(pixels, shares), PackageSettings("sketch-cnn"))
