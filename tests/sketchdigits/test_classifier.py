"""`DigitClassifier`: reading images, loading, saving."""

import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sketchdigits import (
    BlankDrawingError,
    DigitClassifier,
    InvalidImageError,
    ModelPackageError,
)
from tests.conftest import REPOSITORY
from tests.support.package_copies import copy_package
from tests.support.polylines import draw


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("width", [0.03, 0.08, 0.16])
def test_drawn_digit_is_read(classifier, digit, width):
    assert classifier.predict(draw(digit, width=width)).label == digit


@pytest.mark.parametrize("is_sharp", [False, True], ids=["smooth", "black and white"])
@pytest.mark.parametrize("size", [16, 20])
def test_every_digit_on_a_tiny_canvas_is_read_and_accepted(classifier, size, is_sharp):
    for digit in range(10):
        for width in (0.06, 0.1, 0.14):
            drawing = draw(digit, size=size, width=width)
            if is_sharp:
                drawing = np.where(drawing < 168, 0, 255).astype(np.uint8)
            prediction = classifier.predict(drawing)
            assert (prediction.label, prediction.verdict) == (digit, "digit"), width


def test_size_position_and_colours_do_not_change_the_answer(classifier):
    rng = np.random.default_rng(0)
    styles: list[dict[str, Any]] = [
        {"ink": (255,), "background": (0,)},
        {"ink": (0, 0, 0, 255), "background": (0, 0, 0, 0)},
        {"ink": (0, 0, 255), "background": (255, 255, 0)},
        {"size": 100},
        {"size": 1000},
        {"extent": 0.25, "position": tuple(rng.random(2))},
    ]
    drawings = [draw(digit, **style) for digit in range(10) for style in styles]
    answers = [prediction.label for prediction in classifier.predict_batch(drawings)]
    assert answers == [digit for digit in range(10) for _ in styles]


def test_prediction_has_the_documented_types(classifier):
    prediction = classifier.predict(draw(4))
    assert prediction.probabilities.shape == (10,)
    assert prediction.probabilities.dtype == np.float32
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert prediction.image.shape == (28, 28)
    assert prediction.image.dtype == np.uint8


def test_every_type_of_input_gives_the_same_answer(classifier, tmp_path):
    drawing = draw(6)
    path = tmp_path / "six.png"
    Image.fromarray(drawing).save(path)
    expected = classifier.predict(drawing).probabilities
    opened, memory = Image.open(path), io.BytesIO(path.read_bytes())
    for image in (path, str(path), path.read_bytes(), opened, memory, drawing / 255):
        np.testing.assert_allclose(classifier.predict(image).probabilities, expected, atol=1e-6)


def test_batch_gives_the_same_answers_as_one_by_one(classifier):
    drawings = [draw(digit, width=width) for digit in range(10) for width in (0.02, 0.1)]
    for together, drawing in zip(classifier.predict_batch(drawings), drawings, strict=True):
        alone = classifier.predict(drawing)
        np.testing.assert_allclose(together.probabilities, alone.probabilities, atol=1e-5)
        np.testing.assert_array_equal(together.image, alone.image)


def test_threads_can_share_a_classifier(classifier):
    drawings = [draw(digit, width=width) for digit in range(10) for width in (0.04, 0.1)] * 4
    serial = [classifier.predict(drawing).probabilities for drawing in drawings]
    with ThreadPoolExecutor(8) as threads:
        parallel = list(threads.map(classifier.predict, drawings))
    for expected, prediction in zip(serial, parallel, strict=True):
        np.testing.assert_allclose(prediction.probabilities, expected, atol=1e-6)


def test_batch_may_be_empty_or_a_generator(classifier):
    assert classifier.predict_batch([]) == []
    assert len(classifier.predict_batch(draw(digit) for digit in range(3))) == 3


def test_batch_error_names_the_image(classifier):
    blank = np.full((50, 50), 255, np.uint8)
    with pytest.raises(BlankDrawingError, match="Image 1: "):
        classifier.predict_batch([draw(1), blank])


@pytest.mark.parametrize(
    "image", ["drawing.png", bytearray(b"7"), io.BytesIO(b"7"), Image.new("L", (28, 28))]
)
def test_batch_refuses_a_single_image(classifier, image):
    with pytest.raises(InvalidImageError, match="list of images"):
        classifier.predict_batch(image)


def test_preprocessed_images_may_be_none_at_all(classifier):
    assert classifier.predict_preprocessed(np.empty((0, 28, 28), np.uint8)) == []
    assert classifier.predict_preprocessed([]) == []
    images = np.stack([classifier.predict(draw(digit)).image for digit in (3, 5)])
    for form in (images, list(images), np.ma.MaskedArray(images)):
        read = classifier.predict_preprocessed(form)
        assert [prediction.label for prediction in read] == [3, 5]


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((28, 28), np.uint8), r"shape=\(28, 28\).*pass `image\[None\]`"),
        (np.zeros((1, 28, 28, 1), np.uint8), r"Expected .*\(n, 28, 28\) uint8"),
        (np.zeros((1, 20, 28), np.uint8), r"shape=\(1, 20, 28\).*images of any size"),
        (np.ones((1, 28, 28)), r"dtype=float64, values from 1 to 1.*astype\('uint8'\)"),
        (np.full((1, 28, 28), 300), "dtype=int64, values from 300 to 300"),
        (np.full((1, 28, 28), "7"), "dtype=<U1"),
        (np.ma.masked_equal(np.zeros((1, 28, 28), np.uint8), 0), "masked pixels"),
        ([[1], [1, 2]], "NumPy can't convert this list"),
    ],
)
def test_images_that_are_not_preprocessed_are_refused(classifier, images, message):
    with pytest.raises(InvalidImageError, match=message):
        classifier.predict_preprocessed(images)


def test_error_for_a_blank_canvas_asks_for_a_drawing(classifier):
    with pytest.raises(BlankDrawingError, match="Draw one digit"):
        classifier.predict(np.full((400, 400), 255, np.uint8))


def test_saved_and_loaded_classifier_gives_the_same_answers(classifier, tmp_path):
    drawings = [draw(digit) for digit in range(10)]
    before = classifier.predict_batch(drawings)
    # The second save overwrites the first.
    for _ in range(2):
        classifier.save_pretrained(tmp_path / "saved")
    after = DigitClassifier.from_pretrained(tmp_path / "saved").predict_batch(drawings)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6, rtol=0)


def test_stock_keras_loads_the_package_and_gives_the_same_answers(classifier):
    import keras

    predictions = classifier.predict_batch([draw(digit) for digit in range(10)])
    images = np.stack([prediction.image for prediction in predictions])
    for shape in ((10, 28, 28), (10, 28, 28, 1)):
        stock = keras.saving.load_model(REPOSITORY / "model")
        answers = stock.predict(images.reshape(shape), verbose=0)
        expected = np.stack([prediction.probabilities for prediction in predictions])
        np.testing.assert_allclose(answers, expected, atol=1e-6)


def test_package_in_the_repository_is_complete():
    folder = REPOSITORY / "model"
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["parameters"] < 500_000
    assert (folder / "model.weights.h5").stat().st_size < 2_500_000
    assert {path.name for path in (folder / "figures").iterdir()} == {
        "accuracy.png",
        "confusion_matrix.png",
        "corruptions.png",
        "learning_curves.png",
        "rejection.png",
        "reliability.png",
    }
    card = (folder / "README.md").read_text()
    assert metrics["training"]["commit"] in card
    assert metrics["training"]["command"] in card


def test_default_model_is_that_of_the_repository(classifier, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    default = DigitClassifier.from_pretrained()
    assert default.settings == classifier.settings
    assert default.snapshot is None
    assert default.predict(draw(3)).label == 3


def test_default_model_without_weights_for_keras_says_what_to_load(monkeypatch, tmp_path):
    """The wheel has no `model.weights.h5`."""
    package = copy_package(tmp_path / "package", "litert")
    for module in ("sketchdigits.classifier", "sketchdigits.package.keras_files"):
        monkeypatch.setattr(f"{module}.DEFAULT_PACKAGE", package)
    default = DigitClassifier.from_pretrained()
    assert default.predict(draw(3)).label == 3
    for use_keras in (
        lambda: default.network,
        lambda: DigitClassifier.from_pretrained(runtime="keras"),
        lambda: default.save_pretrained(tmp_path / "saved"),
    ):
        with pytest.raises(ModelPackageError, match=r"predictions only") as error:
            use_keras()
        message = str(error.value)
        assert "model.weights.h5" in message
        assert 'DigitClassifier.from_pretrained("owner/name")' in message
        assert "with a folder, such as `model`" in message


@pytest.mark.parametrize("name", ["no/such/folder", "./nowhere", "nowhere", ""])
def test_error_for_a_missing_folder_says_what_to_pass(name):
    with pytest.raises(ModelPackageError, match="folder of a model package"):
        DigitClassifier.from_pretrained(name)


def test_error_for_an_uncached_hub_id_names_it(tmp_path):
    with pytest.raises(
        ModelPackageError, match="'owner/name' at revision 'v1' is not in the cache"
    ):
        DigitClassifier.from_pretrained(
            "owner/name", revision="v1", cache_dir=tmp_path, local_files_only=True
        )


def test_importing_the_package_imports_nothing_heavy():
    heavy = "{'keras', 'tensorflow', 'gradio', 'train', 'scipy', 'sklearn', 'huggingface_hub'}"
    code = f"import sys, sketchdigits; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout.strip() == "[]"


def test_loading_and_predicting_needs_neither_gradio_nor_training_code():
    code = (
        "import sys; from sketchdigits import DigitClassifier;"
        "DigitClassifier.from_pretrained('model');"
        "print(sorted({'gradio', 'train'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout.strip() == "[]"
