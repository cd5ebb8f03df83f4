"""A Hub that misbehaves: every way ends soon, in an error of ours that says what to do."""

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest

from sketchdigits import (
    CacheError,
    DamagedPackageError,
    DigitClassifier,
    HubAccessError,
    HubNotFoundError,
    HubUnavailableError,
    ModelPackageError,
)
from sketchdigits.classifier import DOWNLOAD_TIMEOUT
from sketchdigits.hub_arguments import check_hub_arguments
from tests.conftest import REPOSITORY
from tests.hub_server import TOKEN
from tests.test_hub_download import snapshot_of

load = DigitClassifier.from_pretrained

SETTINGS = "/resolve/[^/]+/sketchdigits.json"
WEIGHTS_BODY = "GET /storage/"


def failure(**options) -> ModelPackageError:
    """The error that loading ends in; it must be ours, soon there, and discreet."""
    started = time.monotonic()
    with pytest.raises(ModelPackageError) as caught:
        load("owner/name", **options)
    assert time.monotonic() - started < 30
    message = str(caught.value)
    assert "owner/name" in message
    for secret in (TOKEN, "127.0.0.1", "localhost", "http", "hub-cache", "Traceback"):
        assert secret not in message
    return caught.value


def test_default_time_limit_is_under_thirty_seconds():
    assert DOWNLOAD_TIMEOUT < 25


ANSWERS = {
    401: (HubAccessError, "hf auth login"),
    403: (HubAccessError, "refuses access"),
    404: (HubNotFoundError, "Check the name"),
    418: (HubUnavailableError, "refuses the request"),
    429: (HubUnavailableError, "rate limit"),
    500: (HubUnavailableError, "error of its own"),
    503: (HubUnavailableError, "Try again later"),
}


@pytest.mark.parametrize("status", ANSWERS)
@pytest.mark.parametrize("at", [SETTINGS, "model.weights.h5", WEIGHTS_BODY])
def test_error_answer_is_explained(hub, published, status, at):
    kind, text = ANSWERS[status]
    hub.misbehave(status, at=at)
    error = failure(token=TOKEN, timeout=8)
    assert isinstance(error, kind)
    assert text in str(error)


def test_gated_model_names_the_conditions(published):
    published.gated = True
    assert "Accept its conditions" in str(failure())
    assert isinstance(failure(), HubAccessError)


def test_disabled_model_is_said(published):
    published.disabled = True
    error = failure()
    assert "disabled" in str(error)
    assert isinstance(error, HubAccessError)


def test_private_model_asks_for_a_login(published):
    published.private = True
    error = failure()
    assert "hf auth login" in str(error)
    assert isinstance(error, HubNotFoundError)


@pytest.mark.parametrize("at", [SETTINGS, "HEAD .*model.weights.h5", "GET", WEIGHTS_BODY])
def test_hanging_hub_is_given_up(hub, published, at):
    hub.misbehave("hang", at=at)
    started = time.monotonic()
    error = failure(timeout=2)
    assert time.monotonic() - started < 4
    assert isinstance(error, HubUnavailableError)
    assert "hangs" in str(error)


def test_silent_answer_is_given_up_before_the_whole_time_is_over(hub, published, monkeypatch):
    monkeypatch.setattr("sketchdigits.hub_download.REQUEST_TIMEOUT", 1.0)
    hub.misbehave("hang", at=SETTINGS)
    assert "hangs (no answer in time)" in str(failure(timeout=10))


def test_trickling_body_is_given_up(hub, published):
    hub.misbehave("trickle", at=WEIGHTS_BODY)
    assert "hangs" in str(failure(timeout=2))


@pytest.mark.parametrize("at", [SETTINGS, WEIGHTS_BODY])
def test_dropped_connection_is_said(hub, published, at):
    hub.misbehave("drop", at=at)
    error = failure()
    assert isinstance(error, HubUnavailableError)
    assert "broke off" in str(error)


@pytest.mark.parametrize(("kind", "text"), [("cut", "broke off"), ("short", "cut short")])
def test_body_cut_short_is_not_taken(hub, published, kind, text):
    hub.misbehave(kind, at=WEIGHTS_BODY)
    error = failure()
    assert isinstance(error, HubUnavailableError)
    assert text in str(error)
    hub.faults.clear()
    load("owner/name")


@pytest.mark.parametrize("at", ["GET .*sketchdigits.json", WEIGHTS_BODY])
def test_wrong_bytes_are_noticed_and_not_kept(hub, published, at):
    hub.misbehave("wrong bytes", at=at)
    assert isinstance(failure(), DamagedPackageError)
    hub.faults.clear()
    load("owner/name")


@pytest.mark.parametrize("at", ["GET .*sketchdigits.json", WEIGHTS_BODY])
def test_endless_body_is_stopped(hub, published, tmp_path, at):
    hub.misbehave("endless", at=at)
    assert isinstance(failure(), DamagedPackageError)
    files = [path for path in (tmp_path / "hub-cache").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_000_000


@pytest.mark.parametrize("name", ["sketchdigits.json", "model.weights.h5"])
def test_oversized_file_is_not_downloaded(hub, published, name):
    published.commit({name: b"\0" * (16 * 2**20 + 1)})
    assert isinstance(failure(), DamagedPackageError)
    assert not [path for path in hub.paths() if path.startswith("GET")]


def test_login_page_of_a_network_is_no_hub(hub, published):
    hub.misbehave("login page")
    error = failure()
    assert isinstance(error, HubUnavailableError)
    assert "no Hub" in str(error)


def test_refused_connection_is_said(published, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
        "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}",
    )
    error = failure()
    assert isinstance(error, HubUnavailableError)
    assert "no connection" in str(error)


def test_offline_mode_is_said(published, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    error = failure()
    assert isinstance(error, HubUnavailableError)
    assert "HF_HUB_OFFLINE" in str(error)


@pytest.mark.parametrize("fault", [500, 503, 429, "hang", "drop", "login page", "offline"])
def test_cached_copy_stands_in_for_a_silent_hub(hub, published, monkeypatch, caplog, fault):
    load("owner/name")
    if fault == "offline":
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    else:
        hub.misbehave(fault)
    loaded = load("owner/name", timeout=2)
    assert snapshot_of(loaded).commit == published.main.sha
    assert isinstance(snapshot_of(loaded).unavailable, HubUnavailableError)
    assert "cached copy" in caplog.text


def test_cached_copy_stands_in_for_a_new_one_without_room(published, monkeypatch):
    load("owner/name")
    old = published.main.sha
    published.commit({"notes.txt": b"new"})

    def refuse(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sketchdigits.hub_download.hf_hub_download", refuse)
    snapshot = snapshot_of(load("owner/name"))
    assert snapshot.commit == old
    assert isinstance(snapshot.unavailable, CacheError)


@pytest.mark.parametrize("change", ["gated", "disabled", "private"])
def test_cached_copy_does_not_stand_in_for_a_refusal(published, change):
    load("owner/name")
    setattr(published, change, True)
    assert not isinstance(failure(), HubUnavailableError)


def test_broken_new_commit_leaves_the_cached_one_to_load_offline(hub, published):
    good = published.main.sha
    load("owner/name")
    published.commit({"model.weights.h5": b"no weights"})
    assert isinstance(failure(), DamagedPackageError)
    assert snapshot_of(load("owner/name", local_files_only=True)).commit == good


@pytest.mark.parametrize("name", ["sketchdigits.json", "model.weights.h5"])
def test_tampered_cache_is_noticed_and_fetched_anew(published, tmp_path, name):
    load("owner/name")
    [pointer] = (tmp_path / "hub-cache").rglob(f"snapshots/*/{name}")
    raw = bytearray(pointer.read_bytes())
    raw[len(raw) // 2] ^= 1
    pointer.resolve().write_bytes(raw)
    error = failure(local_files_only=True)
    assert isinstance(error, DamagedPackageError)
    assert "load once more" in str(error)
    load("owner/name")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sketchdigits.json", b"{}"),
        ("sketchdigits.json", b" " * 70_000),
        ("sketchdigits.json", b"\xff"),
        ("sketchdigits.json", None),
        ("model.weights.h5", b"\0" * (16 * 2**20 + 1)),
        ("model.weights.h5", b""),
        ("model.weights.h5", None),
    ],
)
def test_whatever_a_cached_file_became_it_is_fetched_anew(published, tmp_path, name, content):
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


def test_settings_of_a_newer_version_that_are_damaged_are_fetched_anew(published, tmp_path):
    load("owner/name")
    [pointer] = (tmp_path / "hub-cache").rglob("snapshots/*/sketchdigits.json")
    text = pointer.read_text().replace('"format_version": 1', '"format_version": 7')
    pointer.resolve().write_text(text)
    assert "pip install --upgrade" in str(failure())
    load("owner/name")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"no commit\n"])
def test_damaged_note_of_a_branch_is_mended(published, tmp_path, content):
    load("owner/name")
    [note] = (tmp_path / "hub-cache").rglob("refs/main")
    note.write_bytes(content)
    load("owner/name")
    load("owner/name", local_files_only=True)
    note.write_bytes(content)
    load("owner/name", force_download=True)


def test_tampered_store_of_shared_files_is_fetched_anew(published, tmp_path):
    """The client can keep one file for several repositories, behind a second link."""
    load("owner/name")
    cache = tmp_path / "hub-cache"
    [pointer] = cache.rglob("snapshots/*/model.weights.h5")
    blob = pointer.resolve()
    shared = cache / "blobs" / "ab" / "abcdef"
    shared.parent.mkdir(parents=True)
    blob.unlink()
    blob.symlink_to(os.path.relpath(shared, blob.parent))
    shared.write_bytes(b"tampered")
    assert isinstance(failure(), DamagedPackageError)
    assert not shared.exists()
    load("owner/name")


@pytest.mark.parametrize("token", ["", "hf_bad\n", "hf_b\u00e4d", "two words"])
def test_token_that_can_be_none_is_refused_and_never_shown(published, token, monkeypatch):
    for options in ({"token": token}, {}):
        if not options:
            monkeypatch.setattr("huggingface_hub.get_token", lambda: token)
        with pytest.raises(HubAccessError, match="hf auth login") as caught:
            load("owner/name", **options)
        if token:
            assert token not in "".join(traceback.format_exception(caught.value))


def test_bad_token_is_no_matter_where_the_hub_is_not_asked(published, monkeypatch):
    load("owner/name")
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "two words")
    load("owner/name", local_files_only=True)
    load("owner/name", revision=published.main.sha)


def test_token_that_cannot_be_read_is_said(published, monkeypatch):
    monkeypatch.setattr("huggingface_hub.get_token", b"\xff".decode)
    with pytest.raises(HubAccessError, match="can't be read"):
        load("owner/name")


def test_cache_that_cannot_be_mended_is_not_said_to_be(published, tmp_path, monkeypatch):
    load("owner/name")
    [pointer] = (tmp_path / "hub-cache").rglob("snapshots/*/model.weights.h5")
    pointer.resolve().write_bytes(b"tampered")

    def refuse(*arguments, **options):
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    assert "can't be removed" in str(failure())


@pytest.mark.parametrize("branch", ["fix(1)", "a&b", "feature/x!", "v1.0+cpu", "größer"])
def test_unusual_names_of_branches_are_names(published, branch):
    published.branches[branch] = published.main.sha
    if "/" not in branch:  # our Hub keeps to one path segment
        load("owner/name", revision=branch)
    check_hub_arguments("owner/name", branch)


@pytest.mark.parametrize("revision", ["..", "../../x", "a b", "-x", 7, "\0"])
def test_revision_that_can_be_none_is_not_asked_for(hub, published, revision):
    with pytest.raises(HubNotFoundError, match="is no revision of"):
        load("owner/name", revision=revision)
    assert hub.requests == []


@pytest.mark.parametrize("timeout", [0, -1, 1e10, float("inf"), float("nan"), None, "20"])
def test_timeout_that_is_none_is_refused(published, timeout):
    with pytest.raises(ValueError, match="timeout must be"):
        load("owner/name", timeout=timeout)


def test_cache_folder_that_is_a_file_is_said(published, tmp_path):
    (tmp_path / "file").touch()
    for cache_dir in (tmp_path / "file", tmp_path / "file" / "deeper"):
        error = failure(cache_dir=cache_dir)
        assert isinstance(error, CacheError)
        assert str(tmp_path) not in str(error)


def test_contradicting_options_are_refused(published):
    with pytest.raises(ValueError, match="contradict"):
        load("owner/name", local_files_only=True, force_download=True)


def in_a_process(code: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, check=False, **options
    )


# Only downloads: TensorFlow isn't loaded, so that it is quick.
DOWNLOAD = """
import sys
from sketchdigits.hub_download import download_files
from sketchdigits.package import SIZE_LIMITS
try:
    snapshot = download_files("owner/name", SIZE_LIMITS, revision=None, token=None,
        cache_dir=None, local_files_only=False, force_download=False, timeout=60)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_request_that_hangs_does_not_hold_the_end_of_the_process(hub, published):
    hub.misbehave("hang", at=WEIGHTS_BODY)
    started = time.monotonic()
    done = in_a_process(DOWNLOAD.replace("timeout=60", "timeout=2"))
    assert "HubUnavailableError" in done.stdout
    assert time.monotonic() - started < 8


def at_most_100_kb_a_file():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


def test_full_disk_while_saving_is_said(tmp_path):
    code = f"""
from sketchdigits import DigitClassifier
try:
    DigitClassifier.from_pretrained("model").save_pretrained({str(tmp_path)!r})
except Exception as error:
    print(type(error).__name__, error)
"""
    done = in_a_process(code, preexec_fn=at_most_100_kb_a_file)
    assert "CacheError Can't write the package" in done.stdout
    assert str(tmp_path) not in done.stdout


def test_full_disk_is_said(published):
    done = in_a_process(DOWNLOAD, preexec_fn=at_most_100_kb_a_file)
    assert "CacheError The disk is full" in done.stdout
    assert "hub-cache" not in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
@pytest.mark.parametrize(
    ("options", "text"), [("size=600k", "The disk is full"), ("ro", "can't be written")]
)
def test_file_system_without_room_or_permission_is_said(published, tmp_path, options, text):
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    code = f"""
import subprocess
subprocess.run(["mount", "-t", "tmpfs", "-o", {options!r}, "tmpfs", {str(mounted)!r}], check=True)
{DOWNLOAD.replace("cache_dir=None", f"cache_dir={str(mounted)!r}")}"""
    command = [str(shutil.which("unshare")), "-m", sys.executable, "-c", code]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if "CalledProcessError" in done.stderr or "unshare failed" in done.stderr:
        pytest.skip("this machine lets nobody mount a file system")
    assert "CacheError" in done.stdout
    assert text in done.stdout
    assert str(mounted) not in done.stdout


def test_read_only_cache_serves_what_it_holds(published, tmp_path, monkeypatch):
    load("owner/name", revision=published.main.sha)

    def refuse(*arguments, **options):
        raise PermissionError

    monkeypatch.setattr(Path, "write_text", refuse)
    load("owner/name")


def test_twenty_kills_during_the_download_leave_a_cache_that_works(hub, published):
    hub.misbehave("trickle", at=WEIGHTS_BODY)
    for kill in range(20):
        hub.sent_part.clear()
        process = subprocess.Popen(
            [sys.executable, "-c", DOWNLOAD],
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert hub.sent_part.wait(30)
        time.sleep(kill * 0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    hub.faults.clear()
    load("owner/name")
    load("owner/name", local_files_only=True)
