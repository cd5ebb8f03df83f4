"""Room for visitors' files: never more than the limit, and a flood deletes only its own files."""

import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from page.server.upload_room import Admission, UploadRoom

ACCEPTED, TOO_MANY, NO_ROOM = Admission.ACCEPTED, Admission.TOO_MANY_AT_ONCE, Admission.NO_ROOM


@pytest.fixture(autouse=True)
def small_limits(monkeypatch):
    """Room for 1,000 bytes and 20 files; one address may upload 400 bytes at once."""
    for name, value in (
        ("MAX_FILES_BYTES", 1_000),
        ("MAX_FILES", 20),
        ("MAX_UPLOADING_BYTES_PER_ADDRESS", 400),
        ("MAX_UPLOAD_BYTES", 100),
        ("MAX_FORM_BYTES", 0),
        ("MIN_FREE_BYTES", 100),
    ):
        monkeypatch.setattr(f"page.limits.{name}", value)


@pytest.fixture
def room(tmp_path):
    opened = UploadRoom(tmp_path / "files")
    opened.keep(frozenset())
    return opened


def store(room, address, name, size, age=0.0):
    """Upload a file; returns its path, or the reason why it was refused."""
    admission = room.reserve(address, size)
    if admission is not ACCEPTED:
        return admission
    path = write(room.folder, name, size, age)
    room.release(address, size, path)
    return path


def write(folder, name, size, age=0.0):
    path = folder / f"hash-of-{name}" / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(bytes(size))
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_uploads_at_once_from_two_addresses_never_exceed_the_limit(room):
    started = threading.Barrier(2)

    def flood(address):
        started.wait()
        return [store(room, address, f"{address}-{number}", 100) for number in range(40)]

    most, done = 0, threading.Event()

    def watch():
        nonlocal most
        while not done.is_set():
            most = max(most, bytes_in_existing(room.folder))

    with ThreadPoolExecutor(3) as threads:
        watcher = threads.submit(watch)
        floods = [threads.submit(flood, address) for address in ("10.0.0.1", "10.0.0.2")]
        stored = [each for flood in floods for each in flood.result()]
        done.set()
        watcher.result()
    assert all(isinstance(each, Path) for each in stored)
    assert most <= 1_000
    assert bytes_in(room.folder) <= 1_000


def bytes_in_existing(folder: Path) -> int:
    """Same as `bytes_in`, while other threads delete files."""
    found = 0
    for path in folder.rglob("*"):
        try:
            found += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return found


def test_reserved_bytes_are_not_given_twice(room):
    write(room.folder, "kept", 700)
    room.keep(frozenset([room.folder / "hash-of-kept" / "kept"]))
    write(room.folder, "there", 700)
    room.keep(frozenset([room.folder / "hash-of-there" / "there"]))
    # Files of the page itself don't count, so 700 bytes of "kept" are left to visitors.
    assert room.bytes == 700
    assert room.reserve("10.0.0.1", 300) is ACCEPTED  # nothing has to be deleted
    assert (room.folder / "hash-of-kept" / "kept").exists()
    assert room.reserve("10.0.0.2", 400) is ACCEPTED  # "kept" is deleted
    assert not (room.folder / "hash-of-kept" / "kept").exists()
    assert room.reserve("10.0.0.3", 301) is NO_ROOM
    assert room.reserve("10.0.0.3", 300) is ACCEPTED
    room.release("10.0.0.1", 300, None)
    assert room.reserve("10.0.0.4", 300) is ACCEPTED


def test_oldest_idle_files_go_first(room):
    old = store(room, "10.0.0.1", "old", 300, age=200)
    older = store(room, "10.0.0.2", "older", 300, age=300)
    new = store(room, "10.0.0.1", "new", 300)
    assert isinstance(store(room, "10.0.0.1", "next", 200), Path)
    assert [path.exists() for path in (older, old, new)] == [False, True, True]


def test_flood_deletes_its_own_files_and_not_a_visitors(room):
    photo = store(room, "10.0.0.9", "photo", 100)
    flood = [store(room, "10.0.0.1", f"flood{number}", 100) for number in range(50)]
    assert photo.exists()
    assert [path.exists() for path in flood] == [False] * 41 + [True] * 9
    another = store(room, "10.0.0.8", "another", 300)
    assert photo.exists()
    assert another.exists()


def test_one_address_may_not_take_the_room_of_all_with_uploads_that_do_not_end(room):
    assert [room.reserve("10.0.0.1", 100) for _ in range(5)] == [ACCEPTED] * 4 + [TOO_MANY]
    assert room.reserve("10.0.0.2", 100) is ACCEPTED


def test_number_of_files_is_limited_too(room):
    for number in range(50):
        assert isinstance(store(room, "10.0.0.1", f"empty{number}", 1), Path)
    assert len([path for path in room.folder.rglob("empty*") if path.is_file()]) <= 20


def test_nearly_full_disk_takes_less_and_deletes_the_oldest_idle_files(room, monkeypatch):
    """A disk of 450 bytes, of which 100 stay free."""

    def usage(folder):
        return SimpleNamespace(free=450 - bytes_in(Path(folder)))

    monkeypatch.setattr(shutil, "disk_usage", usage)
    files = [store(room, "10.0.0.1", f"file{number}", 100, age=100) for number in range(10)]
    assert all(isinstance(path, Path) for path in files)
    assert bytes_in(room.folder) <= 350
    assert files[-1].exists()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    assert store(room, "10.0.0.1", "last", 100) is NO_ROOM


def test_file_that_is_still_written_is_not_deleted(room):
    """Gradio writes it directly into the folder. Its bytes are those of its reservation."""
    room.reserve("10.0.0.1", 100)
    writing = room.folder / "tmp0123"
    writing.write_bytes(bytes(100))
    for number in range(50):
        store(room, "10.0.0.1", f"flood{number}", 100)
    assert writing.exists()
    room.release("10.0.0.1", 100, None)
    os.utime(writing, (0, 0))  # left by a process that was killed
    for number in range(50):
        store(room, "10.0.0.1", f"flood{number}", 100)
    assert not writing.exists()


def test_files_of_an_earlier_run_count(tmp_path):
    write(tmp_path, "left", 950, age=100)
    room = UploadRoom(tmp_path)
    assert room.bytes == 950
    assert room.reserve("10.0.0.1", 100) is NO_ROOM  # until it knows the page's own files
    room.keep(frozenset())
    assert room.reserve("10.0.0.1", 100) is ACCEPTED


def test_file_that_cannot_be_deleted_does_not_end_the_search(room, monkeypatch, caplog):
    store(room, "10.0.0.1", "stuck", 300, age=300)
    store(room, "10.0.0.1", "old", 300, age=200)
    store(room, "10.0.0.1", "new", 300)
    unlink = Path.unlink

    def fail(path, missing_ok=False):
        if path.name == "stuck":
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", fail)
    assert isinstance(store(room, "10.0.0.1", "next", 300), Path)
    assert "could not be deleted" in caplog.text
