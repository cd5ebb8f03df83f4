"""Copies of the default package, and changes of their settings."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from sketchdigits.package.files import LITERT_FILE, SETTINGS_FILE, WEIGHTS_FILE
from sketchdigits.package.settings import settings_checksum
from tests.support.running_app import REPOSITORY


def copy_package(folder: Path) -> Path:
    """Copy the files of the default package that loading needs to a new folder; return it."""
    folder.mkdir()
    for name in (SETTINGS_FILE, WEIGHTS_FILE, LITERT_FILE):
        shutil.copy(REPOSITORY / "model" / name, folder)
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
