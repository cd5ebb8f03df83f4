"""Downloads and saves without room or permission, and processes that end during a download."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sketchdigits import CacheError, DigitClassifier
from tests.conftest import REPOSITORY, run_python
from tests.support.hub_loading import WEIGHTS_BODY, failure, load


def test_cache_folder_that_is_a_file_is_reported(published, tmp_path):
    (tmp_path / "file").touch()
    for cache_dir in (tmp_path / "file", tmp_path / "file" / "deeper"):
        error = failure(cache_dir=cache_dir)
        assert isinstance(error, CacheError)
        assert str(tmp_path) not in str(error)


# Without loading, so that no time is spent on importing TensorFlow.
DOWNLOAD = """
import sys
from sketchdigits.hub.download import download_files
from sketchdigits.package.files import LITERT_FILE, SETTINGS_FILE, SIZE_LIMITS, WEIGHTS_FILE
names = (SETTINGS_FILE, LITERT_FILE, WEIGHTS_FILE)
try:
    snapshot = download_files("owner/name", {name: SIZE_LIMITS[name] for name in names},
        revision=None, token=None,
        cache_dir=None, local_files_only=False, force_download=False, timeout=60)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_hanging_request_does_not_keep_the_process_alive(hub, published):
    hub.misbehave("hang", at=WEIGHTS_BODY)
    started = time.monotonic()
    done = run_python("-c", DOWNLOAD.replace("timeout=60", "timeout=2"))
    assert "HubUnavailableError" in done.stdout
    assert time.monotonic() - started < 20


def limit_file_size():
    """Let no file grow beyond 100 kB: writing more fails as on a full disk."""
    hard_limit = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard_limit))


@pytest.fixture
def full_disk():
    """A limit on file sizes, for this process."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield limit_file_size
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_full_disk_while_saving_is_reported(tmp_path, full_disk):
    classifier = DigitClassifier.from_pretrained(REPOSITORY / "model", runtime="keras")
    full_disk()
    with pytest.raises(CacheError, match="Can't write the package") as caught:
        classifier.save_pretrained(tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_full_disk_while_downloading_is_reported(published):
    done = run_python("-c", DOWNLOAD, preexec_fn=limit_file_size)
    assert "CacheError The disk is full" in done.stdout
    assert "hub-cache" not in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
@pytest.mark.parametrize(
    ("options", "text"), [("size=600k", "The disk is full"), ("ro", "can't be written")]
)
def test_file_system_without_room_or_permission_is_reported(published, tmp_path, options, text):
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    code = f"""
import subprocess
subprocess.run(["mount", "-t", "tmpfs", "-o", {options!r}, "tmpfs", {str(mounted)!r}], check=True)
{DOWNLOAD.replace("cache_dir=None", f"cache_dir={str(mounted)!r}")}"""
    command = [str(shutil.which("unshare")), "-m", sys.executable, "-c", code]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if "CalledProcessError" in done.stderr or "unshare failed" in done.stderr:
        pytest.skip("this machine forbids mounting a file system")
    assert "CacheError" in done.stdout
    assert text in done.stdout
    assert str(mounted) not in done.stdout


def test_read_only_cache_can_be_used(published, tmp_path, monkeypatch):
    load("owner/name", revision=published.main.sha)

    def refuse(*arguments, **options):
        raise PermissionError

    monkeypatch.setattr(Path, "write_text", refuse)
    load("owner/name")


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_cache_works_after_processes_are_killed_during_downloads(hub, published, kills):
    hub.misbehave("trickle", at=WEIGHTS_BODY)
    for kill in range(kills):
        hub.sent_part.clear()
        process = subprocess.Popen(
            [sys.executable, "-c", DOWNLOAD],
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert hub.sent_part.wait(30)
        time.sleep(kill * 0.4 / kills)
        process.send_signal(signal.SIGKILL)
        process.wait()
    hub.faults.clear()
    load("owner/name")
    load("owner/name", local_files_only=True)
