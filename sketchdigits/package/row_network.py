"""The row network of a package: its two files are read, checked and written here.

row.weights.h5 and row.tflite hold one network, for Keras and for LiteRT. Their sha256s are in the
settings. A stranger may have made them: they are checked as those of the other network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sketchdigits.architectures import ROW_ARCHITECTURE, ROW_ARCHITECTURES
from sketchdigits.errors import DamagedPackageError, ModelPackageError
from sketchdigits.package import keras_files
from sketchdigits.package.files import (
    MAX_WEIGHTS_BYTES,
    ROW_LITERT_FILE,
    ROW_WEIGHTS_FILE,
    read_pinned,
)
from sketchdigits.package.known_answer import answer_for_line, check_known_answer
from sketchdigits.package.litert_layout import check_layout
from sketchdigits.package.row_settings import RowSettings
from sketchdigits.package.settings import check_architecture, read_settings, write_settings
from sketchdigits.runtime.keras_rows import KerasRowRuntime
from sketchdigits.runtime.litert_rows import LiteRTRowRuntime
from sketchdigits.runtime.protocol import RowRuntime

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class RowFiles:
    """A row network's files, and the settings that belong to them.

    Attributes:
        settings: as in `sketchdigits.json`.
        weights: the content of `row.weights.h5`.
        litert: the content of `row.tflite`.
    """

    settings: RowSettings
    weights: bytes
    litert: bytes


def load_row_runtime(
    folder: Path, settings: RowSettings, name: str, runtime: Literal["litert", "keras"]
) -> RowRuntime:
    """Load a package's row network, and check its answer for a known line.

    Args:
        folder: of the package.
        settings: the row network's, from the package's settings.
        name: of the package in messages.
        runtime: what runs it. It must be installed.

    Raises:
        ModelPackageError: a file is missing, damaged or too large, or doesn't match the settings.
    """
    check_architecture(settings.architecture, ROW_ARCHITECTURES, name)
    if runtime == "keras":
        return _load_keras(folder, settings, name)
    return _load_litert(folder, settings, name)


def load_row_model(folder: Path, settings: RowSettings, name: str) -> keras.Model:
    """Load a package's row network into Keras: the arguments of `load_row_runtime`.

    Raises:
        ModelPackageError: a file is missing, damaged or too large, or doesn't match the settings.
    """
    content = _read(folder, ROW_WEIGHTS_FILE, settings.weights_sha256, name)
    return _rebuild(content, settings.architecture, f"{ROW_WEIGHTS_FILE} of {name!r}")


def read_row_files(folder: Path, settings: RowSettings, name: str) -> RowFiles:
    """Read both files of a row network, to write them to another package.

    Raises:
        ModelPackageError: one is missing, damaged or too large.
    """
    return RowFiles(
        settings,
        _read(folder, ROW_WEIGHTS_FILE, settings.weights_sha256, name),
        _read(folder, ROW_LITERT_FILE, settings.litert_sha256, name),
    )


def make_row_files(weights: bytes, name: str) -> RowFiles:
    """Convert a row network to LiteRT, which takes seconds, and compute its settings.

    Args:
        weights: the content of the file that the network's `save_weights` wrote.
        name: of the folder with the file in messages.

    Raises:
        ModelPackageError: the weights are not those of a row network, or are not finite.
        CacheError: there is no room for temporary files.
    """
    where = f"{ROW_WEIGHTS_FILE} of {name!r}"
    network = _rebuild(weights, ROW_ARCHITECTURE, where)
    try:
        litert = keras_files.convert_to_litert(network, ROW_ARCHITECTURE, ROW_LITERT_FILE)
    except OSError as error:
        raise keras_files.not_written(error) from error
    if litert is None:
        raise ModelPackageError(f"{where} can't be converted to LiteRT: train the network first.")
    settings = RowSettings(
        ROW_ARCHITECTURE,
        hashlib.sha256(weights).hexdigest(),
        hashlib.sha256(litert).hexdigest(),
        tuple(answer_for_line(KerasRowRuntime(network)).tolist()),
    )
    return RowFiles(settings, weights, litert)


def write_row_files(folder: Path, rows: RowFiles) -> None:
    """Add a row network to the package in `folder`, or replace its row network.

    Raises:
        CacheError: the folder can't be written.
        ModelPackageError: there is no package in it.
    """
    settings = read_settings(folder)
    try:
        (folder / ROW_WEIGHTS_FILE).write_bytes(rows.weights)
        (folder / ROW_LITERT_FILE).write_bytes(rows.litert)
        write_settings(folder, replace(settings, row_network=rows.settings))
    except OSError as error:
        raise keras_files.not_written(error) from error


def _load_litert(folder: Path, settings: RowSettings, name: str) -> LiteRTRowRuntime:
    content = _read(folder, ROW_LITERT_FILE, settings.litert_sha256, name)
    # Report damaged Keras weights now, not when they are needed for saving.
    if (folder / ROW_WEIGHTS_FILE).exists():
        _read(folder, ROW_WEIGHTS_FILE, settings.weights_sha256, name)
    where = f"{ROW_LITERT_FILE} of {name!r}"
    check_layout(content, settings.architecture, where, ROW_LITERT_FILE)
    try:
        # With an interpreter of its own, whose memory is free again afterwards.
        answer = answer_for_line(LiteRTRowRuntime(content))
    except (ValueError, RuntimeError) as error:
        raise DamagedPackageError(
            f"LiteRT can't run {where}. Fetch the package again, or load it with runtime='keras'.",
            ROW_LITERT_FILE,
        ) from error
    check_known_answer(answer, settings.known_answer, name)
    return LiteRTRowRuntime(content)


def _load_keras(folder: Path, settings: RowSettings, name: str) -> KerasRowRuntime:
    runtime = KerasRowRuntime(load_row_model(folder, settings, name))
    check_known_answer(answer_for_line(runtime), settings.known_answer, name)
    return runtime


def _rebuild(content: bytes, architecture: str, where: str) -> keras.Model:
    build = ROW_ARCHITECTURES[architecture]
    return keras_files.load_weights(build, content, architecture, where)


def _read(folder: Path, file_name: str, sha256: str, name: str) -> bytes:
    return read_pinned(folder / file_name, name, MAX_WEIGHTS_BYTES, sha256)
