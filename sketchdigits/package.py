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
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.errors import CacheError, DamagedPackageError, ModelPackageError
from sketchdigits.known_answer import TOLERANCE, known_image

if TYPE_CHECKING:
    import keras

SETTINGS_FILE = "sketchdigits.json"
WEIGHTS_FILE = "model.weights.h5"
KERAS_FILES = ("config.json", "metadata.json", WEIGHTS_FILE)
FORMAT_VERSION = 1
PREPROCESSING = "28x28, ink bright, 20x20 box, centred by mass"
"""What `preprocess_drawing` makes of a drawing."""

MAX_SETTINGS_BYTES = 64 * 1024
MAX_WEIGHTS_BYTES = 16 * 1024 * 1024
SIZE_LIMITS = {SETTINGS_FILE: MAX_SETTINGS_BYTES, WEIGHTS_FILE: MAX_WEIGHTS_BYTES}
"""The files that loading needs, and the most bytes that each may have."""


@dataclass(frozen=True)
class PackageSettings:
    """The contents of `sketchdigits.json`.

    Attributes:
        architecture: the name to rebuild the network by (see `sketchdigits.architectures`).
        weights_sha256: of `model.weights.h5`: a body of the right size with wrong bytes is seen.
        known_answer: the ten probabilities for `known_answer.known_image()` when it was saved.
        temperature: what the logits were divided by so that the probabilities are calibrated;
            already part of the weights, here for the record.
        preprocessing: the contract that the weights were trained for; another one is refused.
        format_version: of the package; a newer one than this code's is refused.

    The file holds one more: `settings_sha256`, of these. No hand has changed them, and no disk.
    """

    architecture: str
    weights_sha256: str = ""
    known_answer: tuple[float, ...] = ()
    temperature: float = 1.0
    preprocessing: str = PREPROCESSING
    format_version: int = FORMAT_VERSION


_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "architecture": (str,),
    "weights_sha256": (str,),
    "known_answer": (list,),
    "temperature": (int, float),
    "preprocessing": (str,),
    "format_version": (int,),
}


def read_settings(folder: Path, name: str = "") -> PackageSettings:
    """Read and check `sketchdigits.json`; `name` is what messages call the package.

    Raises:
        ModelPackageError: it is missing, damaged, too large, of another project or too new.
    """
    name = name or str(folder)
    where = f"{SETTINGS_FILE} of {name!r}"
    try:
        content = json.loads(_read_bounded(folder / SETTINGS_FILE, name, MAX_SETTINGS_BYTES))
    except (ValueError, RecursionError) as error:
        raise DamagedPackageError(
            f"{where} is not JSON. Fetch the package again.", SETTINGS_FILE
        ) from error
    if not isinstance(content, dict) or len(content.keys() & _JSON_TYPES.keys()) < 2:
        raise DamagedPackageError(
            f"{where} is not of a Sketchdigits package. "
            f"Expected an object with {', '.join(_JSON_TYPES)}, settings_sha256.",
            SETTINGS_FILE,
        )
    checksum = content.pop("settings_sha256", None)
    fits = checksum == _checksum(content)
    version = content.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        message = (
            f"{name!r} has package format {str(version)[:20]}; this version of sketchdigits reads "
            f"up to {FORMAT_VERSION}. Run `pip install --upgrade sketchdigits`."
        )
        if fits:
            raise ModelPackageError(message)
        raise DamagedPackageError(f"{message} Or {where} is damaged.", SETTINGS_FILE)
    if not fits:
        raise DamagedPackageError(
            f"{where} is damaged, or was changed by hand: its checksum doesn't fit. "
            "Fetch the package again.",
            SETTINGS_FILE,
        )
    if unknown := content.keys() - _JSON_TYPES.keys():
        raise ModelPackageError(
            f"{where} has a setting of no meaning here: {min(unknown)!r:.80}. "
            "Check where the package came from."
        )
    for key, accepted in _JSON_TYPES.items():
        value = content.get(key)
        if not isinstance(value, accepted) or isinstance(value, bool):
            raise ModelPackageError(
                f"{where}: expected {key} as {accepted[-1].__name__}. Received: {value!r:.80}. "
                "Fetch the package again."
            )
    answer = content["known_answer"]
    if len(answer) != 10 or not all(isinstance(share, float) for share in answer):
        raise ModelPackageError(
            f"{where}: expected known_answer as ten numbers. Received: {answer!r:.80}. "
            "Fetch the package again."
        )
    if content["preprocessing"] != PREPROCESSING:
        raise ModelPackageError(
            f"{name!r} was trained for another preprocessing than this version's: "
            f"{content['preprocessing']!r:.80}. Expected {PREPROCESSING!r}. Upgrade sketchdigits."
        )
    return PackageSettings(**{**content, "known_answer": tuple(answer)})


def write_settings(folder: Path, settings: PackageSettings) -> None:
    """Write `sketchdigits.json`."""
    content = json.loads(json.dumps(asdict(settings)))
    content["settings_sha256"] = _checksum(content)
    (folder / SETTINGS_FILE).write_text(json.dumps(content, indent=2) + "\n")


def _checksum(content: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


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
    digest = hashlib.sha256(_read_bounded(weights, name, MAX_WEIGHTS_BYTES)).hexdigest()
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


def _read_bounded(path: Path, name: str, limit: int) -> bytes:
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
