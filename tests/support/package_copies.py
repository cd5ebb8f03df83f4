"""Copies of the default package, and changes of their settings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from sketchdigits.package.files import (
    LITERT_FILE,
    ROW_LITERT_FILE,
    ROW_WEIGHTS_FILE,
    SETTINGS_FILE,
    WEIGHTS_FILE,
)
from sketchdigits.package.settings import read_settings, settings_checksum
from tests.support.running_app import REPOSITORY

MODEL = REPOSITORY / "model"
# The files of the networks for each runtime: the first reads digits.
_FILES = {"litert": (LITERT_FILE, ROW_LITERT_FILE), "keras": (WEIGHTS_FILE, ROW_WEIGHTS_FILE)}


def needed_files(runtime: str = "litert", package: Path = MODEL) -> list[str]:
    """The names of a package's files that loading needs: settings, and one for each network."""
    digits, rows = _FILES[runtime]
    return [SETTINGS_FILE, digits, *([rows] if read_settings(package).row_network else [])]


def copy_package(folder: Path, *runtimes: str, package: Path = MODEL) -> Path:
    """Copy the files of a package that loading needs to a new folder; return it.

    Args:
        folder: the new folder.
        runtimes: those that may load it; default: both.
        package: the package.
    """
    folder.mkdir()
    for runtime in runtimes or _FILES:
        for name in needed_files(runtime, package):
            shutil.copy(package / name, folder)
    return folder


def change_settings(folder: Path, *, removed: Sequence[str] = (), **changes: object) -> None:
    """Change or remove keys of the settings file, and write a matching checksum."""
    path = folder / SETTINGS_FILE
    content = {**json.loads(path.read_text()), **changes}
    for key in ("settings_sha256", *removed):
        del content[key]
    path.write_text(json.dumps({**content, "settings_sha256": settings_checksum(content)}))


def expect_unusual(folder: Path) -> None:
    """Change the thresholds so that a package finds each digit unusual, and refuses the rest."""
    content = json.loads((folder / SETTINGS_FILE).read_text())["digit_score"]
    thresholds = {"threshold": 1.0, "refusal_threshold": content["threshold"]}
    change_settings(folder, digit_score={**content, **thresholds})
