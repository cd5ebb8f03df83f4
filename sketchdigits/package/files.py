"""The files of a model package, and reading one that a stranger may have made.

config.json, metadata.json, model.weights.h5   Keras's own unzipped form: stock Keras loads it
model.tflite                                   the same network for LiteRT: fast, no TensorFlow
sketchdigits.json                              our settings: what `DigitClassifier` reads
metrics.json, README.md, figures/, examples/   for people; loading needs none of them
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sketchdigits.errors import DamagedPackageError, ModelPackageError

SETTINGS_FILE = "sketchdigits.json"
WEIGHTS_FILE = "model.weights.h5"
LITERT_FILE = "model.tflite"
METRICS_FILE = "metrics.json"
CARD_FILE = "README.md"
KERAS_FILES = ("config.json", "metadata.json", WEIGHTS_FILE)
MAX_SETTINGS_BYTES = 64 * 1024
MAX_WEIGHTS_BYTES = 16 * 1024 * 1024
SIZE_LIMITS = {SETTINGS_FILE: MAX_SETTINGS_BYTES, WEIGHTS_FILE: MAX_WEIGHTS_BYTES}
"""The files that every package has, and the most bytes that each may have."""


def read_bounded(path: Path, name: str, limit: int) -> bytes:
    """A file's content, at most `limit` bytes; `name` is what messages call the package.

    Raises:
        ModelPackageError: it is missing, can't be read, is no plain file or too large.
    """
    try:
        # A pipe or a device would be read for ever.
        if path.exists() and not path.is_file():
            raise DamagedPackageError(
                f"{path.name} of {name!r} is not a plain file. Check where the package came from.",
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
            f"{path.name} of {name!r} has more than {limit:,} bytes, the most that a Sketchdigits "
            "package has. Check where it came from.",
            path.name,
        )
    return content


def read_pinned(path: Path, name: str, limit: int, sha256: str, pinned: str | None) -> bytes:
    """A file's content, if it is the one that the settings name, and the caller.

    Args:
        path: the file.
        name: what messages call the package.
        limit: the most bytes.
        sha256: what the settings say, in hexadecimal.
        pinned: what the caller expects; None: whatever the settings say.

    Raises:
        ModelPackageError: as `read_bounded`, or it is another file.
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
