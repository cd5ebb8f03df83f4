"""From a run of `fit-rows` to the Hub: `package --rows`, `publish` and `publish-space`."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from sketchdigits import DigitClassifier
from sketchdigits.package.files import ROW_LITERT_FILE, ROW_WEIGHTS_FILE, SETTINGS_FILE
from sketchdigits.package.row_network import write_row_files
from sketchdigits.package.settings import read_settings
from tests.conftest import REPOSITORY
from tests.support.package_copies import change_settings
from tests.support.row_networks import random_row_files
from train.__main__ import main
from train.fit.row_loop import RowRecipe
from train.fit.run_folder import (
    HISTORY_FILE,
    RUN_FILE,
    load_run_model,
    save_run_model,
    write_json,
)
from train.fit.runs import describe_machine
from train.publish.shipped_files import list_shipped_files
from train.publish.space import resolve_model

# Each packages a network or loads it with Keras. The tests of packages cover the same in short.
pytestmark = pytest.mark.slow

ROW_FILES = (ROW_WEIGHTS_FILE, ROW_LITERT_FILE)


@pytest.fixture
def rows(tmp_path):
    """The folder of a finished run of `fit-rows`."""
    folder = tmp_path / "row-cnn"
    folder.mkdir()
    (folder / ROW_WEIGHTS_FILE).write_bytes(random_row_files().weights)
    settings = {"architecture": "row-cnn", "epochs": 2, "command": "python -m train fit-rows"}
    settings |= {"data": ["mnist"], "recipe": asdict(RowRecipe()), **describe_machine()}
    write_json(folder / RUN_FILE, settings)
    epoch = {"loss": 1.0, "seconds": 1.0, "numbers_right": 0.5, "others_right": 0.5}
    write_json(folder / HISTORY_FILE, [{"epoch": 1, **epoch}, {"epoch": 2, **epoch}])
    return folder


@pytest.fixture
def without_rows(package_folder):
    """A copy of the default package, without a row network."""
    change_settings(package_folder, row_network=None)
    for name in ROW_FILES:
        (package_folder / name).unlink(missing_ok=True)
    return package_folder


@pytest.fixture
def with_rows(without_rows):
    """A copy of the default package, with a random row network."""
    write_row_files(without_rows, random_row_files())
    return without_rows


def package(run: Path, output: Path, *options: str) -> int:
    return main(["package", "--run", str(run), "--output", str(output), *options])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_row_network_of_a_run_is_added_and_nothing_else_changes(without_rows, rows, small_mnist):
    assert package(without_rows, without_rows) == 0
    before = contents(without_rows)
    assert package(without_rows, without_rows, "--rows", str(rows)) == 0
    after = contents(without_rows)
    assert after.keys() - before.keys() == {*ROW_FILES}
    assert after[ROW_WEIGHTS_FILE] == random_row_files().weights
    assert after[ROW_LITERT_FILE] == random_row_files().litert
    # Keras numbers the layers' names in its files; the LiteRT file has no names.
    assert after["model.tflite"] == before["model.tflite"]
    described = json.loads(after["metrics.json"]).pop("row_network")
    assert described["parameters"] == 785_384
    assert {**json.loads(before["metrics.json"]), "row_network": described} == json.loads(
        after["metrics.json"]
    )
    assert read_settings(without_rows).row_network == random_row_files().settings
    for runtime in ("litert", "keras"):
        assert DigitClassifier.from_pretrained(without_rows, runtime=runtime).row_runtime


def test_package_that_is_written_again_keeps_its_row_network(with_rows, small_mnist, tmp_path):
    expected = {name: (with_rows / name).read_bytes() for name in ROW_FILES}
    assert package(with_rows, with_rows) == 0
    assert package(with_rows, tmp_path / "other") == 0
    for folder in (with_rows, tmp_path / "other"):
        assert read_settings(folder).row_network == random_row_files().settings
        assert expected.items() <= contents(folder).items()


def test_new_run_is_packaged_with_the_row_network_that_the_package_has(
    with_rows, small_mnist, tmp_path, monkeypatch
):
    run = shutil.copytree(with_rows, tmp_path / "run")
    change_settings(run, row_network=None)
    metrics = json.loads((with_rows / "metrics.json").read_text())
    described = {"parameters": 1, "epochs": 2}
    write_json(with_rows / "metrics.json", {**metrics, "row_network": described})
    monkeypatch.setattr("train.publish.package.render_model_card", lambda metrics: "a card")
    assert package(run, with_rows) == 0
    metrics = json.loads((with_rows / "metrics.json").read_text())
    assert metrics["row_network"] == described
    assert read_settings(with_rows).row_network == random_row_files().settings
    assert DigitClassifier.from_pretrained(with_rows).row_runtime


def test_calibrating_a_packages_copy_keeps_its_row_network(with_rows):
    network, settings = load_run_model(with_rows)
    save_run_model(with_rows, network, settings)
    assert read_settings(with_rows).row_network == random_row_files().settings
    assert {*ROW_FILES} <= contents(with_rows).keys()


def test_run_without_a_trained_row_network_is_refused_before_anything_is_written(
    with_rows, small_mnist, tmp_path, capsys
):
    before = contents(with_rows)
    assert package(with_rows, with_rows, "--rows", str(tmp_path / "nowhere")) == 1
    assert f"No {ROW_WEIGHTS_FILE} in" in capsys.readouterr().err
    assert contents(with_rows) == before


def test_weights_of_another_network_are_refused(without_rows, rows, small_mnist, capsys):
    shutil.copy(without_rows / "model.weights.h5", rows / ROW_WEIGHTS_FILE)
    assert package(without_rows, without_rows, "--rows", str(rows)) == 1
    assert "doesn't fit row-cnn" in capsys.readouterr().err
    assert DigitClassifier.from_pretrained(without_rows).row_runtime is None


def test_published_package_has_its_row_network(with_rows, publish, hub, logged_in):
    status, printed = publish()
    assert status == 0, printed
    published = hub.repositories["models/owner/name"].main.files
    for name in ROW_FILES:
        assert published[name] == (with_rows / name).read_bytes()
        assert name in printed
    assert DigitClassifier.from_pretrained("owner/name").row_runtime
    # The Space's build downloads what LiteRT needs.
    _, preloaded = resolve_model("owner/name", None, None)
    assert preloaded[:3] == [SETTINGS_FILE, "model.tflite", ROW_LITERT_FILE]
    assert ROW_WEIGHTS_FILE not in preloaded


@pytest.mark.parametrize("name", ROW_FILES)
def test_package_without_a_file_of_its_row_network_is_not_published(with_rows, publish, hub, name):
    (with_rows / name).unlink()
    status, printed = publish()
    assert status == 1
    assert f"it has no {name}" in printed
    assert not hub.repositories


@pytest.mark.parametrize("name", ROW_FILES)
def test_package_with_a_damaged_row_network_is_not_published(with_rows, publish, hub, name):
    """Also if the settings have its sha256: each file must give the saved answer."""
    other = random_row_files(seed=1)
    content = other.litert if name == ROW_LITERT_FILE else other.weights
    key = "litert_sha256" if name == ROW_LITERT_FILE else "weights_sha256"
    (with_rows / name).write_bytes(content)
    rows = json.loads((with_rows / SETTINGS_FILE).read_text())["row_network"]
    change_settings(with_rows, row_network={**rows, key: getattr(other.settings, key)})
    status, printed = publish()
    assert status == 1
    assert "another answer for a known image" in printed
    assert not hub.repositories


def test_row_network_of_the_default_model_is_shipped_for_litert():
    has_rows = read_settings(REPOSITORY / "model").row_network is not None
    shipped = {*list_shipped_files(REPOSITORY)}
    assert (f"model/{ROW_LITERT_FILE}" in shipped) == has_rows
    assert f"model/{ROW_WEIGHTS_FILE}" not in shipped
