"""Downloads that end early: no room, no permission, a process that ends or is killed."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sketchdigits import (
    CacheError,
)
from tests.conftest import REPOSITORY, run_python
from tests.support.hub_loading import WEIGHTS_BODY, failure, load


def test_cache_folder_that_is_a_file_is_said(published, tmp_path):
    (tmp_path / "file").touch()
    for cache_dir in (tmp_path / "file", tmp_path / "file" / "deeper"):
        error = failure(cache_dir=cache_dir)
        assert isinstance(error, CacheError)
        assert str(tmp_path) not in str(error)


# Only downloads: TensorFlow isn't loaded, so that it is quick.
DOWNLOAD = """
import sys
from sketchdigits.hub.download import download_files
from sketchdigits.package.files import SIZE_LIMITS
try:
    snapshot = download_files("owner/name", SIZE_LIMITS, revision=None, token=None,
        cache_dir=None, local_files_only=False, force_download=False, timeout=60)
except Exception as error:
    print(type(error).__name__, error)
"""


def test_request_that_hangs_does_not_hold_the_end_of_the_process(hub, published):
    hub.misbehave("hang", at=WEIGHTS_BODY)
    started = time.monotonic()
    done = run_python("-c", DOWNLOAD.replace("timeout=60", "timeout=2"))
    assert "HubUnavailableError" in done.stdout
    assert time.monotonic() - started < 20


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
    done = run_python("-c", code, preexec_fn=at_most_100_kb_a_file)
    assert "CacheError Can't write the package" in done.stdout
    assert str(tmp_path) not in done.stdout


def test_full_disk_is_said(published):
    done = run_python("-c", DOWNLOAD, preexec_fn=at_most_100_kb_a_file)
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
