"""Makes the tests of publishing quick, without changing what they test."""

import hashlib
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from sketchdigits.package.files import (
    KERAS_FILES,
    LITERT_FILE,
    ROW_LITERT_FILE,
    ROW_WEIGHTS_FILE,
    SETTINGS_FILE,
)

_checked_packages: set[bytes] = set()


@pytest.fixture(autouse=True)
def check_each_package_once(monkeypatch):
    """Load a package in every way only the first time that these very files are published.

    A package with another byte in one of the files is checked again, and so is one that was
    refused.
    """
    from train.publish import stage

    check = stage._check_every_way_of_loading

    def check_once(package: Path) -> None:
        digest = hashlib.sha256()
        rows = (ROW_WEIGHTS_FILE, ROW_LITERT_FILE)
        for name in (*KERAS_FILES, LITERT_FILE, *rows, SETTINGS_FILE):
            path = package / name
            digest.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest())
        if digest.digest() not in _checked_packages:
            check(package)
            _checked_packages.add(digest.digest())

    monkeypatch.setattr(stage, "_check_every_way_of_loading", check_once)


@pytest.fixture
def quick_retries(monkeypatch):
    """huggingface_hub waits 1, 2, 4, 8 s between its tries: here a twelfth of that.

    With `impatient`, whose limit is a twelfth of the real one, a client is given up after as many
    tries as with the real limits.
    """
    quick = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 12))
    monkeypatch.setattr("huggingface_hub.utils._http.time", quick)
