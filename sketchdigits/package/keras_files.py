"""A model package <-> Keras's network: the weights, checked before and after they are loaded.

`config.json`, Keras's, is never read: the named architecture is rebuilt from this package's own
code and the weights are loaded into it, so that a package can't bring code along.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.errors import CacheError, ModelPackageError
from sketchdigits.package.files import (
    KERAS_FILES,
    LITERT_FILE,
    MAX_WEIGHTS_BYTES,
    WEIGHTS_FILE,
    read_pinned,
)
from sketchdigits.package.known_answer import check_known_answer, known_image
from sketchdigits.package.litert_layout import UnknownLayoutError, check_layout
from sketchdigits.package.settings import (
    PackageSettings,
    check_architecture,
    read_settings,
    write_settings,
)

if TYPE_CHECKING:
    import keras

_log = logging.getLogger("sketchdigits")
_NEEDS_KERAS = (
    "Keras and TensorFlow are needed for this, and are not installed: "
    "pip install 'sketchdigits[keras]'."
)


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
    read_pinned(weights, name, MAX_WEIGHTS_BYTES, settings.weights_sha256, weights_sha256)
    try:
        import keras  # noqa: F401
    except ImportError as error:
        raise ModelPackageError(_NEEDS_KERAS) from error

    from sketchdigits.architectures import ARCHITECTURES  # heavy: Keras
    from sketchdigits.package.hdf5_check import check_weights_file

    check_architecture(settings, ARCHITECTURES, name)
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
    check_known_answer(_answer(network), settings.known_answer, name)
    return network, settings


def save_network(
    folder: Path, network: keras.Model, settings: PackageSettings, *, with_litert: bool = True
) -> None:
    """Write Keras's files, LiteRT's and the settings; hashes and `known_answer` are filled in.

    Args:
        folder: created if need be.
        network: its weights are written; it has the named architecture.
        settings: what goes with them.
        with_litert: takes a second or so; without it the package is read through Keras.

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
        litert = _export_litert(bare, settings.architecture) if with_litert else None
        with tempfile.TemporaryDirectory() as scratch:  # Keras can't write over what it wrote
            bare.save(scratch, zipped=False)
            for name in KERAS_FILES:
                shutil.copyfile(Path(scratch) / name, folder / name)
        digest = hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
        settings = replace(settings, weights_sha256=digest, known_answer=answer, litert_sha256=None)
        if litert:
            (folder / LITERT_FILE).write_bytes(litert)
            settings = replace(settings, litert_sha256=hashlib.sha256(litert).hexdigest())
        else:
            (folder / LITERT_FILE).unlink(missing_ok=True)
        write_settings(folder, settings)
    except (OSError, RuntimeError) as error:  # h5py raises the latter where the disk is full
        reason = getattr(error, "strerror", None) or "the disk may be full"
        raise CacheError(
            f"Can't write the package ({reason}). Free some space, or choose another folder."
        ) from error


def _answer(network: keras.Model) -> np.ndarray:
    """What a network says to the known image, `(10,) float32`."""
    network.jit_compile = False  # for one image XLA takes longer to compile than to gain
    return np.asarray(network.predict_on_batch(known_image()[None, ..., None])[0], np.float32)


def _export_litert(network: keras.Model, architecture: str) -> bytes | None:
    """The network's LiteRT file; None where no loader would take it (see `litert_layout.py`)."""
    from sketchdigits.package.litert_export import export_litert  # heavy: TensorFlow

    content = export_litert(network)
    try:
        check_layout(content, architecture, LITERT_FILE)
    except UnknownLayoutError:
        # Weights that were never trained may be equal, and equal ones are stored once.
        _log.warning("No %s: TensorFlow writes these weights in a form unknown here.", LITERT_FILE)
        return None
    return content
