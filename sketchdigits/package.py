"""The model package on disk: which files it holds, and the settings that go with the weights.

    config.json, metadata.json, model.weights.h5   Keras's own unzipped form: stock Keras loads it
    sketchdigits.json                              our settings: what `DigitClassifier` reads
    metrics.json, README.md, figures/, examples/   for people; loading needs none of them

`DigitClassifier` never reads `config.json`: it rebuilds the named architecture from this
package's own code and loads the weights into it, so that a package can't bring code along.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.errors import ModelPackageError

if TYPE_CHECKING:
    import keras

SETTINGS_FILE = "sketchdigits.json"
WEIGHTS_FILE = "model.weights.h5"
KERAS_FILES = ("config.json", "metadata.json", WEIGHTS_FILE)
FORMAT_VERSION = 1

MAX_SETTINGS_BYTES = 64 * 1024
MAX_WEIGHTS_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class PackageSettings:
    """The contents of `sketchdigits.json`.

    Attributes:
        architecture: the name to rebuild the network by (see `sketchdigits.architectures`).
        weights_sha256: of `model.weights.h5`: a body of the right size with wrong bytes is seen.
        temperature: what the logits were divided by so that the probabilities are calibrated;
            already part of the weights, here for the record.
        preprocessing: the contract that the weights were trained for.
        format_version: of the package; a newer one than this code's is refused.
    """

    architecture: str
    weights_sha256: str
    temperature: float = 1.0
    preprocessing: str = "28x28, ink bright, 20x20 box, centred by mass"
    format_version: int = FORMAT_VERSION


def read_settings(folder: Path) -> PackageSettings:
    """Read and check `sketchdigits.json`.

    Raises:
        ModelPackageError: it is missing, damaged, too large, of another project or too new.
    """
    raw = _read_bounded(folder / SETTINGS_FILE, MAX_SETTINGS_BYTES)
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ModelPackageError(
            f"{folder / SETTINGS_FILE} is not JSON ({error}). Fetch the package again."
        ) from error
    expected = {field.name: str(field.type) for field in fields(PackageSettings)}
    if not isinstance(content, dict) or not expected.keys() >= content.keys() >= {"architecture"}:
        if isinstance(content, dict) and _is_newer(content.get("format_version")):
            raise ModelPackageError(_too_new(folder, content["format_version"]))
        raise ModelPackageError(
            f"{folder / SETTINGS_FILE} is not of a Sketchdigits package. "
            f"Expected an object with {', '.join(expected)}."
        )
    if _is_newer(content.get("format_version")):
        raise ModelPackageError(_too_new(folder, content["format_version"]))
    for name, kind in expected.items():
        value = content.get(name)
        accepted: tuple[type, ...] = {"str": (str,), "float": (int, float), "int": (int,)}[kind]
        if not isinstance(value, accepted) or isinstance(value, bool):
            raise ModelPackageError(
                f"{folder / SETTINGS_FILE}: expected {name} as {kind}. Received: {value!r:.80}. "
                "Fetch the package again."
            )
    return PackageSettings(**content)


def write_settings(folder: Path, settings: PackageSettings) -> None:
    """Write `sketchdigits.json`."""
    text = json.dumps(asdict(settings), indent=2) + "\n"
    (folder / SETTINGS_FILE).write_text(text)


def load_network(folder: Path) -> tuple[keras.Model, PackageSettings]:
    """Rebuild the named architecture and load the package's weights into it.

    Raises:
        ModelPackageError: a file is missing, damaged, too large or doesn't fit.
    """
    settings = read_settings(folder)
    weights = folder / WEIGHTS_FILE
    digest = hashlib.sha256(_read_bounded(weights, MAX_WEIGHTS_BYTES)).hexdigest()
    if digest != settings.weights_sha256:
        raise ModelPackageError(
            f"{weights} is damaged: its sha256 is {digest[:12]}..., the settings say "
            f"{settings.weights_sha256[:12]}... Fetch the package again."
        )

    from sketchdigits.architectures import ARCHITECTURES  # heavy: Keras

    if settings.architecture not in ARCHITECTURES:
        raise ModelPackageError(
            f"{folder / SETTINGS_FILE} names the architecture {settings.architecture!r:.80}. "
            f"This version knows: {', '.join(ARCHITECTURES)}. Upgrade sketchdigits."
        )
    network = ARCHITECTURES[settings.architecture]()
    try:
        network.load_weights(weights)
    except Exception as error:  # h5py and Keras raise many types for a file that doesn't fit
        raise ModelPackageError(
            f"{weights} doesn't hold the weights of {settings.architecture}. "
            "Fetch the package again."
        ) from error
    if not all(np.isfinite(variable).all() for variable in network.get_weights()):
        raise ModelPackageError(f"{weights} holds NaN or infinite weights. Train or fetch another.")
    return network, settings


def save_network(folder: Path, network: keras.Model, settings: PackageSettings) -> None:
    """Write Keras's files and the settings; `weights_sha256` is filled in."""
    from sketchdigits.architectures import ARCHITECTURES  # heavy: Keras

    folder.mkdir(parents=True, exist_ok=True)
    # A network just built has no optimizer, whose state would triple the file.
    bare = ARCHITECTURES[settings.architecture]()
    bare.set_weights(network.get_weights())
    with tempfile.TemporaryDirectory() as scratch:  # Keras can't write over what it wrote
        bare.save(scratch, zipped=False)
        for name in KERAS_FILES:
            shutil.copyfile(Path(scratch) / name, folder / name)
    digest = hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
    write_settings(folder, replace(settings, weights_sha256=digest))


def _read_bounded(path: Path, limit: int) -> bytes:
    try:
        size = path.stat().st_size
        if size > limit:
            raise ModelPackageError(
                f"{path} has {size:,} bytes; a Sketchdigits package has at most {limit:,}. "
                "Check where it came from."
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelPackageError(
            f"No {path.name} in {path.parent}. Expected a folder that `save_pretrained` or "
            "`python -m train package` wrote, with sketchdigits.json and model.weights.h5."
        ) from error
    except OSError as error:
        raise ModelPackageError(f"Can't read {path}: {error.strerror}.") from error


def _is_newer(version: object) -> bool:
    return isinstance(version, int) and version > FORMAT_VERSION


def _too_new(folder: Path, version: int) -> str:
    return (
        f"{folder} has package format {version}; this version of sketchdigits reads up to "
        f"{FORMAT_VERSION}. Run `pip install --upgrade sketchdigits`."
    )
