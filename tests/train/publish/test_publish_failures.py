"""Publications that are refused, or that the Hub spoils: the old package stays, and it is said."""

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


def test_commit_is_no_place_to_publish_to(hub, publish):
    status, printed = publish("--revision", "0" * 40)
    assert status == 1
    assert "Name a branch" in printed


def test_private_model_is_not_sent_to_a_public_repository(hub, publish):
    hub.repositories["models/owner/name"] = Repository()
    status, printed = publish("--private")
    assert status == 1
    assert "is public: nothing was published" in printed
    assert len(repository(hub).commits) == 1


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "soon"])
def test_timeout_that_is_none_is_refused_at_once(publish, timeout):
    with pytest.raises(SystemExit):
        publish("--timeout", timeout)


def test_somebody_elses_name_is_refused(hub, logged_in, package_folder):
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
    if content is None:  # another network, of the same shapes
        content = config.read_text().replace("0.00392156862745098", "0.1")
        assert content != config.read_text()
    config.write_text(content)
    status, printed = publish()
    assert status == 1
    assert "Keras can't load" in printed or "as different networks" in printed
    assert hub.requests == []


def test_metrics_of_something_else_are_said(hub, publish, package_folder):
    (package_folder / "metrics.json").write_text("{}")
    status, printed = publish()
    assert status == 1
    assert "was not written by `evaluate`" in printed


@pytest.mark.parametrize("repo_id", ["lonely", "a/b/c", "", "../x"])
def test_id_without_an_owner_creates_nothing(hub, logged_in, package_folder, repo_id):
    with pytest.raises(ModelPackageError, match="is no Hub id"):
        upload_folder(package_folder, repo_id, commit_message="mine")
    assert hub.requests == []


@pytest.mark.parametrize("kind", ["drop", "hang", 500, 503, 403, "login page"])
@pytest.mark.parametrize(
    "at", ["/preupload/", "/objects/batch", "PUT /storage/", "POST .*/commit/"]
)
@pytest.mark.usefixtures("logged_in")
def test_failure_while_sending_leaves_the_old_package(hub, tmp_path, monkeypatch, kind, at):
    # Not twice the same: a client that another test gave up on may still store it.
    content = f"{kind} {at}".encode()
    for name in ("model.weights.h5", "notes.txt"):
        (tmp_path / name).write_bytes(content)
    old = hub.repositories["models/owner/name"] = Repository()
    old.commit({"model.weights.h5": b"old", "notes.txt": b"old"})
    before = old.main
    hub.misbehave(kind, at=at)
    with monkeypatch.context() as patience:
        if kind == "hang":
            patience.setattr("sketchdigits.hub.upload.ASK_TIMEOUT", 1.0)
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
def test_silent_hub_is_given_up_before_anything_is_sent(hub, publish, kind):
    hub.misbehave(kind)
    status, printed = publish()
    assert status == 1
    assert "Publish again" in printed
    assert hub.repositories == {}


def test_command_ends_though_a_request_hangs(hub, logged_in, package_folder):
    hub.misbehave("hang", at="PUT /storage/")
    arguments = ["publish", "--repo-id", "owner/name", "--package", str(package_folder)]
    started = time.monotonic()
    done = run_python("-m", "train", *arguments, "--timeout", "2")
    assert done.returncode == 1
    assert "it hangs" in done.stderr
    assert time.monotonic() - started < 20


def test_answer_lost_after_the_commit_is_no_harm(hub, publish):
    """The Hub commits, and the connection breaks off before it can say so."""
    hub.misbehave("lost answer", at="/commit/")
    status, printed = publish()
    assert status == 1
    assert "never half. Publish again" in printed
    whole = repository(hub).main
    assert "model.weights.h5" in whole.files
    hub.faults.clear()
    assert publish()[0] == 0
    assert repository(hub).main == whole


def test_concurrent_publication_wins_and_is_kept(hub, publish, package_folder):
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


def test_conflict_has_a_type_of_its_own(hub, logged_in, package_folder):
    owned = hub.repositories["models/owner/name"] = Repository()
    hub.before_commit = lambda: owned.commit({"README.md": b"theirs"})
    with pytest.raises(HubConflictError):
        upload_folder(package_folder, "owner/name", commit_message="mine")
