"""What runs a package's network: LiteRT, or Keras, which takes seconds and 600 MB to start."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from sketchdigits.errors import DamagedPackageError, ModelPackageError
from sketchdigits.package.files import LITERT_FILE, MAX_WEIGHTS_BYTES, WEIGHTS_FILE, read_pinned
from sketchdigits.package.keras_files import load_network
from sketchdigits.package.known_answer import check_known_answer, known_image
from sketchdigits.package.litert_layout import UnknownLayoutError, check_layout, known_layouts
from sketchdigits.package.settings import PackageSettings, check_architecture, read_settings
from sketchdigits.prediction import softmax

if TYPE_CHECKING:
    import keras

    from sketchdigits.runtime.litert import LiteRTNetwork

Runtime = Literal["auto", "litert", "keras"]
log = logging.getLogger("sketchdigits")


def check_runtime(runtime: str) -> None:
    """Raise ValueError for what is no `Runtime`."""
    if runtime not in get_args(Runtime):
        raise ValueError(f"runtime must be one of {', '.join(get_args(Runtime))}, not {runtime!r}.")


def chosen_runtime(
    runtime: Runtime, settings: PackageSettings, weights_sha256: str | None
) -> Literal["litert", "keras"]:
    """What runs a package: for "auto" LiteRT, unless that can't be, or Keras's weights are pinned.

    Args:
        runtime: what the caller asks for.
        settings: the package's.
        weights_sha256: of the weights that the caller expects, of `model.weights.h5` or
            `model.tflite`; None: whichever the package names.
    """
    if runtime != "auto":
        return runtime
    if settings.litert_sha256 is None or find_spec("ai_edge_litert") is None:
        return "keras"
    is_pinned = weights_sha256 and weights_sha256.lower() != settings.litert_sha256
    return "keras" if is_pinned else "litert"


def load_package(
    folder: Path, name: str = "", *, runtime: Runtime = "auto", weights_sha256: str | None = None
) -> tuple[LiteRTNetwork | keras.Model, PackageSettings]:
    """Load a package's network, and try it on a known image.

    Args:
        folder: of the package.
        name: what messages call it; default: the folder.
        runtime: "litert", "keras", or "auto": LiteRT where the package and this Python have it.
        weights_sha256: of the file that is to be loaded; default: whichever the package names.

    Raises:
        ModelPackageError: a file is missing, damaged, too large or doesn't fit.
        ValueError: there is no such runtime.
    """
    check_runtime(runtime)
    name = name or str(folder)
    settings = read_settings(folder, name)
    if chosen_runtime(runtime, settings, weights_sha256) == "litert":
        try:
            return _load_litert(folder, name, settings, weights_sha256), settings
        except UnknownLayoutError as error:
            if runtime != "auto":
                raise
            log.warning("%s Keras reads.", error)
    return load_network(folder, name, weights_sha256=weights_sha256)


def _load_litert(
    folder: Path, name: str, settings: PackageSettings, weights_sha256: str | None
) -> LiteRTNetwork:
    if settings.litert_sha256 is None:
        raise ModelPackageError(
            f"{name!r} has no {LITERT_FILE}. Load it with runtime='keras', and save it anew."
        )
    check_architecture(settings, known_layouts(), name)
    content = read_pinned(
        folder / LITERT_FILE, name, MAX_WEIGHTS_BYTES, settings.litert_sha256, weights_sha256
    )
    if (folder / WEIGHTS_FILE).exists():  # damage is told when it comes, not when Keras is wanted
        read_pinned(folder / WEIGHTS_FILE, name, MAX_WEIGHTS_BYTES, settings.weights_sha256, None)
    where = f"{LITERT_FILE} of {name!r}"
    check_layout(content, settings.architecture, where)
    try:
        from sketchdigits.runtime.litert import LiteRTNetwork
    except ImportError as error:
        raise ModelPackageError("LiteRT is not installed: pip install ai-edge-litert.") from error
    try:
        network = LiteRTNetwork(content)
    except (ValueError, RuntimeError) as error:
        raise DamagedPackageError(
            f"LiteRT can't run {where}. Fetch the package again, or load it with runtime='keras'.",
            LITERT_FILE,
        ) from error
    answer = softmax(network.logits(known_image()[None]))[0]
    check_known_answer(answer, settings.known_answer, name)
    return network
