"""The files of a model package, and reading them safely: a stranger may have made them.

config.json, metadata.json, model.weights.h5   Keras's own unzipped format: stock Keras loads it
model.tflite                                   the same network for LiteRT: fast, no TensorFlow
row.weights.h5, row.tflite                     the row network for both, which reads whole lines
sketchdigits.json                              our settings: what `DigitClassifier` reads
metrics.json, README.md, figures/, examples/   for people; not needed for loading
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sketchdigits.errors import DamagedPackageError, ModelPackageError

SETTINGS_FILE = "sketchdigits.json"
WEIGHTS_FILE = "model.weights.h5"
LITERT_FILE = "model.tflite"
ROW_WEIGHTS_FILE = "row.weights.h5"
ROW_LITERT_FILE = "row.tflite"
METRICS_FILE = "metrics.json"
CARD_FILE = "README.md"
KERAS_CONFIG_FILE = "config.json"
KERAS_FILES = (KERAS_CONFIG_FILE, "metadata.json", WEIGHTS_FILE)
MAX_SETTINGS_BYTES = 64 * 1024
MAX_WEIGHTS_BYTES = 16 * 1024 * 1024
SIZE_LIMITS = {
    SETTINGS_FILE: MAX_SETTINGS_BYTES,
    LITERT_FILE: MAX_WEIGHTS_BYTES,
    WEIGHTS_FILE: MAX_WEIGHTS_BYTES,
    ROW_LITERT_FILE: MAX_WEIGHTS_BYTES,
    ROW_WEIGHTS_FILE: MAX_WEIGHTS_BYTES,
}
"""The files that loading may need, each with its size limit in bytes."""


def read_bounded(path: Path, name: str, limit: int) -> bytes:
    """Read a file of at most `limit` bytes; messages call the package `name`.

    Raises:
        ModelPackageError: it is missing or can't be read.
        DamagedPackageError: it is not a regular file, or has more than `limit` bytes.
    """
    try:
        # Reading a pipe or a device might never end.
        if path.exists() and not path.is_file():
            raise DamagedPackageError(
                f"{path.name} of {name!r} is not a regular file. "
                "Check where the package came from.",
                path.name,
            )
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError as error:
        raise ModelPackageError(
            f"No {path.name} in {name!r}. Expected a folder that `save_pretrained` or "
            "`python -m train package` wrote, with sketchdigits.json and model.weights.h5."
        ) from error
    except OSError as error:
        raise ModelPackageError(f"Can't read {path.name} of {name!r}: {error.strerror}.") from error
    if len(content) > limit:
        raise DamagedPackageError(
            f"{path.name} of {name!r} is too large: it has more than {limit:,} bytes. "
            "Check where the package came from.",
            path.name,
        )
    return content


def read_pinned(path: Path, name: str, limit: int, sha256: str, pinned: str | None = None) -> bytes:
    """Read a file and check its sha256.

    Args:
        path: the file.
        name: of the package in messages.
        limit: the file's size limit in bytes.
        sha256: the sha256 that the settings name, in hexadecimal.
        pinned: the sha256 that the caller expects; None accepts the one in the settings.

    Raises:
        ModelPackageError: as `read_bounded`, or the sha256 is not the pinned one.
        DamagedPackageError: the sha256 is not the one in the settings.
    """
    content, where = read_bounded(path, name, limit), f"{path.name} of {name!r}"
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise DamagedPackageError(
            f"{where} is damaged: its sha256 is {digest[:12]}..., the settings say "
            f"{sha256[:12]!r}... Fetch the package again.",
            path.name,
        )
    if pinned and digest != pinned.lower():
        raise ModelPackageError(
            f"{where} is not the file that you pinned: its sha256 is {digest}. "
            "Check the revision, or pin this one once you trust it."
        )
    return content
