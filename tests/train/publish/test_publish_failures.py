"""Publishing that is refused or fails: the Hub keeps the old package, and a message says why."""

import time

import pytest

from sketchdigits import (
    HubAccessError,
    HubConflictError,
    HubError,
    ModelPackageError,
)
from sketchdigits.hub.upload import upload_folder
from tests.conftest import run_python
from tests.support.hub_repository import Repository
from tests.support.hub_server import TOKEN


def repository(hub) -> Repository:
    return hub.repositories["models/owner/name"]


def test_publishing_to_a_commit_is_refused(hub, publish):
    status, printed = publish("--revision", "0" * 40)
    assert status == 1
    assert "Name a branch" in printed


def test_private_model_is_not_uploaded_to_a_public_repository(hub, publish):
    hub.repositories["models/owner/name"] = Repository()
    status, printed = publish("--private")
    assert status == 1
    assert "is public: nothing was published" in printed
    assert len(repository(hub).commits) == 1


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "soon"])
def test_wrong_timeout_is_refused_at_once(publish, timeout):
    with pytest.raises(SystemExit):
        publish("--timeout", timeout)


def test_uploading_to_somebody_elses_repository_is_refused(hub, logged_in, package_folder):
    with pytest.raises(HubAccessError, match="hf auth login"):
        upload_folder(package_folder, "stranger/name", commit_message="mine")


def test_incomplete_package_is_not_published(hub, publish, package_folder):
    (package_folder / "metrics.json").unlink()
    status, printed = publish()
    assert status == 1
    assert "no metrics.json" in printed
    assert hub.requests == []


def test_damaged_package_is_not_published(hub, publish, package_folder):
    (package_folder / "model.weights.h5").write_bytes(b"no weights")
    status, printed = publish()
    assert status == 1
    assert "is damaged" in printed
    assert hub.requests == []


@pytest.mark.parametrize("content", ["garbage", "{}", None])
def test_package_that_stock_keras_cannot_load_is_not_published(
    hub, publish, package_folder, content
):
    config = package_folder / "config.json"
    if content is None:  # a different network with the same shapes
        content = config.read_text().replace("0.00392156862745098", "0.1")
        assert content != config.read_text()
    config.write_text(content)
    status, printed = publish()
    assert status == 1
    assert "Keras can't load" in printed or "as different networks" in printed
    assert hub.requests == []


def test_metrics_that_evaluate_did_not_write_are_refused(hub, publish, package_folder):
    (package_folder / "metrics.json").write_text("{}")
    status, printed = publish()
    assert status == 1
    assert "was not written by `evaluate`" in printed


@pytest.mark.parametrize("repo_id", ["lonely", "a/b/c", "", "../x"])
def test_id_without_an_owner_creates_nothing(hub, logged_in, package_folder, repo_id):
    with pytest.raises(ModelPackageError, match="is not a Hub id"):
        upload_folder(package_folder, repo_id, commit_message="mine")
    assert hub.requests == []


@pytest.mark.parametrize(
    "kind",
    ["drop", "hang", 500, pytest.param(503, marks=pytest.mark.slow), 403, "login page"],
)
@pytest.mark.parametrize(
    "at", ["/preupload/", "/objects/batch", "PUT /storage/", "POST .*/commit/"]
)
@pytest.mark.usefixtures("logged_in", "quick_retries")
def test_failure_while_uploading_leaves_the_old_package(hub, tmp_path, monkeypatch, kind, at):
    # Different in each test: an upload that another test gave up may still store its content.
    content = f"{kind} {at}".encode()
    for name in ("model.weights.h5", "notes.txt"):
        (tmp_path / name).write_bytes(content)
    old = hub.repositories["models/owner/name"] = Repository()
    old.commit({"model.weights.h5": b"old", "notes.txt": b"old"})
    before = old.main
    hub.misbehave(kind, at=at)
    with monkeypatch.context() as patience:
        if kind != 403:  # it is refused at once
            patience.setattr("sketchdigits.hub.timeouts.UPLOAD_REQUESTS_TIMEOUT", 1.0)
        with pytest.raises(HubError, match=r"never half|Your token") as caught:
            upload_folder(tmp_path, "owner/name", commit_message="mine")
    assert old.main == before
    assert "unexpected" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    hub.faults.clear()
    upload_folder(tmp_path, "owner/name", commit_message="mine")
    assert old.main.files["model.weights.h5"] == content


@pytest.mark.parametrize("kind", ["drop", "hang", 500, 503, 429, "login page"])
@pytest.mark.usefixtures("impatient")
def test_silent_hub_is_given_up_before_anything_is_uploaded(hub, publish, kind):
    hub.misbehave(kind)
    status, printed = publish()
    assert status == 1
    assert "Publish again" in printed
    assert hub.repositories == {}


@pytest.mark.slow
def test_command_ends_though_a_request_hangs(hub, logged_in, package_folder):
    hub.misbehave("hang", at="PUT /storage/")
    arguments = ["publish", "--repo-id", "owner/name", "--package", str(package_folder)]
    started = time.monotonic()
    done = run_python("-m", "train", *arguments, "--timeout", "2")
    assert done.returncode == 1
    assert "it hangs" in done.stderr
    assert time.monotonic() - started < 90  # the Hub hangs for 120 seconds


def test_lost_response_to_the_commit_is_harmless(hub, publish):
    """The Hub commits, and the connection breaks off before it responds."""
    hub.misbehave("lost answer", at="/commit/")
    status, printed = publish()
    assert status == 1
    assert "never half. Publish again" in printed
    whole = repository(hub).main
    assert "model.weights.h5" in whole.files
    hub.faults.clear()
    assert publish()[0] == 0
    assert repository(hub).main == whole


def test_package_that_somebody_else_published_meanwhile_is_kept(hub, publish, package_folder):
    publish()
    theirs = b"theirs"
    hub.before_commit = lambda: repository(hub).commit({"model.weights.h5": theirs})
    (package_folder / "metrics.json").write_text(
        (package_folder / "metrics.json").read_text() + "\n"
    )
    status, printed = publish()
    assert status == 1
    assert "Somebody else changed" in printed
    assert repository(hub).main.files["model.weights.h5"] == theirs


def test_conflict_raises_its_own_error(hub, logged_in, package_folder):
    owned = hub.repositories["models/owner/name"] = Repository()
    hub.before_commit = lambda: owned.commit({"README.md": b"theirs"})
    with pytest.raises(HubConflictError):
        upload_folder(package_folder, "owner/name", commit_message="mine")
