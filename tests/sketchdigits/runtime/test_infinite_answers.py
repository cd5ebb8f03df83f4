"""Finite weights may overflow for some images: the classifier raises instead of answering NaN."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from page.ui.answer import show_seen
from page.ui.endpoint import build_answer
from page.ui.image_answer import answer_image
from sketchdigits import DigitClassifier, ModelPackageError, preprocess_drawing
from sketchdigits.architectures import ARCHITECTURES
from sketchdigits.package.keras_files import save_network
from sketchdigits.package.known_answer import check_known_answer, known_image
from sketchdigits.package.settings import read_settings
from tests.conftest import REPOSITORY
from tests.support.polylines import draw

ARCHITECTURE = "mlp-512"


@pytest.fixture(scope="module")
def trap():
    """`(row, column)` of a pixel that is ink in a drawn 2, and blank in the known image."""
    ink = (preprocess_drawing(draw(2)) > 200) & (known_image() == 0)
    return tuple(np.argwhere(ink)[0])


@pytest.fixture(scope="module")
def overflowing(tmp_path_factory, trap):
    """A package with finite weights, whose logits overflow for a drawn 2."""
    network = ARCHITECTURES[ARCHITECTURE]()
    # TensorFlow stores equal arrays only once: then the layout of the LiteRT file is unknown.
    generator = np.random.default_rng(0)
    network.set_weights([generator.normal(0, 0.05, w.shape) for w in network.get_weights()])
    hidden, logits = (layer for layer in network.layers if isinstance(layer, keras.layers.Dense))
    kernel, bias = hidden.get_weights()
    kernel[:, 0], bias[0] = 0, 0
    kernel[trap[0] * 28 + trap[1], 0] = 3e38
    hidden.set_weights([kernel, bias])
    kernel, bias = logits.get_weights()
    kernel[0] = 3e38
    logits.set_weights([kernel, bias])
    folder = tmp_path_factory.mktemp("overflowing")
    settings = replace(read_settings(REPOSITORY / "model"), architecture=ARCHITECTURE)
    save_network(folder, network, settings)
    return folder


@pytest.fixture(scope="module", params=["litert", "keras"])
def classifier(request, overflowing):
    return DigitClassifier.from_pretrained(overflowing, runtime=request.param)


def test_image_for_which_the_model_overflows_is_an_error(classifier):
    drawing = draw(2)
    with pytest.raises(ModelPackageError, match="no finite answer for this image"):
        classifier.predict(drawing)
    with pytest.raises(ModelPackageError, match="no finite answer for this image"):
        classifier.predict_batch([drawing])
    prediction, sentence, _ = answer_image(
        drawing, classifier, {"unreadable_image": "No: {reason}"}
    )
    assert prediction is None
    assert "no finite answer" in sentence


def test_other_images_still_get_valid_json(classifier):
    [prediction] = classifier.predict_preprocessed(known_image()[None])
    json.dumps(build_answer(prediction), allow_nan=False)


def test_why_shows_the_image_without_colours_if_the_model_overflows(
    classifier, monkeypatch, answer
):
    logits = np.full((144, 10), np.nan, np.float32)
    monkeypatch.setattr(classifier._runtime, "logits", lambda images: logits)
    texts = {"seen_alt": "seen"}
    assert show_seen(answer, classifier, True, texts) == show_seen(answer, classifier, False, texts)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_known_answer_refuses_what_is_not_finite(value):
    with pytest.raises(ModelPackageError, match="another answer for a known image"):
        check_known_answer(np.full(10, value), [value] * 10, "the package")
