"""A model package <-> a Keras model. Weights are checked before and after loading.

Keras's `config.json` is never read: the named architecture is rebuilt from our own code and the
weights are loaded into it. So a package can't bring code along.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.architectures import ARCHITECTURES
from sketchdigits.errors import CacheError, ModelPackageError
from sketchdigits.package.default import DEFAULT_PACKAGE
from sketchdigits.package.files import (
    KERAS_FILES,
    LITERT_FILE,
    MAX_WEIGHTS_BYTES,
    ROW_LITERT_FILE,
    ROW_WEIGHTS_FILE,
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
    "pip install 'sketchdigits[keras]'; in a checkout, pip install -r requirements-train.txt."
)
_ONLY_PREDICTIONS = (
    "The default model is installed for predictions only, without the weights for Keras. To train "
    f"it further or to save it, load a package that has {WEIGHTS_FILE}: "
    'DigitClassifier.from_pretrained("owner/name") from the Hub, or with a folder, such as `model` '
    "in a checkout of the source."
)


def load_network(folder: Path, name: str = "") -> tuple[keras.Model, PackageSettings]:
    """Read the settings of the package in `folder` and load its Keras model.

    Messages call the package `name`; default: the folder.

    Raises:
        ModelPackageError: a file is missing, damaged or too large, or doesn't match the settings.
    """
    name = name or str(folder)
    settings = read_settings(folder, name)
    return load_keras_model(folder, settings, name), settings


def load_keras_model(
    folder: Path, settings: PackageSettings, name: str, weights_sha256: str | None = None
) -> keras.Model:
    """Rebuild the named architecture, load the weights, and check the answer for a known image.

    Args:
        folder: of the package.
        settings: the package's.
        name: of the package in messages.
        weights_sha256: the expected sha256 of `model.weights.h5`; None accepts the one in the
            settings.

    Raises:
        ModelPackageError: as `load_network`.
    """
    where = f"{WEIGHTS_FILE} of {name!r}"
    if folder == DEFAULT_PACKAGE and not (folder / WEIGHTS_FILE).exists():
        raise ModelPackageError(_ONLY_PREDICTIONS)
    content = read_pinned(
        folder / WEIGHTS_FILE, name, MAX_WEIGHTS_BYTES, settings.weights_sha256, weights_sha256
    )
    try:
        import keras  # noqa: F401
    except ImportError as error:
        reason = "" if settings.litert_sha256 else f"{name!r} has no {LITERT_FILE}. "
        raise ModelPackageError(reason + _NEEDS_KERAS) from error

    check_architecture(settings.architecture, ARCHITECTURES, name)
    network = load_weights(
        ARCHITECTURES[settings.architecture], content, settings.architecture, where
    )
    check_known_answer(_answer(network), settings.known_answer, name)
    return network


def load_weights(
    build: Callable[[], keras.Model], content: bytes, architecture: str, where: str
) -> keras.Model:
    """Load the content of a weights file, which was hashed, and not the file, which may change.

    Args:
        build: builds the untrained network, when the weights were checked: that takes a tenth of
            a second.
        content: of the file.
        architecture: the network's name in messages.
        where: names the file and its package in messages.

    Raises:
        ModelPackageError: the file is damaged, hostile or of another network, or a weight is NaN
            or infinite.
        CacheError: there is no room for a temporary copy.
    """
    network = _load_into(build, content, architecture, where)
    if not all(np.isfinite(variable).all() for variable in network.get_weights()):
        raise ModelPackageError(f"{where} holds NaN or infinite weights. Train or fetch another.")
    return network


def _load_into(
    build: Callable[[], keras.Model], content: bytes, architecture: str, where: str
) -> keras.Model:
    from sketchdigits.package.hdf5_check import copy_weights  # heavy: h5py

    try:
        with tempfile.TemporaryDirectory() as scratch:  # Keras needs a file
            given, copy = Path(scratch) / "given.h5", Path(scratch) / WEIGHTS_FILE
            given.write_bytes(content)
            copy_weights(given, copy, where)
            network = build()
            try:
                network.load_weights(copy)
            except Exception as error:  # h5py and Keras raise many types for a wrong layer or shape
                raise ModelPackageError(
                    f"{where} doesn't fit {architecture}. Fetch the package again."
                ) from error
            return network
    except OSError as error:
        raise CacheError(
            f"Can't write a temporary copy of {where} ({error.strerror}). Free some space, or set "
            "TMPDIR to another folder."
        ) from error


def save_network(
    folder: Path, network: keras.Model, settings: PackageSettings, *, with_litert: bool = True
) -> None:
    """Write the Keras files, the LiteRT file and the settings.

    Args:
        folder: created if it doesn't exist.
        network: a model of the architecture that the settings name.
        settings: its hashes and `known_answer` are replaced by the new ones. The package has no
            row network: `write_row_files` adds one afterwards.
        with_litert: whether to write the LiteRT file, which takes about a second. A package
            without it needs Keras.

    Raises:
        CacheError: the folder, or a temporary one, can't be written.
        ModelPackageError: the weights are not finite.
    """
    # Save a new model without optimizer: its state would triple the size of the file.
    bare = ARCHITECTURES[settings.architecture]()
    bare.set_weights(network.get_weights())
    if not all(np.isfinite(variable).all() for variable in bare.get_weights()):
        raise ModelPackageError(
            "The network has NaN or infinite weights: it was not saved. Train it again."
        )
    answer = tuple(_answer(bare).tolist())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        litert = convert_to_litert(bare, settings.architecture) if with_litert else None
        with tempfile.TemporaryDirectory() as scratch:  # Keras refuses to overwrite files
            bare.save(scratch, zipped=False)
            for name in KERAS_FILES:
                shutil.copyfile(Path(scratch) / name, folder / name)
        digest = hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
        settings = replace(settings, weights_sha256=digest, known_answer=answer)
        settings = replace(settings, litert_sha256=None, row_network=None)
        if litert:
            (folder / LITERT_FILE).write_bytes(litert)
            settings = replace(settings, litert_sha256=hashlib.sha256(litert).hexdigest())
        else:
            (folder / LITERT_FILE).unlink(missing_ok=True)
        for name in (ROW_WEIGHTS_FILE, ROW_LITERT_FILE):
            (folder / name).unlink(missing_ok=True)
        write_settings(folder, settings)
    except (OSError, RuntimeError) as error:  # h5py raises RuntimeError if the disk is full
        raise not_written(error) from error


def not_written(error: Exception) -> CacheError:
    """The error for a package that can't be written because of `error`."""
    reason = getattr(error, "strerror", None) or "the disk may be full"
    return CacheError(
        f"Can't write the package ({reason}). Free some space, or choose another folder."
    )


def _answer(network: keras.Model) -> np.ndarray:
    """The network's `(10,) float32` probabilities for the known image."""
    network.jit_compile = False  # for one image, compiling takes longer than it saves
    return np.asarray(network.predict_on_batch(known_image()[None, ..., None])[0], np.float32)


def convert_to_litert(
    network: keras.Model, architecture: str, file_name: str = LITERT_FILE
) -> bytes | None:
    """The content of the LiteRT file; None if its layout is unknown (see `litert_layout.py`).

    Raises:
        OSError: there is no room for temporary files.
    """
    from sketchdigits.package.litert_export import export_litert  # heavy: TensorFlow

    content = export_litert(network)
    try:
        check_layout(content, architecture, file_name)
    except UnknownLayoutError:
        # Untrained weights may be equal, and TensorFlow stores equal arrays only once.
        _log.warning("%s was not written: these weights give it an unknown layout.", file_name)
        return None
    return content
