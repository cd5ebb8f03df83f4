"""The running app and the disk: full, read-only, and kept clear."""

import io
import os
import resource
import shutil
import subprocess
import sys
import time
import urllib.error

import pytest
from PIL import Image

from page.server.cleanup import delete_old
from tests.conftest import REPOSITORY
from tests.support.plain_http import call_over_http, upload
from tests.support.polylines import draw
from tests.support.running_app import running_process


def encoded(digit: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(draw(digit)).save(stream, "PNG")
    return stream.getvalue()


def test_full_disk_is_an_error_for_that_upload_and_no_more(tmp_path):
    """The limit on a file's size stands for the disk: what is written beyond it fails."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    with running_process(tmp_path, options={"preexec_fn": limit}) as (url, _):
        with pytest.raises(urllib.error.HTTPError) as caught:
            upload(url, bytes(3_000_000))
        assert caught.value.code == 507
        assert "no room" in caught.value.read().decode()
        small = upload(url, encoded(7))
        answer = call_over_http(url, {"path": small, "meta": {"_type": "gradio.FileData"}})
        assert '"label": "7"' in answer


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


@pytest.mark.skipif(not can_confine(), reason="only root can take the network and the disk away")
def test_it_serves_with_no_network_and_nothing_but_a_temporary_folder_to_write_to(tmp_path):
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
            "PATH": f"{os.environ['PATH']}:/usr/sbin",  # chroot's, which a shell need not have
            "TMPDIR": str(tmp_path / "scratch"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        timeout=120,
    )
    assert '"label": "7"' in done.stdout, done.stdout + done.stderr


def test_files_of_others_in_the_temporary_folder_are_left_alone(tmp_path):
    """The app keeps a folder of its own there, and clears that alone."""
    with running_process(tmp_path) as (url, _):
        upload(url, encoded(7))
    kept = {path.name for path in (tmp_path / "uploads").iterdir()}
    assert kept == {"sketchdigits"}


def test_old_files_go_then_the_oldest_and_empty_folders(tmp_path):
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

    delete_old(tmp_path, frozenset([own]), most_age=1_800, most_bytes=10_000)
    kept = {"page", "page/figure.png", "b", "b/new.png", "tmp1"}
    assert left() == kept | {"tmp2"}
    delete_old(tmp_path, frozenset([own]), most_age=1_800, most_bytes=1_000)
    assert left() == kept
    delete_old(tmp_path, frozenset([own]), most_age=1_800, most_bytes=1_000, most_files=1)
    assert left() == kept - {"tmp1"}
