"""Malicious and damaged packages are refused, quickly and with little memory."""

import json

import pytest

from sketchdigits import DigitClassifier, ModelPackageError
from sketchdigits.package.files import WEIGHTS_FILE
from sketchdigits.package.hdf5_check import copy_weights
from tests.conftest import run_python
from tests.support.hostile_packages import CASES
from tests.support.row_networks import make_row_package


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The folder of all hostile packages, and the output of `try_hostile_packages`."""
    folder = tmp_path_factory.mktemp("hostile")
    good = make_row_package(tmp_path_factory.mktemp("good") / "package")
    done = run_python("-m", "tests.support.try_hostile_packages", folder, good, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(("file_name", "case"), CASES)
def test_hostile_package_is_refused_quickly_with_little_memory(hostile, file_name, case):
    kind, message, megabytes, seconds = hostile[1][f"{file_name}: {case}"]
    assert kind in ("ModelPackageError", "DamagedPackageError", "UnknownLayoutError")
    assert any(advice in message for advice in ("Fetch", "Check", "Expected", "Train"))
    assert len(message) < 500
    assert megabytes < 300
    assert seconds < 10


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        "zip bomb",
        "gzip bomb",
        "compressed",
        "array in pieces",
        "one array under many names",
        "array that isn't stored",
        "20,000 layers",
        "5,000 groups deep",
        "external link",
        "soft link",
        "array in another file",
        "virtual array",
        "array without values",
        "attribute of an array",
        "type in an attribute of an array",
        "attribute of a layer",
        "second attribute of a layer's group",
        "attribute of the file",
        "double precision",
        "strings",
        "named type",
    ],
)
def test_weights_are_refused_before_keras_loads_them(hostile, case):
    """Only `copy_weights` says so, and Keras loads the copy."""
    assert "expected plain float32 arrays" in hostile[1][f"{WEIGHTS_FILE}: {case}"][1]


@pytest.mark.slow
def test_refused_weights_leave_no_copy_behind(hostile, tmp_path):
    path = hostile[0] / str(CASES.index((WEIGHTS_FILE, "double precision"))) / WEIGHTS_FILE
    with pytest.raises(ModelPackageError, match="expected plain float32 arrays"):
        copy_weights(path, tmp_path / "copy.h5", "weights")
    assert not any(tmp_path.iterdir())


def test_code_in_a_package_is_not_run(package_folder):
    """A config for which Keras would allocate gigabytes, and files that Python would import."""
    bomb = '{"class_name": "Dense", "config": {"units": 1000000000}}'
    for name in ("config.json", "metadata.json", "model.keras", "model.pkl"):
        (package_folder / name).write_text(bomb)
    for name in ("__init__.py", "handler.py", "sketchdigits.py", "conftest.py"):
        (package_folder / name).write_text("raise SystemExit('owned')")
    DigitClassifier.from_pretrained(package_folder)
