"""The cache is the fallback if the Hub fails, and damaged files in it are replaced."""

import errno
import json
import os
from pathlib import Path

import pytest

from sketchdigits import (
    CacheError,
    DamagedPackageError,
    HubUnavailableError,
    ModelPackageError,
)
from tests.support.hub_loading import failure, load, snapshot_of


@pytest.mark.parametrize("fault", [500, 503, 429, "hang", "drop", "login page", "offline"])
def test_cached_copy_is_used_if_the_hub_fails(hub, published, monkeypatch, caplog, fault):
    load("owner/name")
    if fault == "offline":
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    else:
        hub.misbehave(fault)
    loaded = load("owner/name", timeout=2)
    assert snapshot_of(loaded).commit == published.main.sha
    assert isinstance(snapshot_of(loaded).unavailable, HubUnavailableError)
    assert "cached copy" in caplog.text


def test_cached_copy_is_used_if_the_disk_has_no_room_for_a_new_one(published, monkeypatch):
    load("owner/name")
    old = published.main.sha
    published.commit({"notes.txt": b"new"})

    def refuse(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sketchdigits.hub.download.hf_hub_download", refuse)
    snapshot = snapshot_of(load("owner/name"))
    assert snapshot.commit == old
    assert isinstance(snapshot.unavailable, CacheError)


def test_cached_copy_is_used_if_only_the_settings_of_a_new_commit_arrive(hub, published, caplog):
    load("owner/name")
    old = published.main.sha
    published.commit({"notes.txt": b"new"})
    hub.misbehave(503, at="/resolve/[^/]+/model.tflite")
    snapshot = snapshot_of(load("owner/name"))
    assert snapshot.commit == old
    assert isinstance(snapshot.unavailable, HubUnavailableError)
    assert f"Using the cached copy, commit {old}" in caplog.text
    hub.faults.clear()
    assert snapshot_of(load("owner/name")).commit == published.main.sha


@pytest.mark.parametrize("change", ["gated", "disabled", "private"])
def test_cached_copy_is_not_used_if_the_hub_refuses(published, change):
    load("owner/name")
    setattr(published, change, True)
    assert not isinstance(failure(), HubUnavailableError)


def test_damaged_new_commit_leaves_the_cached_one_usable(hub, published):
    good = published.main.sha
    load("owner/name")
    published.commit({"model.tflite": b"no weights"})
    assert isinstance(failure(), DamagedPackageError)
    assert snapshot_of(load("owner/name", local_files_only=True)).commit == good


@pytest.mark.parametrize("name", ["sketchdigits.json", "model.tflite"])
def test_changed_file_in_the_cache_is_noticed_and_downloaded_again(published, tmp_path, name):
    load("owner/name")
    [pointer] = (tmp_path / "hub-cache").rglob(f"snapshots/*/{name}")
    raw = bytearray(pointer.read_bytes())
    raw[len(raw) // 2] ^= 1
    pointer.resolve().write_bytes(raw)
    error = failure(local_files_only=True)
    assert isinstance(error, DamagedPackageError)
    assert "load again" in str(error)
    load("owner/name")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sketchdigits.json", b"{}"),
        ("sketchdigits.json", b" " * 70_000),
        ("sketchdigits.json", b"\xff"),
        ("sketchdigits.json", None),
        ("model.tflite", b"\0" * (16 * 2**20 + 1)),
        ("model.tflite", b""),
        ("model.tflite", None),
    ],
)
def test_replaced_file_in_the_cache_is_downloaded_again(published, tmp_path, name, content):
    load("owner/name")
    [pointer] = (tmp_path / "hub-cache").rglob(f"snapshots/*/{name}")
    blob = pointer.resolve()
    blob.unlink()
    if content is None:
        blob.mkdir()
        (blob / "surprise").touch()
    else:
        blob.write_bytes(content)
    try:
        load("owner/name", revision=published.main.sha)
    except ModelPackageError:
        load("owner/name", revision=published.main.sha)


def test_damaged_settings_of_a_newer_version_are_downloaded_again(published, tmp_path):
    load("owner/name")
    [pointer] = (tmp_path / "hub-cache").rglob("snapshots/*/sketchdigits.json")
    settings = json.loads(pointer.read_text())
    pointer.resolve().write_text(json.dumps({**settings, "format_version": 7}))
    assert "pip install --upgrade" in str(failure())
    load("owner/name")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"no commit\n"])
def test_damaged_note_of_a_branch_is_replaced(published, tmp_path, content):
    load("owner/name")
    [note] = (tmp_path / "hub-cache").rglob("refs/main")
    note.write_bytes(content)
    load("owner/name")
    load("owner/name", local_files_only=True)
    note.write_bytes(content)
    load("owner/name", force_download=True)


def test_changed_file_in_the_shared_store_is_downloaded_again(published, tmp_path):
    """The client can store one file for several repositories, behind a second link."""
    load("owner/name")
    cache = tmp_path / "hub-cache"
    [pointer] = cache.rglob("snapshots/*/model.tflite")
    blob = pointer.resolve()
    shared = cache / "blobs" / "ab" / "abcdef"
    shared.parent.mkdir(parents=True)
    blob.unlink()
    blob.symlink_to(os.path.relpath(shared, blob.parent))
    shared.write_bytes(b"tampered")
    assert isinstance(failure(), DamagedPackageError)
    assert not shared.exists()
    load("owner/name")


def test_error_says_if_a_damaged_file_cannot_be_removed(published, tmp_path, monkeypatch):
    load("owner/name")
    [pointer] = (tmp_path / "hub-cache").rglob("snapshots/*/model.tflite")
    pointer.resolve().write_bytes(b"tampered")

    def refuse(*arguments, **options):
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    assert "can't be removed" in str(failure())
