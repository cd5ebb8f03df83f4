"""A model package <-> a network: the weights, checked before and after they are loaded.

`config.json`, Keras's, is never read: the named architecture is rebuilt from this package's own
code and the weights are loaded into it, so that a package can't bring code along.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.errors import CacheError, DamagedPackageError, ModelPackageError
from sketchdigits.known_answer import TOLERANCE, known_image
from sketchdigits.package_files import (
    KERAS_FILES,
    MAX_WEIGHTS_BYTES,
    SETTINGS_FILE,
    WEIGHTS_FILE,
    read_bounded,
)
from sketchdigits.package_settings import PackageSettings, read_settings, write_settings

if TYPE_CHECKING:
    import keras


def load_network(
    folder: Path, name: str = "", *, weights_sha256: str | None = None
) -> tuple[keras.Model, PackageSettings]:
    """Rebuild the named architecture, load the package's weights, and try it on a known image.

    Args:
        folder: of the package.
        name: what messages call it; default: the folder.
        weights_sha256: the weights that the caller expects; default: whichever the package names.

    Raises:
        ModelPackageError: a file is missing, damaged, too large or doesn't fit.
    """
    name = name or str(folder)
    settings = read_settings(folder, name)
    weights, where = folder / WEIGHTS_FILE, f"{WEIGHTS_FILE} of {name!r}"
    digest = hashlib.sha256(read_bounded(weights, name, MAX_WEIGHTS_BYTES)).hexdigest()
    if digest != settings.weights_sha256:
        raise DamagedPackageError(
            f"{where} is damaged: its sha256 is {digest[:12]}..., the settings say "
            f"{settings.weights_sha256[:12]!r}... Fetch the package again.",
            WEIGHTS_FILE,
        )
    if weights_sha256 and digest != weights_sha256.lower():
        raise ModelPackageError(
            f"{where} is not the file that you pinned: its sha256 is {digest}. "
            "Check the revision, or pin this one once you trust it."
        )

    from sketchdigits.architectures import ARCHITECTURES  # heavy: Keras
    from sketchdigits.weights_file import check_weights_file

    if settings.architecture not in ARCHITECTURES:
        raise ModelPackageError(
            f"{SETTINGS_FILE} of {name!r} names the architecture {settings.architecture!r:.80}. "
            f"This version knows: {', '.join(ARCHITECTURES)}. Check it, or upgrade sketchdigits."
        )
    check_weights_file(weights, where)
    network = ARCHITECTURES[settings.architecture]()
    try:
        network.load_weights(weights)
    except Exception as error:  # h5py and Keras raise many types for a file that doesn't fit
        raise ModelPackageError(
            f"{where} doesn't hold the weights of {settings.architecture}. Fetch the package again."
        ) from error
    if not all(np.isfinite(variable).all() for variable in network.get_weights()):
        raise ModelPackageError(f"{where} holds NaN or infinite weights. Train or fetch another.")
    answer = _answer(network)
    # Written so that NaN fails too.
    if not np.abs(answer - settings.known_answer).max() < TOLERANCE:
        raise ModelPackageError(
            f"{name!r} doesn't answer a known image as it did when it was saved: its weights and "
            "its settings don't belong together, or Keras has changed. Fetch the package again."
        )
    return network, settings


def save_network(folder: Path, network: keras.Model, settings: PackageSettings) -> None:
    """Write Keras's files and the settings; `weights_sha256` and `known_answer` are filled in.

    Raises:
        CacheError: the folder, or the temporary one, can't be written.
        ModelPackageError: the weights are not finite.
    """
    from sketchdigits.architectures import ARCHITECTURES  # heavy: Keras

    # A network just built has no optimizer, whose state would triple the file.
    bare = ARCHITECTURES[settings.architecture]()
    bare.set_weights(network.get_weights())
    if not all(np.isfinite(variable).all() for variable in bare.get_weights()):
        raise ModelPackageError(
            "The network has NaN or infinite weights: not saved. Train it anew."
        )
    answer = tuple(_answer(bare).tolist())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:  # Keras can't write over what it wrote
            bare.save(scratch, zipped=False)
            for name in KERAS_FILES:
                shutil.copyfile(Path(scratch) / name, folder / name)
        digest = hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
        write_settings(folder, replace(settings, weights_sha256=digest, known_answer=answer))
    except (OSError, RuntimeError) as error:  # h5py raises the latter where the disk is full
        reason = getattr(error, "strerror", None) or "the disk may be full"
        raise CacheError(
            f"Can't write the package ({reason}). Free some space, or choose another folder."
        ) from error


def _answer(network: keras.Model) -> np.ndarray:
    """What a network says to the known image, `(10,) float32`."""
    network.jit_compile = False  # for one image XLA takes longer to compile than to gain
    return np.asarray(network.predict_on_batch(known_image()[None, ..., None])[0], np.float32)
