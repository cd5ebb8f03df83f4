"""Store visitors' corrections in a folder, to train the next model on them.

Input: a drawing, its correct digit and the model's answer, when a visitor clicks Send. Output: a
folder that is a Hugging Face `imagefolder` dataset, here and on the Hub:

    corrections/data/20261125-1254-3f9a1c2b/metadata.jsonl    one line per correction
    corrections/data/20261125-1254-3f9a1c2b/00001.png         its drawing

Each process has its own folder below `data`, because two replicas, or a restarted Space, would
overwrite each other's metadata.jsonl on the Hub. `python -m train fit --corrections` reads all of
them. Of the visitor, only a code of the network is stored (see clients.py): no address, no session,
no browser, and the time only to the minute.
"""

from __future__ import annotations

import errno
import io
import json
import logging
import math
import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from page import limits
from page.corrections.clients import ClientCodes, ClientQuotas
from page.corrections.errors import CorrectionsDiskError, CorrectionsError, CorrectionsFullError
from page.corrections.rows import METADATA_FILE, PART_SUFFIX, code_of, read_rows
from page.server.decoding_room import read_in_turn
from sketchdigits import Prediction
from sketchdigits.classifier import is_hub_id
from sketchdigits.errors import is_disk_full
from sketchdigits.hub.arguments import HUB_ID
from sketchdigits.preprocessing.background import flatten_alpha

if TYPE_CHECKING:
    from page.corrections.upload import CorrectionsUploader

DEFAULT_FOLDER = "corrections"
DATA_FOLDER = "data"

_ON, _OFF = ("", "on", "1", "true", "yes"), ("off", "0", "false", "no")
_log = logging.getLogger("sketchdigits")


def open_corrections(environment: Mapping[str, str]) -> Corrections | None:
    """Open the store for corrections; None if `FEEDBACK` is off.

    Creates no file and waits for no request. If `FEEDBACK_REPO` is set, corrections of an earlier
    process are uploaded in the background.

    Args:
        environment: `FEEDBACK` ("on" or "off"; default: on), `FEEDBACK_DIR` (default:
            `corrections`), `FEEDBACK_MAX_MB` (default: 100), and `FEEDBACK_REPO` ("owner/name", a
            dataset on the Hub).

    Raises:
        CorrectionsError: one of these variables has an invalid value.
    """
    switch = environment.get("FEEDBACK", "").strip().lower()
    if switch in _OFF:
        return None
    if switch not in _ON:
        raise CorrectionsError(f"FEEDBACK must be on or off. Received: {switch!r}")
    folder = Path(environment.get("FEEDBACK_DIR") or DEFAULT_FOLDER).absolute()
    if folder.exists() and not folder.is_dir():
        raise CorrectionsError("FEEDBACK_DIR is a file. Expected a folder; it need not exist.")
    repo_id = environment.get("FEEDBACK_REPO") or None
    if repo_id and not HUB_ID.fullmatch(repo_id):
        raise CorrectionsError(
            f"FEEDBACK_REPO={repo_id!r} is not a Hub id. Expected a dataset such as 'owner/name'."
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
    """A folder of corrections with a maximum size. Thread-safe.

    Attributes:
        repo_id: the Hub dataset that the folder is uploaded to, or None.
        uploader: uploads the folder; None without a `repo_id`.
    """

    def __init__(self, folder: Path, *, max_bytes: int, repo_id: str | None = None) -> None:
        now = datetime.now(UTC)
        self._own_folder = (
            folder / DATA_FOLDER / f"{now.strftime('%Y%m%d-%H%M')}-{secrets.token_hex(4)}"
        )
        self._max_bytes = max_bytes
        self._codes = ClientCodes(folder)
        self._quotas = ClientQuotas(max_bytes)
        # Measured once and then counted, so that a click does not scan the folder.
        self._count, self._bytes = _measure(folder / DATA_FOLDER, self._quotas)
        self._number = 0
        self._lock = Lock()
        self.repo_id = repo_id
        self.uploader: CorrectionsUploader | None = None
        if repo_id:
            from page.corrections.upload import CorrectionsUploader

            self.uploader = CorrectionsUploader(folder, repo_id, self._lock)
            if self._count:  # an earlier process may not have uploaded all of them
                self.uploader.start()

    def save(
        self,
        drawing: bytes | np.ndarray,
        label: int | None,
        prediction: Prediction,
        model_id: str,
        revision: str | None,
        *,
        address: str,
    ) -> None:
        """Store one correction completely, or not at all.

        Args:
            drawing: an encoded image or `(H, W[, 1-4])` pixels. Only its pixels are stored, no
                metadata.
            label: the correct digit, 0-9; None if the drawing is not a digit.
            prediction: the model's answer.
            model_id: the model's Hub id or folder; only the name of a folder is stored.
            revision: the model's commit, or None.
            address: the client's address or network. Only its code is stored.

        Raises:
            CorrectionsFullError: the limit on all corrections is reached.
            CorrectionsQuotaError: a limit on this client's corrections is reached.
            CorrectionsDiskError: the disk is full, or the folder is not writable.
            CorrectionsError: the label is invalid.
            InvalidImageError, BlankDrawingError: the drawing can't be read, or is transparent.
        """
        if isinstance(label, bool) or label not in (None, *range(10)):
            raise CorrectionsError(
                f"label must be a digit from 0 to 9, or None. Received: {label!r}"[:200]
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
            try:
                client = self._codes.code(address)
                line = json.dumps({"file_name": name, **row, "client": client}).encode() + b"\n"
                size = len(png) + len(line)
                self._check_room(client, size)
                _write(self._own_folder, name, png, line)
            except OSError as error:
                _log.warning("A correction could not be stored: %s.", error.strerror)
                raise CorrectionsDiskError(disk_full=is_disk_full(error)) from error
            self._number += 1
            self._count += 1
            self._bytes += size
            self._quotas.add_stored(client, size)
            self._quotas.add_sent(client)
        if self.uploader:
            self.uploader.start()

    def _check_room(self, client: str, size: int) -> None:
        self._quotas.check(client, size)
        if self._count >= limits.MAX_CORRECTIONS or self._bytes + size > self._max_bytes:
            raise CorrectionsFullError("The limit on stored corrections is reached.")


def encode_png(drawing: bytes | np.ndarray) -> bytes:
    """Encode the drawing as a greyscale or RGB PNG, at most 512x512, without metadata.

    Raises:
        InvalidImageError, BlankDrawingError: the drawing can't be read, or is transparent.
    """
    if not isinstance(drawing, (bytes, np.ndarray)):  # a path would open a file of the server
        raise TypeError(f"drawing must be bytes or an array. Received: {type(drawing).__name__}")
    pixels = flatten_alpha(read_in_turn(drawing))
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


def _measure(data: Path, quotas: ClientQuotas) -> tuple[int, int]:
    """The number of drawings below `data`, and the bytes of all files; links are not followed.

    Counts the corrections of each client, too. Unfinished files of processes that were killed are
    deleted first.
    """
    count = size = 0
    for folder, _, names in os.walk(data):
        sizes: dict[str, int] = {}
        for name in names:
            with suppress(OSError):  # deleted in the meantime
                path = os.path.join(folder, name)
                status = os.lstat(path)
                old = time.time() - status.st_mtime > limits.MIN_UNFINISHED_AGE
                if old and name.startswith(".") and name.endswith(PART_SUFFIX):
                    with suppress(OSError):  # the folder may be read-only
                        os.unlink(path)
                        continue
                sizes[name] = status.st_size
        metadata = Path(folder, METADATA_FILE)
        if metadata.name in sizes and not metadata.is_symlink():
            with suppress(OSError):  # not readable
                for line, row in read_rows(metadata):
                    drawing = sizes.get(str(row.get("file_name")), 0)
                    quotas.add_stored(code_of(row), len(line) + drawing)
        size += sum(sizes.values())
        count += sum(name.endswith(".png") for name in sizes)
    return count, size


def _write(folder: Path, name: str, png: bytes, line: bytes) -> None:
    """Write the drawing, then its line in the metadata; on an error, leave neither."""
    part, final = folder / f".{name}{PART_SUFFIX}", folder / name
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
