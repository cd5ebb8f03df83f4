"""The row network of a package: saved, loaded and refused like the network that reads digits."""

import hashlib
import json
import logging
import shutil

import h5py
import numpy as np
import pytest

from sketchdigits import CacheError, DamagedPackageError, DigitClassifier, ModelPackageError
from sketchdigits.package.files import (
    MAX_WEIGHTS_BYTES,
    ROW_LITERT_FILE,
    ROW_WEIGHTS_FILE,
    SETTINGS_FILE,
    WEIGHTS_FILE,
)
from sketchdigits.package.keras_files import save_network
from sketchdigits.package.known_answer import known_line
from sketchdigits.package.litert_layout import UnknownLayoutError
from sketchdigits.package.load import RuntimeName
from sketchdigits.package.row_network import make_row_files, write_row_files
from sketchdigits.package.settings import FORMAT_VERSION, read_settings
from tests.support.number_drawings import draw_number
from tests.support.package_copies import change_settings, copy_package, needed_files
from tests.support.row_networks import make_row_package, random_row_files

RUNTIMES: dict[str, RuntimeName] = {ROW_LITERT_FILE: "litert", ROW_WEIGHTS_FILE: "keras"}


@pytest.fixture
def package(tmp_path):
    """The folder of a package with a row network."""
    return make_row_package(tmp_path / "package")


def logits(classifier: DigitClassifier) -> np.ndarray:
    assert classifier.row_runtime is not None
    return classifier.row_runtime.logits(known_line())


def load_with(package, file_name) -> DigitClassifier:
    """Load a package with the runtime that needs this file."""
    return DigitClassifier.from_pretrained(package, runtime=RUNTIMES[file_name])


def change_row_settings(package, **changes) -> None:
    rows = json.loads((package / SETTINGS_FILE).read_text())["row_network"]
    change_settings(package, row_network={**rows, **changes})


def accept_changed_file(package, file_name) -> None:
    """Write the sha256 of a changed file into the settings."""
    key = "litert_sha256" if file_name == ROW_LITERT_FILE else "weights_sha256"
    digest = hashlib.sha256((package / file_name).read_bytes()).hexdigest()
    change_row_settings(package, **{key: digest})


@pytest.mark.parametrize("runtime", ["litert", "keras"])
def test_saved_package_has_the_same_row_network(package, tmp_path, runtime):
    before = DigitClassifier.from_pretrained(package, runtime=runtime)
    before.save_pretrained(tmp_path / "saved")
    settings = read_settings(tmp_path / "saved")
    assert settings.format_version == FORMAT_VERSION == 5
    assert settings.row_network == before.settings.row_network == random_row_files().settings
    for name in RUNTIMES:
        again = load_with(tmp_path / "saved", name)
        np.testing.assert_allclose(logits(again), logits(before), atol=1e-4)
        assert (tmp_path / "saved" / name).read_bytes() == (package / name).read_bytes()


def test_fine_tuned_classifier_keeps_its_row_network_in_its_own_folder(package):
    classifier = DigitClassifier.from_pretrained(package)
    expected = logits(classifier)
    layer = classifier.network.get_layer("logits")
    layer.set_weights([0.5 * each for each in layer.get_weights()])
    classifier.save_pretrained(package)
    np.testing.assert_array_equal(logits(DigitClassifier.from_pretrained(package)), expected)


@pytest.mark.parametrize("runtime", ["litert", "keras"])
def test_settings_and_one_file_of_each_network_are_enough_to_load(tmp_path, runtime):
    package = make_row_package(tmp_path / "whole")
    few = copy_package(tmp_path / "few", runtime, package=package)
    assert sorted(path.name for path in few.iterdir()) == sorted(needed_files(runtime, package))
    assert len(needed_files(runtime, package)) == 3
    assert DigitClassifier.from_pretrained(few, runtime=runtime).row_runtime


@pytest.mark.parametrize("runtime", ["litert", "keras"])
def test_older_package_has_no_row_network_and_reads_numbers(package, runtime):
    change_settings(package, removed=["row_network"], format_version=4)
    for name in RUNTIMES:
        (package / name).unlink()
    classifier = DigitClassifier.from_pretrained(package, runtime=runtime)
    assert classifier.settings.row_network is classifier.row_runtime is None
    assert classifier.read_number(draw_number("42")).text == "42"


def test_new_package_may_have_no_row_network(package, tmp_path):
    change_settings(package, row_network=None)
    classifier = DigitClassifier.from_pretrained(package)
    classifier.save_pretrained(tmp_path / "saved")
    assert not [name for name in RUNTIMES if (tmp_path / "saved" / name).exists()]
    assert json.loads((tmp_path / "saved" / SETTINGS_FILE).read_text())["row_network"] is None


def test_network_that_is_saved_alone_removes_an_old_row_network(package, classifier):
    """Files without their settings would only confuse."""
    save_network(package, classifier.network, read_settings(package), with_litert=False)
    assert read_settings(package).row_network is None
    assert not [name for name in RUNTIMES if (package / name).exists()]


@pytest.mark.parametrize("file_name", RUNTIMES)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.unlink(), "No {name} in"),
        (lambda path: path.write_bytes(b""), "{name} of .* is damaged"),
        (lambda path: path.write_bytes(bytes(MAX_WEIGHTS_BYTES + 1)), "{name} of .* is too large"),
        (lambda path: (path.unlink(), path.mkdir()), "{name} of .* is not a regular file"),
    ],
    ids=["missing", "empty", "large", "folder"],
)
def test_missing_or_damaged_file_is_named(package, file_name, change, message):
    change(package / file_name)
    with pytest.raises(ModelPackageError, match=message.format(name=file_name)) as error:
        load_with(package, file_name)
    if isinstance(error.value, DamagedPackageError):
        assert error.value.file_name == file_name


@pytest.mark.parametrize("file_name", RUNTIMES)
def test_flipped_bit_is_noticed(package, file_name):
    raw = bytearray((package / file_name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (package / file_name).write_bytes(raw)
    with pytest.raises(DamagedPackageError, match=rf"{file_name} of .* is damaged"):
        load_with(package, file_name)


def test_litert_notices_damaged_weights_for_keras_before_they_are_needed(package):
    (package / ROW_WEIGHTS_FILE).write_bytes(b"damaged")
    with pytest.raises(DamagedPackageError, match=f"{ROW_WEIGHTS_FILE} of .* is damaged"):
        load_with(package, ROW_LITERT_FILE)


@pytest.mark.parametrize("runtime", ["auto", "litert"])
def test_litert_file_with_other_operators_is_never_run(package, monkeypatch, caplog, runtime):
    content = bytearray((package / ROW_LITERT_FILE).read_bytes())
    content[8] ^= 1
    (package / ROW_LITERT_FILE).write_bytes(content)
    accept_changed_file(package, ROW_LITERT_FILE)
    monkeypatch.setattr("sketchdigits.runtime.litert_rows._Interpreter", None)
    if runtime == "auto":
        with caplog.at_level(logging.WARNING):
            assert DigitClassifier.from_pretrained(package).runtime == "keras"
        assert f"{ROW_LITERT_FILE} of" in caplog.text
        assert "alling back to Keras" in caplog.text
    else:
        with pytest.raises(UnknownLayoutError, match=f"{ROW_LITERT_FILE} of .* is not run"):
            DigitClassifier.from_pretrained(package, runtime="litert")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_litert_file_with_a_weight_that_is_not_finite_is_refused(package, value):
    content = bytearray((package / ROW_LITERT_FILE).read_bytes())
    content[100_000:100_004] = np.float32(value).tobytes()
    (package / ROW_LITERT_FILE).write_bytes(content)
    accept_changed_file(package, ROW_LITERT_FILE)
    with pytest.raises(DamagedPackageError, match="NaN or infinite weights") as error:
        load_with(package, ROW_LITERT_FILE)
    assert error.value.file_name == ROW_LITERT_FILE


def put_digits_network(path):
    shutil.copy(path.parent / WEIGHTS_FILE, path)


def put_link(path):
    with h5py.File(path, "r+") as file:
        file["link"] = h5py.ExternalLink("/etc/passwd", "/")


def put_nan(path):
    with h5py.File(path, "r+") as file:
        file["layers/conv2d/vars/0"][0] = np.nan


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.write_bytes(b"this is text, not HDF5"), "no readable HDF5"),
        (put_link, "was not written by Sketchdigits: it has links"),
        (put_digits_network, "doesn't fit row-cnn"),
        (put_nan, "NaN or infinite weights"),
    ],
    ids=["text", "link", "network for digits", "NaN"],
)
def test_hostile_weights_are_refused(package, change, message):
    change(package / ROW_WEIGHTS_FILE)
    accept_changed_file(package, ROW_WEIGHTS_FILE)
    with pytest.raises(ModelPackageError, match=f"{ROW_WEIGHTS_FILE} of .*{message}"):
        load_with(package, ROW_WEIGHTS_FILE)


@pytest.mark.slow  # converts another network
@pytest.mark.parametrize("file_name", RUNTIMES)
def test_other_weights_than_the_settings_belong_to_are_refused(package, file_name):
    other = random_row_files(seed=1)
    content = other.litert if file_name == ROW_LITERT_FILE else other.weights
    (package / file_name).write_bytes(content)
    (package / ({*RUNTIMES} - {file_name}).pop()).unlink()
    accept_changed_file(package, file_name)
    with pytest.raises(ModelPackageError, match="another answer for a known image"):
        load_with(package, file_name)


def test_network_for_digits_is_not_taken_for_a_row_network_or_the_other_way_round(package):
    change_row_settings(package, architecture="sketch-cnn")
    for file_name in RUNTIMES:
        with pytest.raises(ModelPackageError, match=r"'sketch-cnn'\. This version knows: row-cnn"):
            load_with(package, file_name)
    change_settings(package, row_network=None, architecture="row-cnn")
    for file_name in RUNTIMES:
        with pytest.raises(ModelPackageError, match=r"'row-cnn'\. This version knows: sketch-cnn"):
            load_with(package, file_name)


ANSWER = [1 / 12] * 12
WRONG_ROWS = [
    {},
    {"architecture": "row-cnn"},
    {"architecture": None},
    {"weights_sha256": 7},
    {"litert_sha256": None},
    {"known_answer": ANSWER[1:]},
    {"known_answer": ["0.1"] * 12},
    {"known_answer": [[0.1]] * 12},
    {"known_answer": None},
    {"surprise": "x"},
]


@pytest.mark.parametrize("rows", WRONG_ROWS)
def test_wrong_settings_of_the_row_network_are_refused(package, rows):
    if len(rows) == 1 and rows != {"architecture": "row-cnn"}:
        change_row_settings(package, **rows)
    else:
        change_settings(package, row_network=rows)
    with pytest.raises(ModelPackageError, match="expected row_network with architecture"):
        read_settings(package)


@pytest.mark.parametrize("rows", [[], "row-cnn", 1, True])
def test_row_network_of_another_type_is_refused(package, rows):
    change_settings(package, row_network=rows)
    with pytest.raises(ModelPackageError, match="expected row_network as dict"):
        read_settings(package)


@pytest.mark.slow  # loads three packages in both runtimes
@pytest.mark.parametrize("answer", [ANSWER, [float("nan")] * 12, [float("inf")] * 12])
def test_settings_with_another_known_answer_are_refused(package, answer):
    change_row_settings(package, known_answer=answer)
    for file_name in RUNTIMES:
        with pytest.raises(ModelPackageError, match="another answer for a known image"):
            load_with(package, file_name)


def test_pinned_sha256_is_that_of_the_network_for_digits(package):
    settings = read_settings(package)
    assert settings.row_network
    assert DigitClassifier.from_pretrained(
        package, weights_sha256=settings.litert_sha256
    ).row_runtime
    with pytest.raises(ModelPackageError, match="not the file that you pinned"):
        DigitClassifier.from_pretrained(package, weights_sha256=settings.row_network.litert_sha256)


def test_saving_says_if_a_file_of_the_row_network_is_gone(package, tmp_path):
    classifier = DigitClassifier.from_pretrained(package)
    (package / ROW_WEIGHTS_FILE).unlink()
    with pytest.raises(ModelPackageError, match=f"No {ROW_WEIGHTS_FILE}"):
        classifier.save_pretrained(tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_classifier_of_parts_says_that_its_row_network_cannot_be_saved(package, tmp_path):
    loaded = DigitClassifier.from_pretrained(package, runtime="keras")
    made = DigitClassifier(loaded.network, loaded.settings, row_runtime=loaded.row_runtime)
    with pytest.raises(ModelPackageError, match="was not loaded from a package"):
        made.save_pretrained(tmp_path / "saved")
    without = DigitClassifier(loaded.network, loaded.settings)
    without.save_pretrained(tmp_path / "saved")
    assert read_settings(tmp_path / "saved").row_network is None


@pytest.mark.slow  # converts a network
def test_row_network_is_added_and_replaced(tmp_path):
    package = copy_package(tmp_path / "package")
    digits = {
        name: (package / name).read_bytes() for name in needed_files("keras") if "model" in name
    }
    for seed in (0, 1):
        write_row_files(package, random_row_files(seed))
        assert read_settings(package).row_network == random_row_files(seed).settings
    assert all((package / name).read_bytes() == raw for name, raw in digits.items())


def test_folder_that_cannot_be_written_is_reported(package):
    (package / ROW_LITERT_FILE).unlink()
    (package / ROW_LITERT_FILE).mkdir()
    with pytest.raises(CacheError, match="Can't write the package"):
        write_row_files(package, random_row_files())


@pytest.mark.slow  # converts a network
def test_untrained_row_network_is_not_converted(tmp_path):
    """Many of its weights are equal, and TensorFlow stores equal arrays only once."""
    from sketchdigits.architectures.row_cnn import build_row_cnn

    build_row_cnn().save_weights(tmp_path / ROW_WEIGHTS_FILE)
    with pytest.raises(ModelPackageError, match="train the network first"):
        make_row_files((tmp_path / ROW_WEIGHTS_FILE).read_bytes(), "the run")


@pytest.mark.slow  # converts two networks
def test_same_weights_give_the_same_files():
    made = random_row_files()
    assert make_row_files(made.weights, "the run") == made
