"""The row network of a package on the Hub: downloaded, pushed, and refused if it is damaged."""

import logging
import pickle

import numpy as np
import pytest

from sketchdigits import DamagedPackageError, DigitClassifier, HubNotFoundError, HubUnavailableError
from sketchdigits.package.files import ROW_LITERT_FILE, ROW_WEIGHTS_FILE
from sketchdigits.package.known_answer import known_line
from tests.support.hub_loading import failure, load, snapshot_of
from tests.support.hub_server import TOKEN
from tests.support.package_copies import needed_files
from tests.support.row_networks import make_row_package

# The other tests of the Hub load and push the default package, which has a row network too.
pytestmark = pytest.mark.slow

ROW_FILES = {"litert": ROW_LITERT_FILE, "keras": ROW_WEIGHTS_FILE}


@pytest.fixture
def rows(published, tmp_path):
    """The folder of a package with a row network, which is `owner/name` on the Hub."""
    folder = make_row_package(tmp_path / "rows")
    published.commit_folder(folder)
    return folder


def logits(classifier: DigitClassifier) -> np.ndarray:
    assert classifier.row_runtime is not None
    return classifier.row_runtime.logits(known_line())


@pytest.mark.parametrize("runtime", ROW_FILES)
def test_only_the_files_of_the_runtime_are_downloaded(rows, hub, tmp_path, runtime):
    loaded = load("owner/name", runtime=runtime)
    expected = load(rows, runtime=runtime)
    np.testing.assert_array_equal(logits(loaded), logits(expected))
    cached = {path.name for path in (tmp_path / "hub-cache").rglob("snapshots/*/*")}
    assert cached == {*needed_files(runtime, rows)}
    hub.requests.clear()
    assert load("owner/name", runtime=runtime, local_files_only=True).row_runtime
    assert load("owner/name", runtime=runtime, revision=snapshot_of(loaded).commit).row_runtime
    assert hub.requests == []


@pytest.mark.parametrize("runtime", ROW_FILES)
def test_pushed_copy_has_the_same_row_network(rows, hub, logged_in, runtime):
    loaded = load("owner/name", runtime=runtime)
    commit = loaded.push_to_hub("owner/mine")
    pushed = hub.repositories["models/owner/mine"].main.files
    for name in ROW_FILES.values():
        assert pushed[name] == (rows / name).read_bytes()
    again = load("owner/mine", revision=commit.oid, runtime="litert")
    np.testing.assert_allclose(logits(again), logits(loaded), atol=1e-4)


def test_missing_file_is_not_requested_if_only_local_files_may_be_used(rows, hub, tmp_path):
    load("owner/name")
    load("owner/name").network  # noqa: B018  downloads model.weights.h5
    offline = load("owner/name", local_files_only=True)
    hub.requests.clear()
    with pytest.raises(HubUnavailableError, match="not in the cache"):
        offline.save_pretrained(tmp_path / "saved")
    assert hub.requests == []


@pytest.mark.parametrize("runtime", ROW_FILES)
def test_damaged_file_in_the_cache_is_removed_and_downloaded_again(rows, tmp_path, runtime):
    load("owner/name", runtime=runtime)
    [pointer] = (tmp_path / "hub-cache").rglob(f"snapshots/*/{ROW_FILES[runtime]}")
    pointer.resolve().write_bytes(b"damaged")
    error = failure(runtime=runtime)
    assert isinstance(error, DamagedPackageError)
    assert f"{ROW_FILES[runtime]} of 'owner/name' is damaged" in str(error)
    assert "load again" in str(error)
    assert load("owner/name", runtime=runtime).row_runtime


@pytest.mark.parametrize("runtime", ROW_FILES)
def test_files_that_were_damaged_together_are_downloaded_again_together(rows, tmp_path, runtime):
    load("owner/name", runtime=runtime)
    for name in needed_files(runtime, rows)[1:]:
        [pointer] = (tmp_path / "hub-cache").rglob(f"snapshots/*/{name}")
        pointer.resolve().write_bytes(b"damaged")
    assert isinstance(failure(runtime=runtime), DamagedPackageError)
    assert load("owner/name", runtime=runtime).row_runtime


@pytest.mark.parametrize("runtime", ROW_FILES)
def test_file_that_is_too_large_is_not_downloaded(rows, published, hub, runtime):
    name = ROW_FILES[runtime]
    published.commit({name: bytes(16 * 2**20 + 1)})
    error = failure(runtime=runtime)
    assert f"{name} of 'owner/name' is too large" in str(error)
    assert not [path for path in hub.paths() if "GET" in path and name in path]


def test_file_for_litert_that_is_missing_falls_back_to_keras(rows, published, caplog):
    del published.main.files[ROW_LITERT_FILE]
    with caplog.at_level(logging.WARNING):
        loaded = load("owner/name")
    assert loaded.runtime == "keras"
    assert loaded.row_runtime
    assert f"{ROW_LITERT_FILE} could not be downloaded; falling back to Keras" in caplog.text
    assert isinstance(failure(runtime="litert"), HubNotFoundError)


def test_older_package_on_the_hub_is_loaded_without_a_row_network(published, package_folder, hub):
    from tests.support.package_copies import change_settings

    change_settings(package_folder, row_network=None, format_version=4)
    published.commit_folder(package_folder)
    assert load("owner/name").row_runtime is None
    assert not [path for path in hub.paths() if "row." in path]


def test_pickle_of_a_classifier_from_the_hub_can_be_saved_and_holds_no_token(rows, tmp_path):
    made = load("owner/name", token=TOKEN)
    pickled = pickle.dumps(made)
    assert TOKEN.encode() not in pickled
    pickle.loads(pickled).save_pretrained(tmp_path / "saved")
    np.testing.assert_array_equal(logits(load(tmp_path / "saved")), logits(made))
