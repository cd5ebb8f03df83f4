"""Corrections by the page's visitors as training images.

Takes folders as `page/corrections/store.py` writes them, or as
`hf download --repo-type dataset OWNER/NAME --local-dir FOLDER` downloads them. Returns
`LabelledImages`: `(n, 28, 28) uint8`, as `preprocess_drawing` returns them. They are used for
training only, never for validation or test, because strangers chose the labels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sketchdigits import SketchdigitsError, preprocess_drawing
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.errors import DatasetError
from train.fit.training_data import TrainingData

SOURCE = "corrections"
METADATA_FILE = "metadata.jsonl"
# The largest drawings that the page keeps are a fifth of this.
MAX_DRAWING_BYTES = 4_000_000
# An epoch shows each correction this often, each time with another augmentation. Corrections are
# few and hard: shown once, they would be lost among tens of thousands of images.
REPEATS = 4
# Corrections are at most one in this many images of an epoch. Anyone on the network can send them,
# so they must not outweigh the datasets.
ONE_IN = 20


def load_corrections(folders: Sequence[Path], *, non_digits: bool) -> LabelledImages:
    """Load the corrections below `folders`: drawings with the labels that visitors gave.

    A drawing that occurs twice with one label counts once, so that both a folder and its copy from
    the Hub can be given. With two labels it counts once for each. The result is sorted by content,
    so it does not depend on where the files are.

    Args:
        folders: each has one or more metadata.jsonl in it or below it.
        non_digits: keep the drawings labelled `NON_DIGIT`. False for a run that doesn't learn to
            refuse.

    Raises:
        DatasetError: a folder holds no corrections, or no correction can be used.
    """
    found: set[tuple[bytes, int]] = set()
    damaged = 0
    for folder in folders:
        metadata = sorted(folder.rglob(METADATA_FILE))
        if not metadata:
            raise DatasetError(
                f"No corrections in {folder}: expected {METADATA_FILE} with drawings beside it, "
                "as the page keeps them (FEEDBACK_DIR), or as `hf download --repo-type dataset` "
                "fetches them (FEEDBACK_REPO)."
            )
        for path in metadata:
            for line in _read_inside(path, folder).split(b"\n"):
                if line.strip():
                    try:
                        found.add(_read_correction(line, path.parent, folder))
                    except (_DamagedError, SketchdigitsError):
                        damaged += 1
    if damaged:
        print(f"Corrections: {damaged} skipped because they are damaged or blank.")
    used = sorted((image, label) for image, label in found if non_digits or label != NON_DIGIT)
    if left_out := len(found) - len(used):
        print(f"Corrections: {left_out} left out: this run doesn't learn what is no digit.")
    if not used:
        raise DatasetError(
            f"No usable correction in {' '.join(map(str, folders))}: {damaged} are damaged or "
            f"blank, {len(found)} are labelled 'no digit', which this run doesn't learn."
        )
    images = np.stack([np.frombuffer(raw, np.uint8).reshape(28, 28) for raw, _ in used])
    return LabelledImages(images, np.array([label for _, label in used], np.int64))


def describe_corrections(corrections: LabelledImages) -> dict[str, Any]:
    """Return what `run.json` records: their number and a hash of their content.

    The hash stops other corrections from resuming the run.
    """
    content = corrections.images.tobytes() + corrections.labels.tobytes()
    return {"count": len(corrections), "sha256": hashlib.sha256(content).hexdigest()}


def add_corrections(data: TrainingData, corrections: LabelledImages) -> TrainingData:
    """Return `data` with the corrections as one more training source.

    An epoch shows each correction `REPEATS` times, or less often if they would be more than one in
    `ONE_IN` images. If even once is too much, each epoch takes a random choice of them.
    """
    room = max(1, data.images_per_epoch // (ONE_IN - 1))
    repeats = min(REPEATS, max(1, room // len(corrections)))
    repeated = corrections[np.tile(np.arange(len(corrections)), repeats)]
    sources = {**data.sources, SOURCE: (repeated, min(len(repeated), room))}
    return replace(data, sources=sources)


class _DamagedError(Exception):
    """A line or a drawing does not have the form that the page writes."""


def _read_correction(line: bytes, beside: Path, folder: Path) -> tuple[bytes, int]:
    """Parse one line, which a stranger may have written: return 28x28 pixels as bytes, and a label.

    Raises:
        _DamagedError: the line does not have the form that the page writes.
        SketchdigitsError: the drawing can't be decoded, or is blank.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _DamagedError from error
    if not isinstance(row, dict) or "label" not in row:
        raise _DamagedError
    name, label = row.get("file_name"), row["label"]
    # Only a bare file name in the folder of the metadata: no path can lead out of it.
    if not isinstance(name, str) or {*name} & {*"/\\\0"}:
        raise _DamagedError
    if label is not None and (type(label) is not int or not 0 <= label <= 9):
        raise _DamagedError
    image = preprocess_drawing(_read_inside(beside / name, folder, MAX_DRAWING_BYTES))
    return image.tobytes(), NON_DIGIT if label is None else label


def _read_inside(path: Path, folder: Path, limit: int | None = None) -> bytes:
    """Read a file. Return b"" if it is missing or too large, or if a link leads out of `folder`."""
    allowed_folders = [folder.resolve()]
    # In the Hub's cache, the default place of `hf download`, every file is a link into `blobs`.
    for parent in (allowed_folders[0], *allowed_folders[0].parents):
        if parent.parent.name == "snapshots":
            allowed_folders.append(parent.parent.parent / "blobs")
    try:
        real = path.resolve(strict=True)
        inside = any(real.is_relative_to(allowed) for allowed in allowed_folders)
        if inside and real.is_file() and (limit is None or real.stat().st_size <= limit):
            return real.read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: a link to itself
        pass
    return b""
