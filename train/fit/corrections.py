"""Corrections by the page's visitors -> training images.

Enters: folders as `page/corrections/store.py` writes them, or as
`hf download --repo-type dataset OWNER/NAME --local-dir FOLDER` fetches them. Leaves:
`LabelledImages` in the form that `preprocess_drawing` gives, for training alone: strangers' labels
choose nothing and score nothing.
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
# Bytes. The page's largest take a fifth of it.
MAX_DRAWING_BYTES = 4_000_000
# How often an epoch shows each, varied anew each time. They are few and hard: once would be lost
# among tens of thousands. And how much of an epoch they may be, one in so many: what anyone on the
# network may send must not outweigh what is known.
REPEATS = 4
ONE_IN = 20


def load_corrections(folders: Sequence[Path], *, non_digits: bool) -> LabelledImages:
    """The corrections below `folders`, each drawing with its right label.

    A drawing that has the same label twice counts once, so that a folder and its copy from the Hub
    may both be named; with two labels, it counts with both. Their order is that of their content,
    wherever they lie.

    Args:
        folders: each with any number of metadata.jsonl below.
        non_digits: whether the run learns what is no digit, `NON_DIGIT`; else that is left out.

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
        print(f"Corrections: {damaged} skipped, being damaged or blank.")
    used = sorted(one for one in found if non_digits or one[1] != NON_DIGIT)
    if left_out := len(found) - len(used):
        print(f"Corrections: {left_out} left out: this run doesn't learn what is no digit.")
    if not used:
        raise DatasetError(
            f"No correction in {' '.join(map(str, folders))} can be used: {damaged} are damaged or "
            f"blank, {len(found)} say 'no digit', which this run doesn't learn."
        )
    images = np.stack([np.frombuffer(raw, np.uint8).reshape(28, 28) for raw, _ in used])
    return LabelledImages(images, np.array([label for _, label in used], np.int64))


def describe_corrections(corrections: LabelledImages) -> dict[str, Any]:
    """What `run.json` records of them: how many, and which, so that no others resume the run."""
    content = corrections.images.tobytes() + corrections.labels.tobytes()
    return {"count": len(corrections), "sha256": hashlib.sha256(content).hexdigest()}


def add_corrections(data: TrainingData, corrections: LabelledImages) -> TrainingData:
    """`data` with a source more: each correction four times an epoch, or as often as there is room.

    Where even once is too much, an epoch draws some of them at random. Validation has none.
    """
    room = max(1, data.images_per_epoch // (ONE_IN - 1))
    repeats = min(REPEATS, max(1, room // len(corrections)))
    repeated = corrections[np.tile(np.arange(len(corrections)), repeats)]
    sources = {**data.sources, SOURCE: (repeated, min(len(repeated), room))}
    return replace(data, sources=sources)


class _DamagedError(Exception):
    """A line or a drawing that is not as the page writes it."""


def _read_correction(line: bytes, beside: Path, folder: Path) -> tuple[bytes, int]:
    """The drawing's 28x28 pixels and its label, from a line that a stranger may have written."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _DamagedError from error
    if not isinstance(row, dict) or "label" not in row:
        raise _DamagedError
    name, label = row.get("file_name"), row["label"]
    # Beside its metadata, by its bare name: no way leads out of the folder.
    if not isinstance(name, str) or {*name} & {*"/\\\0"}:
        raise _DamagedError
    if label is not None and (type(label) is not int or not 0 <= label <= 9):
        raise _DamagedError
    image = preprocess_drawing(_read_inside(beside / name, folder, MAX_DRAWING_BYTES))
    return image.tobytes(), NON_DIGIT if label is None else label


def _read_inside(path: Path, folder: Path, limit: int | None = None) -> bytes:
    """A file's bytes; none, if it isn't there, is too large, or a link leads out of `folder`."""
    places = [folder.resolve()]
    # In the Hub's cache, where `hf download` puts it by default, every file is a link.
    for place in (places[0], *places[0].parents):
        if place.parent.name == "snapshots":
            places.append(place.parent.parent / "blobs")
    try:
        real = path.resolve(strict=True)
        inside = any(real.is_relative_to(place) for place in places)
        if inside and real.is_file() and (limit is None or real.stat().st_size <= limit):
            return real.read_bytes()
    except (OSError, RuntimeError):  # a link to itself
        pass
    return b""
