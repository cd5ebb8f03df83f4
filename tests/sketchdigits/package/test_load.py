"""Loading a package from a folder: which files it needs, and how damage is reported."""

import hashlib
import json
import shutil
import sys

import h5py
import numpy as np
import pytest

from sketchdigits import CacheError, DigitClassifier, ModelPackageError
from sketchdigits.package.files import (
    LITERT_FILE,
    MAX_WEIGHTS_BYTES,
    SETTINGS_FILE,
    WEIGHTS_FILE,
)
from sketchdigits.package.keras_files import save_network
from sketchdigits.package.settings import read_settings, settings_checksum
from tests.conftest import REPOSITORY
from tests.support.package_copies import change_settings, copy_package, needed_files


@pytest.fixture
def package(tmp_path):
    """A copy of the default package, for tests that damage it."""
    return copy_package(tmp_path / "package")


@pytest.mark.parametrize("runtime", ["litert", "keras"])
def test_settings_and_one_weights_file_are_enough_to_load(package, runtime):
    for path in package.iterdir():
        if path.name not in needed_files(runtime):
            path.unlink()
    DigitClassifier.from_pretrained(package, runtime=runtime)


@pytest.mark.parametrize(
    ("runtime", "name"),
    [("auto", SETTINGS_FILE), ("auto", LITERT_FILE), ("keras", WEIGHTS_FILE)],
)
def test_error_names_the_missing_file(package, runtime, name):
    (package / name).unlink()
    with pytest.raises(ModelPackageError, match=f"No {name}"):
        DigitClassifier.from_pretrained(package, runtime=runtime)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 50_000, b'{"a": 1}'])
def test_damaged_settings_are_refused(package, content):
    (package / SETTINGS_FILE).write_bytes(content)
    with pytest.raises(ModelPackageError, match=SETTINGS_FILE):
        DigitClassifier.from_pretrained(package)


def test_keras_config_in_place_of_our_settings_is_refused(package):
    shutil.copy(REPOSITORY / "model" / "config.json", package / SETTINGS_FILE)
    with pytest.raises(ModelPackageError, match="not a Sketchdigits settings file"):
        DigitClassifier.from_pretrained(package)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 99}, "pip install --upgrade"),
        ({"format_version": 99, "news": 1}, "pip install --upgrade"),
        ({"format_version": 10**4000}, "pip install --upgrade"),
        ({"architecture": "resnet-9000"}, "This version knows: sketch-cnn"),
        ({"architecture": 7}, "expected architecture as str"),
        ({"temperature": "hot"}, "expected temperature as float"),
        ({"format_version": True}, "expected format_version as int"),
        ({"weights_sha256": "0" * 64}, "damaged"),
        ({"weights_sha256": "\x1b[31m"}, r"\\x1b\[31m"),
        ({"surprise": 1}, "an unknown setting: 'surprise'"),
        ({"preprocessing": "the whole image, resized"}, "another preprocessing"),
        ({"known_answer": [0.1] * 9}, "expected known_answer as ten numbers"),
        ({"known_answer": ["0.1"] * 10}, "expected known_answer as ten numbers"),
        ({"known_answer": [0.1] * 10}, "another answer for a known image"),
        ({"known_answer": [float("nan")] * 10}, "another answer for a known image"),
    ],
)
def test_wrong_settings_are_refused_with_advice(package, changes, message):
    change_settings(package, **changes)
    with pytest.raises(ModelPackageError, match=message):
        DigitClassifier.from_pretrained(package, runtime="keras")


@pytest.mark.parametrize("key", ["architecture", "temperature", "known_answer", "preprocessing"])
def test_settings_without_a_key_are_refused(package, key):
    path = package / SETTINGS_FILE
    content = json.loads(path.read_text())
    del content[key], content["settings_sha256"]
    path.write_text(json.dumps({**content, "settings_sha256": settings_checksum(content)}))
    with pytest.raises(ModelPackageError, match=f"expected {key} as"):
        DigitClassifier.from_pretrained(package)


def test_every_flipped_bit_in_the_settings_is_noticed(package):
    path = package / SETTINGS_FILE
    whole = path.read_bytes()
    meaning = json.loads(whole)
    for position in range(0, len(whole), 7):
        raw = bytearray(whole)
        raw[position] ^= 1
        path.write_bytes(raw)
        try:
            if json.loads(raw) == meaning:
                continue  # one space character became another
        except ValueError:
            pass
        with pytest.raises(ModelPackageError):
            read_settings(package)


def test_flipped_bit_in_the_weights_is_noticed(package):
    path = package / WEIGHTS_FILE
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ModelPackageError, match="damaged"):
        DigitClassifier.from_pretrained(package, runtime="keras")


def update_hash(folder):
    """Write the hash of the changed weights file into the settings."""
    digest = hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
    change_settings(folder, weights_sha256=digest)


def test_package_without_a_litert_file_says_what_to_add(package, monkeypatch):
    change_settings(package, removed=["litert_sha256"], format_version=2)
    (package / LITERT_FILE).unlink()
    monkeypatch.setitem(sys.modules, "keras", None)  # as if it were not installed
    with pytest.raises(ModelPackageError, match=r"no model\.tflite.*'sketchdigits\[keras\]'"):
        DigitClassifier.from_pretrained(package)


def test_text_in_place_of_weights_is_refused(package):
    (package / WEIGHTS_FILE).write_bytes(b"this is text, not HDF5")
    update_hash(package)
    with pytest.raises(ModelPackageError, match="no readable HDF5"):
        DigitClassifier.from_pretrained(package, runtime="keras")


def test_nan_weights_are_refused(package):
    with h5py.File(package / WEIGHTS_FILE, "r+") as weights:
        weights["layers/dense/vars/1"][0] = np.nan
    update_hash(package)
    with pytest.raises(ModelPackageError, match="NaN or infinite"):
        DigitClassifier.from_pretrained(package, runtime="keras")


def test_oversized_weights_are_refused(package):
    with open(package / WEIGHTS_FILE, "r+b") as weights:
        weights.truncate(MAX_WEIGHTS_BYTES + 1)
    with pytest.raises(ModelPackageError, match="more than"):
        DigitClassifier.from_pretrained(package, runtime="keras")


def test_nan_weights_are_not_saved(package, classifier, tmp_path):
    broken = DigitClassifier.from_pretrained(package)
    broken.network.set_weights([weight * np.nan for weight in broken.network.get_weights()])
    with pytest.raises(ModelPackageError, match="NaN or infinite"):
        broken.save_pretrained(tmp_path / "broken")


def test_saving_reports_a_folder_that_cannot_be_written(classifier, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CacheError, match="Can't write the package"):
        classifier.save_pretrained(tmp_path / "file" / "deeper")


def test_saved_package_has_all_files_and_no_optimizer(package, tmp_path, classifier):
    saved = tmp_path / "saved"
    save_network(saved, classifier.network, read_settings(package))
    assert (saved / WEIGHTS_FILE).stat().st_size < 2_500_000
    assert sorted(path.name for path in saved.iterdir()) == [
        "config.json",
        "metadata.json",
        LITERT_FILE,
        WEIGHTS_FILE,
        SETTINGS_FILE,
    ]
