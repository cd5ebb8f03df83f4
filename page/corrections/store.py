"""'Wrong? Tell us the digit': what visitors put right, kept for the next model.

Enters: one drawing, the right digit and the model's answer, on an explicit click. Leaves: a folder
that is a Hugging Face `imagefolder` dataset, and reads like one on the Hub too:

    corrections/data/20261125-1254-3f9a1c2b/metadata.jsonl    one line a correction
    corrections/data/20261125-1254-3f9a1c2b/00001.png         its drawing

Each process has a folder of its own below `data`: two replicas, or a Space that was restarted,
would overwrite each other's metadata.jsonl on the Hub. `python -m train fit --corrections` reads
it. Nothing about the visitor is kept: no address, no session, no browser; the time to the minute.
"""

from __future__ import annotations

import errno
import io
import json
import logging
import math
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from page import limits
from sketchdigits import Prediction, SketchdigitsError
from sketchdigits.classifier import is_hub_id
from sketchdigits.errors import is_disk_full
from sketchdigits.hub.arguments import HUB_ID
from sketchdigits.preprocessing.background import flatten_alpha
from sketchdigits.preprocessing.decode import read_image

if TYPE_CHECKING:
    from page.corrections.upload import CorrectionsSender

DEFAULT_FOLDER = "corrections"
DATA_FOLDER = "data"
METADATA_FILE = "metadata.jsonl"

_ON, _OFF = ("", "on", "1", "true", "yes"), ("off", "0", "false", "no")
_log = logging.getLogger("sketchdigits")


class CorrectionsError(SketchdigitsError):
    """Corrections can't be kept as they should be: a wrong setting, a wrong label, a bad disk."""


class CorrectionsFullError(CorrectionsError):
    """No more corrections can be kept: there are as many as may be."""


def open_corrections(environment: Mapping[str, str]) -> Corrections | None:
    """Where to keep corrections, or None where `FEEDBACK` is off.

    Creates nothing on the disk and asks nobody; what an earlier process left is sent, in the
    background, where `FEEDBACK_REPO` is set.

    Args:
        environment: `FEEDBACK` ("off"), `FEEDBACK_DIR` (default: `corrections`), `FEEDBACK_MAX_MB`
            (default: 100), and `FEEDBACK_REPO` ("owner/name", a dataset on the Hub).

    Raises:
        CorrectionsError: one of them has a value that it can't have.
    """
    switch = environment.get("FEEDBACK", "").strip().lower()
    if switch in _OFF:
        return None
    if switch not in _ON:
        raise CorrectionsError(f"FEEDBACK must be on or off. Received: {switch!r}")
    folder = Path(environment.get("FEEDBACK_DIR") or DEFAULT_FOLDER).absolute()
    if folder.exists() and not folder.is_dir():
        raise CorrectionsError("FEEDBACK_DIR names a file. Name a folder, which need not exist.")
    repo_id = environment.get("FEEDBACK_REPO") or None
    if repo_id and not HUB_ID.fullmatch(repo_id):
        raise CorrectionsError(
            f"FEEDBACK_REPO={repo_id!r} is no Hub id. Expected a dataset's, such as 'owner/name'."
        )
    text = environment.get("FEEDBACK_MAX_MB") or str(limits.DEFAULT_MAX_CORRECTIONS_MB)
    try:
        megabytes = float(text)
    except ValueError:
        megabytes = math.nan
    if not 0 < megabytes < math.inf:
        raise CorrectionsError(
            f"FEEDBACK_MAX_MB must be a number of megabytes above 0. Received: {text!r}"
        )
    return Corrections(folder, max_bytes=int(megabytes * 1_000_000), repo_id=repo_id)


class Corrections:
    """The folder of corrections, bounded in size. May be used by several threads at once.

    Attributes:
        repo_id: the Hub dataset that they are sent to as well; None where there is none.
        sender: sends them; None where there is no `repo_id`.
    """

    def __init__(self, folder: Path, *, max_bytes: int, repo_id: str | None = None) -> None:
        now = datetime.now(UTC)
        self._own_folder = (
            folder / DATA_FOLDER / f"{now.strftime('%Y%m%d-%H%M')}-{secrets.token_hex(4)}"
        )
        self._max_bytes = max_bytes
        # Measured once, then kept count of: a click walks through no folder.
        self._count, self._bytes = _measure(folder / DATA_FOLDER)
        self._number = 0
        self._lock = Lock()
        self.repo_id = repo_id
        self.sender: CorrectionsSender | None = None
        if repo_id:
            from page.corrections.upload import CorrectionsSender

            self.sender = CorrectionsSender(folder, repo_id, self._lock)
            if self._count:  # of an earlier process, which may not have sent them all
                self.sender.start()

    def save(
        self,
        drawing: bytes | np.ndarray,
        label: int | None,
        prediction: Prediction,
        model_id: str,
        revision: str | None,
    ) -> None:
        """Keep one correction, whole or not at all.

        Args:
            drawing: what was drawn, as an encoded image or `(H, W[, 1-4])` pixels; its pixels
                are kept, and nothing else that a file may carry.
            label: the right digit, 0-9; None for "no digit".
            prediction: what the model said.
            model_id: the model's Hub id or folder; of a folder, the name alone is kept.
            revision: the model's commit; None where it has none.

        Raises:
            CorrectionsFullError: there are as many as may be.
            CorrectionsError: the label is none, or the disk is full or may not be written.
            InvalidImageError, BlankDrawingError: the drawing can't be read, or is transparent.
        """
        if isinstance(label, bool) or label not in (None, *range(10)):
            raise CorrectionsError(
                f"The right answer is a digit from 0 to 9, or no digit. Received: {label!r}"[:200]
            )
        png = encode_png(drawing)
        row = {
            "label": None if label is None else int(label),
            "answer": prediction.label,
            "is_digit": prediction.is_digit,
            "digit_score": _rounded(prediction.digit_score),
            "probabilities": [_rounded(share) for share in prediction.probabilities],
            "model": model_id if is_hub_id(model_id) else Path(model_id).name,
            "revision": revision,
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        }
        with self._lock:
            name = f"{self._number + 1:05d}.png"
            line = json.dumps({"file_name": name, **row}).encode() + b"\n"
            size = len(png) + len(line)
            if self._count >= limits.MAX_CORRECTIONS or self._bytes + size > self._max_bytes:
                raise CorrectionsFullError(
                    "Thank you, but no more corrections can be kept here at the moment."
                )
            try:
                _write(self._own_folder, name, png, line)
            except OSError as error:
                _log.warning("A correction can't be kept: %s.", error.strerror)
                full = is_disk_full(error)
                cause = "the disk is full" if full else "the folder can't be written"
                raise CorrectionsError(
                    f"Thank you, but the correction can't be kept here: {cause}."
                ) from error
            self._number += 1
            self._count += 1
            self._bytes += size
        if self.sender:
            self.sender.start()


def encode_png(drawing: bytes | np.ndarray) -> bytes:
    """A greyscale or RGB PNG of the drawing's pixels, at most 512 a side, without metadata.

    Raises:
        InvalidImageError, BlankDrawingError: the drawing can't be read, or is transparent.
    """
    if not isinstance(drawing, (bytes, np.ndarray)):  # least of all a path
        raise TypeError(f"drawing must be bytes or an array. Received: {type(drawing).__name__}")
    pixels = flatten_alpha(read_image(drawing))
    if (pixels == pixels[..., :1]).all():
        pixels = pixels[..., 0]
    image = Image.fromarray(pixels)
    side = limits.MAX_CORRECTION_SIDE
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    encoded = io.BytesIO()
    image.save(encoded, "PNG", optimize=True)
    return encoded.getvalue()


def _rounded(share: Any) -> float | None:
    return None if share is None else round(float(share), 4)


def _measure(data: Path) -> tuple[int, int]:
    """How many drawings lie below `data`, and all its files' bytes; links are not followed."""
    count = size = 0
    for folder, _, names in os.walk(data):
        for name in names:
            with suppress(OSError):  # gone meanwhile
                size += os.lstat(os.path.join(folder, name)).st_size
                count += name.endswith(".png")
    return count, size


def _write(folder: Path, name: str, png: bytes, line: bytes) -> None:
    """The drawing, then its line; neither, if one of them can't be written."""
    part, final = folder / f".{name}.part", folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(png)
        os.replace(part, final)
        _append(folder / METADATA_FILE, line)
    except OSError:
        for leftover in (part, final):
            with suppress(OSError):
                leftover.unlink()
        raise


def _append(path: Path, line: bytes) -> None:
    with open(path, "ab", buffering=0) as stream:
        start = stream.tell()
        try:
            if stream.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            stream.truncate(start)
            raise
