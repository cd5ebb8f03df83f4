"""Loading models with the real client from a working Hub, which is the tests' own."""

import json
import shutil

import numpy as np
import pytest

from sketchdigits import HubNotFoundError, HubUnavailableError, ModelPackageError
from sketchdigits.package.files import read_bounded
from sketchdigits.package.known_answer import known_image
from tests.conftest import REPOSITORY
from tests.support.hub_loading import failure, load, snapshot_of
from tests.support.hub_repository import Repository
from tests.support.hub_server import TOKEN
from tests.support.package_copies import change_settings, needed_files

NETWORK_RUNTIMES = {"auto": "litert", "keras": "keras"}


@pytest.mark.parametrize("by", ["main", "commit", None, ""])
def test_model_is_loaded_by_its_hub_id(published, drawing, by):
    revision = published.main.sha if by == "commit" else by
    loaded = load("owner/name", revision=revision)
    assert snapshot_of(loaded).commit == published.main.sha
    assert snapshot_of(loaded).unavailable is None
    expected = load(REPOSITORY / "model").predict(drawing).probabilities
    np.testing.assert_array_equal(loaded.predict(drawing).probabilities, expected)


@pytest.mark.parametrize("runtime", ["auto", "keras"])
def test_only_the_files_that_loading_needs_are_downloaded(hub, published, tmp_path, runtime):
    load("owner/name", runtime=runtime)
    cached = {path.name for path in (tmp_path / "hub-cache").rglob("snapshots/*/*")}
    assert cached == {*needed_files(NETWORK_RUNTIMES[runtime])}
    assert not [path for path in hub.paths() if "examples" in path]


@pytest.mark.parametrize("runtime", ["auto", "keras"])
def test_hub_can_count_each_download_by_one_request_for_the_config_of_keras(
    hub, published, runtime
):
    def counted() -> list[str]:
        return [path for path in hub.paths() if "config.json" in path]

    load("owner/name", runtime=runtime, token=TOKEN)
    request = f"HEAD /owner/name/resolve/{published.main.sha}/config.json"
    assert counted() == [request]
    assert dict(hub.requests)[request] == f"Bearer {TOKEN}"
    load("owner/name", runtime=runtime)  # from the cache
    assert counted() == [request]
    load("owner/name", runtime=runtime, force_download=True)
    assert counted() == [request] * 2


@pytest.mark.parametrize("fault", [404, 503, "hang", "drop"])
def test_download_that_the_hub_cannot_count_is_loaded_all_the_same(
    hub, published, monkeypatch, fault, caplog
):
    monkeypatch.setattr("sketchdigits.hub.timeouts.COUNT_TIMEOUT", 0.2)
    hub.misbehave(fault, at="config.json")
    assert snapshot_of(load("owner/name")).unavailable is None
    assert not caplog.records


def test_weights_are_downloaded_when_the_keras_model_is_needed(hub, published, drawing):
    loaded = load("owner/name")
    expected = loaded.predict(drawing).probabilities
    assert not [path for path in hub.paths() if "model.weights.h5" in path]
    assert loaded.network.count_params() > 0
    assert [path for path in hub.paths() if "model.weights.h5" in path]
    assert loaded.runtime == "keras"
    np.testing.assert_allclose(loaded.predict(drawing).probabilities, expected, atol=1e-4)


def test_weights_are_not_requested_if_only_local_files_may_be_used(hub, published):
    load("owner/name")
    offline = load("owner/name", local_files_only=True)
    hub.requests.clear()
    with pytest.raises(HubUnavailableError, match="not in the cache"):
        _ = offline.network
    assert hub.requests == []


def test_package_without_a_litert_file_is_not_loaded_with_litert(hub, package_folder):
    change_settings(package_folder, removed=["litert_sha256"], format_version=2)
    (package_folder / "model.tflite").unlink()
    repository = hub.repositories["models/owner/name"] = Repository()
    repository.commit_folder(package_folder)
    message = str(failure(runtime="litert"))
    assert "'owner/name' has no model.tflite. Load it with runtime='keras'" in message
    assert not [path for path in hub.paths() if "model.tflite" in path]
    assert load("owner/name", runtime="auto").runtime == "keras"


@pytest.mark.parametrize("runtime", ["litert", "keras"])
def test_settings_are_read_once(published, monkeypatch, runtime):
    read = []

    def read_and_count(path, *arguments):
        read.append(path.name)
        return read_bounded(path, *arguments)

    monkeypatch.setattr("sketchdigits.package.settings.read_bounded", read_and_count)
    load("owner/name", runtime=runtime)
    assert read == ["sketchdigits.json"]


def test_older_commit_can_still_be_loaded(published, package_folder):
    old = published.main.sha
    published.commit({"README.md": b"new"})
    assert snapshot_of(load("owner/name", revision=old)).commit == old
    assert snapshot_of(load("owner/name")).commit == published.main.sha != old


def test_cached_commit_needs_no_request(hub, published):
    load("owner/name", revision=published.main.sha)
    hub.requests.clear()
    load("owner/name", revision=published.main.sha)
    assert hub.requests == []


def test_local_files_only_sends_no_request(hub, published):
    load("owner/name")
    hub.requests.clear()
    load("owner/name", local_files_only=True)
    assert hub.requests == []


def test_local_files_only_without_a_cached_copy_is_an_error(published):
    with pytest.raises(HubUnavailableError, match="not in the cache"):
        load("owner/name", local_files_only=True)


def test_all_files_come_from_one_commit_even_if_the_branch_moves(hub, published):
    """A commit with other weights arrives between the two downloads."""
    first = published.main.sha
    hub.misbehave("move", at="HEAD .*model.tflite", times=1)
    original = hub.fault_for

    def fault_for(request):
        fault = original(request)
        if fault == "move":
            published.commit({"model.tflite": b"new", "sketchdigits.json": b"{}"})
            return None
        return fault

    hub.fault_for = fault_for
    try:
        assert snapshot_of(load("owner/name")).commit == first
    finally:
        del hub.fault_for


def test_token_is_sent_to_the_hub_but_not_to_the_storage_of_large_files(hub, published):
    published.private = True
    load("owner/name", token=TOKEN)
    sent = dict(hub.requests)
    assert sent["HEAD /owner/name/resolve/main/sketchdigits.json"] == f"Bearer {TOKEN}"
    storage = [token for path, token in hub.requests if "/storage/" in path]
    assert storage
    assert set(storage) == {None}


def test_token_from_the_environment_is_used(published, logged_in):
    published.private = True
    load("owner/name")


@pytest.mark.parametrize(
    "wrong", ["owner/other", "owner--/x..y", "runs/typo"], ids=["missing", "invalid", "folder"]
)
def test_error_for_a_missing_repository(hub, wrong):
    with pytest.raises(ModelPackageError, match=r"There is no|not a Hub id"):
        load(wrong)


def test_error_for_a_missing_revision_names_it(published):
    with pytest.raises(HubNotFoundError, match="has no revision 'v9'"):
        load("owner/name", revision="v9")


def test_error_for_a_repository_without_our_files(hub):
    hub.repositories["models/owner/other"] = Repository()
    with pytest.raises(HubNotFoundError, match="not a Sketchdigits package"):
        load("owner/other")


@pytest.mark.slow  # `test_publish.py` has one of a package that the command published
def test_three_ways_of_loading_give_the_same_answers(hub, published, tmp_path):
    """With our class from the Hub, with stock Keras from the Hub, and from a folder."""
    import keras
    from huggingface_hub import snapshot_download

    seen = np.stack([known_image(), np.flip(known_image(), 1)])
    ours = load("owner/name").network.predict(seen, verbose=0)
    stock = keras.saving.load_model("hf://owner/name").predict(seen, verbose=0)
    folder = snapshot_download("owner/name", local_dir=tmp_path / "snapshot")
    plain = load(folder).network.predict(seen, verbose=0)
    assert ours.shape == (2, 10)
    np.testing.assert_allclose(stock, ours, atol=1e-6, rtol=0)
    np.testing.assert_allclose(plain, ours, atol=1e-6, rtol=0)
    shutil.rmtree(folder)


def test_saved_package_gives_the_same_answers(classifier, drawing, tmp_path):
    classifier.save_pretrained(tmp_path / "saved")
    again = load(tmp_path / "saved").predict(drawing).probabilities
    expected = classifier.predict(drawing).probabilities
    np.testing.assert_allclose(again, expected, atol=1e-6, rtol=0)


def test_weights_other_than_the_pinned_ones_are_refused(published):
    settings = json.loads((REPOSITORY / "model" / "sketchdigits.json").read_text())
    for file in ("weights", "litert"):
        load("owner/name", weights_sha256=settings[f"{file}_sha256"])
    with pytest.raises(ModelPackageError, match="not the file that you pinned"):
        load("owner/name", weights_sha256="0" * 64)
