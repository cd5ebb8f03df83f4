"""A model package -> runtimes: of LiteRT, or of Keras, which takes seconds and 600 MB to start."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, get_args

from sketchdigits.architectures import ARCHITECTURES
from sketchdigits.errors import DamagedPackageError, ModelPackageError
from sketchdigits.package.files import LITERT_FILE, MAX_WEIGHTS_BYTES, WEIGHTS_FILE, read_pinned
from sketchdigits.package.keras_files import load_keras_model
from sketchdigits.package.known_answer import check_known_answer, known_image
from sketchdigits.package.litert_layout import UnknownLayoutError, check_layout
from sketchdigits.package.row_network import load_row_runtime
from sketchdigits.package.settings import PackageSettings, check_architecture
from sketchdigits.prediction import softmax
from sketchdigits.runtime.keras_runtime import KerasRuntime
from sketchdigits.runtime.litert import LiteRTRuntime
from sketchdigits.runtime.protocol import RowRuntime, Runtime

RuntimeName = Literal["auto", "litert", "keras"]
_log = logging.getLogger("sketchdigits")


@dataclass(frozen=True)
class Runtimes:
    """The runtimes of a loaded package.

    Attributes:
        digits: reads digits.
        rows: reads lines; None if the package has no row network.
    """

    digits: Runtime
    rows: RowRuntime | None


def check_runtime(runtime: str) -> None:
    """Raise ValueError unless `runtime` is a `RuntimeName`."""
    names = get_args(RuntimeName)
    if runtime not in names:
        raise ValueError(f"runtime must be one of {', '.join(names)}. Received: {runtime!r}")


def choose_runtime(
    runtime: RuntimeName, settings: PackageSettings, weights_sha256: str | None
) -> Literal["litert", "keras"]:
    """Choose the runtime for a package.

    "auto" means Keras if LiteRT is not installed, if the package has no LiteRT file, or if
    `weights_sha256` is not that file's; otherwise LiteRT.

    Args:
        runtime: the caller's choice.
        settings: the package's.
        weights_sha256: what the caller expects, of `model.weights.h5` or `model.tflite`; None
            accepts the weights that the settings name.
    """
    if runtime != "auto":
        return runtime
    if settings.litert_sha256 is None or find_spec("ai_edge_litert") is None:
        return "keras"
    pins_other_file = weights_sha256 and weights_sha256.lower() != settings.litert_sha256
    return "keras" if pins_other_file else "litert"


def load_package(
    folder: Path,
    settings: PackageSettings,
    name: str,
    *,
    runtime: RuntimeName = "auto",
    weights_sha256: str | None = None,
) -> Runtimes:
    """Load a package's networks, and check their answers for a known image and a known line.

    Args:
        folder: of the package.
        settings: the package's.
        name: of the package in messages.
        runtime: of both networks. "litert"; "keras"; or "auto": LiteRT if `choose_runtime` allows
            it and the files have known layouts, else Keras.
        weights_sha256: the expected sha256 of the weights of the network that reads digits; None
            accepts those that the settings name.

    Raises:
        ModelPackageError: a file is missing, damaged or too large, or doesn't match the settings.
    """
    if choose_runtime(runtime, settings, weights_sha256) == "litert":
        try:
            digits = _load_litert(folder, settings, name, weights_sha256)
            return Runtimes(digits, _load_rows(folder, settings, name, "litert"))
        except UnknownLayoutError as error:
            if runtime != "auto":
                raise
            _log.warning("%s Falling back to Keras.", error)
    network = KerasRuntime(load_keras_model(folder, settings, name, weights_sha256))
    return Runtimes(network, _load_rows(folder, settings, name, "keras"))


def _load_rows(
    folder: Path, settings: PackageSettings, name: str, runtime: Literal["litert", "keras"]
) -> RowRuntime | None:
    if settings.row_network is None:
        return None
    return load_row_runtime(folder, settings.row_network, name, runtime)


def _load_litert(
    folder: Path, settings: PackageSettings, name: str, weights_sha256: str | None
) -> LiteRTRuntime:
    if settings.litert_sha256 is None:
        raise ModelPackageError(
            f"{name!r} has no {LITERT_FILE}. Load it with runtime='keras', and save it again: that "
            "adds the file."
        )
    check_architecture(settings.architecture, ARCHITECTURES, name)
    content = read_pinned(
        folder / LITERT_FILE, name, MAX_WEIGHTS_BYTES, settings.litert_sha256, weights_sha256
    )
    # Report damaged Keras weights now, not when they are needed for fine-tuning.
    if (folder / WEIGHTS_FILE).exists():
        read_pinned(folder / WEIGHTS_FILE, name, MAX_WEIGHTS_BYTES, settings.weights_sha256, None)
    where = f"{LITERT_FILE} of {name!r}"
    check_layout(content, settings.architecture, where)
    try:
        runtime = LiteRTRuntime(content)
    except ImportError as error:
        raise ModelPackageError("LiteRT is not installed: pip install ai-edge-litert.") from error
    except (ValueError, RuntimeError) as error:
        raise DamagedPackageError(
            f"LiteRT can't run {where}. Fetch the package again, or load it with runtime='keras'.",
            LITERT_FILE,
        ) from error
    answer = softmax(runtime.logits(known_image()[None]))[0]
    check_known_answer(answer, settings.known_answer, name)
    return runtime
