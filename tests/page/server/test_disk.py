"""The running app and the disk: full, read-only, shared with others, and cleaned up."""

import io
import os
import resource
import shutil
import subprocess
import sys
import time
import urllib.error
from pathlib import Path

import pytest
from PIL import Image

from page.server.cleanup import delete_old_files, run_all
from tests.conftest import REPOSITORY
from tests.support.plain_http import call_over_http, upload
from tests.support.polylines import draw
from tests.support.running_app import running_process


def encoded(digit: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(draw(digit)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def app_on_a_small_disk(tmp_path_factory):
    """URL and folder of an app that fails to write more than 200 kB into one file."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    folder = tmp_path_factory.mktemp("app")
    with running_process(folder, options={"preexec_fn": limit}) as (url, _):
        yield url, folder


def test_full_disk_fails_one_upload_and_nothing_else(app_on_a_small_disk):
    url, _ = app_on_a_small_disk
    with pytest.raises(urllib.error.HTTPError) as caught:
        upload(url, bytes(3_000_000))
    assert caught.value.code == 507
    assert "no room" in caught.value.read().decode()
    small = upload(url, encoded(7))
    answer = call_over_http(url, {"path": small, "meta": {"_type": "gradio.FileData"}})
    assert '"label": "7"' in answer


def test_app_uses_a_folder_of_its_own_in_the_temporary_folder(app_on_a_small_disk):
    """It deletes old files in that folder, so nobody else's files may be there."""
    url, folder = app_on_a_small_disk
    uploaded = Path(upload(url, encoded(7)))
    assert folder / "uploads" / "sketchdigits" in uploaded.parents
    assert {path.name for path in (folder / "uploads").iterdir()} == {"sketchdigits"}


CONFINED = """
set -e
mount --rbind / "$1/root"
mount -o remount,bind,ro "$1/root"
mount -t tmpfs tmpfs "$1/root$1/scratch"
exec chroot "$1/root" sh -c \\
  'cd "$1" && ! touch new 2>/dev/null && exec "$2" -m tests.support.ask_confined "$3"' \
  sh "$2" "$3" "$1/scratch"
"""


def can_confine() -> bool:
    tried = ["unshare", "--mount", "--net", "true"]
    return shutil.which("unshare") is not None and not subprocess.run(tried, check=False).returncode


@pytest.mark.slow
@pytest.mark.skipif(not can_confine(), reason="only root can take the network and the disk away")
def test_app_needs_no_network_and_writes_only_to_a_temporary_folder(tmp_path):
    for name in ("root", "scratch"):
        (tmp_path / name).mkdir()
    arguments = [tmp_path, REPOSITORY, sys.executable]
    done = subprocess.run(
        ["unshare", "--mount", "--net", "sh", "-c", CONFINED, "sh", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PATH": f"{os.environ['PATH']}:/usr/sbin",  # where chroot is
            "TMPDIR": str(tmp_path / "scratch"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        timeout=120,
    )
    assert '"label": "7"' in done.stdout, done.stdout + done.stderr


def test_cleanup_deletes_old_files_then_the_oldest_and_empty_folders(tmp_path, monkeypatch):
    now = time.time()
    own = tmp_path / "page" / "figure.png"
    for path, age, size in (
        (own, 10_000, 900),
        (tmp_path / "a" / "old.png", 2_000, 10),
        (tmp_path / "b" / "new.png", 10, 400),
        (tmp_path / "tmp1", 20, 400),
        (tmp_path / "tmp2", 30, 400),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(size))
        os.utime(path, (now - age, now - age))
    (tmp_path / "empty").mkdir()
    os.utime(tmp_path / "empty", (now - 60, now - 60))

    def left() -> set[str]:
        return {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")} - {"a"}

    monkeypatch.setattr("page.limits.MAX_FILE_AGE", 1_800)
    monkeypatch.setattr("page.limits.MAX_FILES_BYTES", 10_000)
    delete_old_files(tmp_path, frozenset([own]))
    kept = {"page", "page/figure.png", "b", "b/new.png", "tmp1"}
    assert left() == kept | {"tmp2"}
    monkeypatch.setattr("page.limits.MAX_FILES_BYTES", 1_000)
    delete_old_files(tmp_path, frozenset([own]))
    assert left() == kept
    monkeypatch.setattr("page.limits.MAX_FILES", 1)
    delete_old_files(tmp_path, frozenset([own]))
    assert left() == kept - {"tmp1"}


def test_file_that_cannot_be_deleted_does_not_keep_the_others(tmp_path, monkeypatch, caplog):
    for name in ("first", "second", "third"):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (0, 0))
    unlink = Path.unlink

    def fail(path, missing_ok=False):
        if path.name == "second":
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", fail)
    delete_old_files(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["second"]
    assert "A visitor's file could not be deleted: Permission denied" in caplog.text


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyError("a bug of ours")])
def test_failed_step_of_the_cleanup_ends_neither_the_round_nor_the_thread(error, caplog):
    ran = []

    def fail():
        raise error

    run_all([fail, lambda: ran.append("second")])
    assert ran == ["second"]
    assert len(caplog.records) == 1
