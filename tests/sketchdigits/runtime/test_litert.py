"""LiteRT gives the same answers as Keras, and runs only our own networks."""

import hashlib
import json
import logging
import threading

import numpy as np
import pytest

from sketchdigits import DigitClassifier, ModelPackageError
from sketchdigits.package.files import LITERT_FILE, SETTINGS_FILE, WEIGHTS_FILE
from sketchdigits.package.litert_layout import UnknownLayoutError, check_layout, known_layouts
from tests.conftest import REPOSITORY, run_python
from tests.support.package_copies import change_settings, copy_package
from tests.support.polylines import draw

MODEL = REPOSITORY / "model"


@pytest.fixture(scope="module")
def keras_classifier():
    return DigitClassifier.from_pretrained(MODEL, runtime="keras")


@pytest.fixture(scope="module")
def litert_classifier():
    return DigitClassifier.from_pretrained(MODEL, runtime="litert")


@pytest.fixture
def package(tmp_path):
    return copy_package(tmp_path / "package")


def replace_litert(folder, content):
    (folder / LITERT_FILE).write_bytes(content)
    change_settings(folder, litert_sha256=hashlib.sha256(content).hexdigest())


def largest_difference(one, other):
    pairs = zip(one, other, strict=True)
    return max(np.abs(a.probabilities - b.probabilities).max() for a, b in pairs)


def test_litert_gives_the_same_answers_as_keras(litert_classifier, keras_classifier):
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 256, (200, 28, 28)).astype(np.uint8)
    drawn = [
        litert_classifier.predict(draw(digit, width=width)).image
        for digit in range(10)
        for width in (0.02, 0.08, 0.15)
    ]
    images = np.concatenate([noise, np.stack(drawn)])
    fast, slow = (
        classifier.predict_preprocessed(images)
        for classifier in (litert_classifier, keras_classifier)
    )
    assert largest_difference(fast, slow) < 1e-4
    for one, other in zip(fast, slow, strict=True):
        assert one.digit_score == pytest.approx(other.digit_score, abs=1e-4)


def test_loading_and_predicting_need_no_tensorflow():
    done = run_python(
        "-c",
        "import sys; from sketchdigits import DigitClassifier;"
        "classifier = DigitClassifier.from_pretrained('model');"
        "print(classifier.predict('tests/golden/black-on-white.drawing.png').label);"
        "print([name for name in ('tensorflow', 'keras', 'h5py') if name in sys.modules])",
    )
    assert done.stdout.splitlines() == ["2", "[]"], done.stderr


@pytest.mark.parametrize("turns", [60, pytest.param(250, marks=pytest.mark.slow)])
def test_sixteen_threads_get_the_same_answers_as_one(litert_classifier, turns):
    drawings = [
        litert_classifier.predict(draw(digit, width=width)).image
        for digit in range(10)
        for width in (0.03, 0.06, 0.09, 0.12)
    ]
    alone = [litert_classifier.predict(drawing).probabilities for drawing in drawings]
    wrong = []

    def read(first):
        for turn in range(turns):
            index = (first + turn) % len(drawings)
            answer = litert_classifier.predict(drawings[index]).probabilities
            if not np.array_equal(answer, alone[index]):
                wrong.append(index)

    threads = [threading.Thread(target=read, args=(first,)) for first in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_batch_keeps_the_order_of_images(litert_classifier):
    drawings = [draw(index % 10) for index in range(45)]
    answers = litert_classifier.predict_batch(drawings)
    assert [answer.label for answer in answers] == [index % 10 for index in range(45)]


def test_fine_tuned_network_computes_the_predictions(package, drawing):
    classifier = DigitClassifier.from_pretrained(package)
    assert classifier.runtime == "litert"
    before = classifier.predict(drawing).probabilities
    network = classifier.network
    assert classifier.runtime == "keras"
    np.testing.assert_allclose(classifier.predict(drawing).probabilities, before, atol=1e-5)
    network.get_layer("logits").set_weights(
        [weights * 0 for weights in network.get_layer("logits").get_weights()]
    )
    np.testing.assert_allclose(classifier.predict(drawing).probabilities, 0.1, atol=1e-6)
    classifier.save_pretrained(package)
    again = DigitClassifier.from_pretrained(package)
    np.testing.assert_allclose(again.predict(drawing).probabilities, 0.1, atol=1e-6)


def test_plain_keras_model_can_be_passed_to_the_constructor(keras_classifier, drawing):
    wrapped = DigitClassifier(keras_classifier.network, keras_classifier.settings)
    assert wrapped.runtime == "keras"
    assert wrapped.network is keras_classifier.network
    expected = keras_classifier.predict(drawing).probabilities
    np.testing.assert_array_equal(wrapped.predict(drawing).probabilities, expected)


def test_package_without_a_litert_file_uses_keras(package, drawing):
    change_settings(package, removed=["litert_sha256"], format_version=2)
    (package / LITERT_FILE).unlink()
    assert DigitClassifier.from_pretrained(package).predict(drawing).label == 2
    with pytest.raises(ModelPackageError, match="Load it with runtime='keras'"):
        DigitClassifier.from_pretrained(package, runtime="litert")


def test_unknown_runtime_is_refused():
    with pytest.raises(ValueError, match="auto, litert, keras"):
        DigitClassifier.from_pretrained(MODEL, runtime="onnx")  # type: ignore[arg-type]


def test_pinned_weights_select_the_runtime(package):
    settings = json.loads((package / SETTINGS_FILE).read_text())
    for key, other in (("litert_sha256", WEIGHTS_FILE), ("weights_sha256", LITERT_FILE)):
        whole = (package / other).read_bytes()
        (package / other).unlink()  # it isn't needed
        DigitClassifier.from_pretrained(package, weights_sha256=settings[key].upper())
        (package / other).write_bytes(whole)
    with pytest.raises(ModelPackageError, match="not the file that you pinned"):
        DigitClassifier.from_pretrained(package, weights_sha256="0" * 64)


def test_changed_byte_outside_the_weights_is_noticed():
    content = (MODEL / LITERT_FILE).read_bytes()
    is_structure = np.ones(len(content), bool)
    for start, stop in known_layouts()["sketch-cnn"].weights:
        is_structure[start:stop] = False
    positions = np.flatnonzero(is_structure)
    assert 2_000 < len(positions) < 20_000
    for position in np.random.default_rng(0).choice(positions, 300, replace=False):
        changed = bytearray(content)
        changed[position] ^= 1
        with pytest.raises(UnknownLayoutError):
            check_layout(bytes(changed), "sketch-cnn", "the file")


@pytest.mark.parametrize("runtime", ["auto", "litert"])
def test_file_with_other_operators_is_never_run(package, monkeypatch, caplog, runtime):
    content = bytearray((package / LITERT_FILE).read_bytes())
    content[8] ^= 1
    replace_litert(package, bytes(content))
    monkeypatch.setattr("ai_edge_litert.interpreter.Interpreter", None)
    if runtime == "auto":
        with caplog.at_level(logging.WARNING):
            DigitClassifier.from_pretrained(package)
        assert "alling back to Keras" in caplog.text
    else:
        with pytest.raises(UnknownLayoutError, match="it is not run"):
            DigitClassifier.from_pretrained(package, runtime="litert")


def test_weights_that_do_not_belong_to_the_settings_are_refused(package):
    content = bytearray((package / LITERT_FILE).read_bytes())
    start, stop = max(known_layouts()["sketch-cnn"].weights, key=lambda part: part[1] - part[0])
    content[start:stop] = bytes(stop - start)
    replace_litert(package, bytes(content))
    with pytest.raises(ModelPackageError, match="another answer for a known image"):
        DigitClassifier.from_pretrained(package)


@pytest.mark.slow  # converts all architectures; saving a package checks our own
def test_known_layouts_are_what_the_converter_writes():
    """Also for other weights than those of `python -m train layouts`, whose seed is 0."""
    from train.publish.litert_layouts import measure_layouts

    assert measure_layouts(seed=1) == known_layouts(), "run `python -m train layouts`"


def test_equal_networks_are_converted_to_equal_files():
    """The fixture `equal_networks_are_converted_once` of all tests relies on it."""
    from sketchdigits.architectures import ARCHITECTURES
    from sketchdigits.package.litert_export import export_litert

    network, same = (ARCHITECTURES["mlp-512"]() for _ in range(2))
    same.set_weights(network.get_weights())
    assert export_litert(network) == export_litert(same)


def test_missing_litert_file_on_the_hub_falls_back_to_keras(published, package_folder, caplog):
    (package_folder / LITERT_FILE).unlink()
    published.commit_folder(package_folder)
    published.main.files.pop(LITERT_FILE, None)
    with caplog.at_level(logging.WARNING):
        classifier = DigitClassifier.from_pretrained("owner/name")
    assert "alling back to Keras" in caplog.text
    assert classifier.predict(draw(7)).label == 7


@pytest.mark.data
def test_litert_gives_the_same_answers_on_the_whole_test_split(litert_classifier, keras_classifier):
    from tests.conftest import dataset_file
    from train.datasets.mnist import MNIST, load_mnist

    images = load_mnist(dataset_file(MNIST)).test.images
    fast, slow = (
        classifier.predict_preprocessed(images)
        for classifier in (litert_classifier, keras_classifier)
    )
    assert largest_difference(fast, slow) < 1e-4
