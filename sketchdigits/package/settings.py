"""`sketchdigits.json`: the settings that belong to a package's weights; read, checked, written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from math import isfinite
from pathlib import Path
from types import NoneType

from sketchdigits.errors import DamagedPackageError, ModelPackageError
from sketchdigits.package.files import MAX_SETTINGS_BYTES, SETTINGS_FILE, read_bounded
from sketchdigits.package.row_settings import RowSettings, read_row_settings
from sketchdigits.prediction import DigitScore

# 2 added `digit_score`, 3 added `litert_sha256`; both may be null. 4 added the `refusal_threshold`
# of `digit_score`, 5 added `row_network`, which may be null. Older packages can be read.
FORMAT_VERSION = 5
PREPROCESSING = "28x28, ink bright, 20x20 box, centred by mass"
"""The format of `preprocess_drawing`'s output."""


@dataclass(frozen=True)
class PackageSettings:
    """The contents of `sketchdigits.json`.

    Attributes:
        architecture: the network's name in `sketchdigits.architectures`.
        weights_sha256: of `model.weights.h5`, in hexadecimal.
        litert_sha256: of `model.tflite`, in hexadecimal; None if the package has no such file.
        known_answer: the ten probabilities for `known_answer.known_image()` when it was saved.
        temperature: the logits were divided by it to calibrate the probabilities. The weights
            already include it; it is kept for information.
        digit_score: separates digits from other drawings; None if the model can't do that.
        row_network: of the network that reads whole lines; None if the package has none, as those
            before format 5. Then a number is read digit by digit.
        preprocessing: the input format that the weights were trained for; others are refused.
        format_version: of the package that was read; versions newer than `FORMAT_VERSION` are
            refused. A package is written with `FORMAT_VERSION`, whatever it was before.

    The file has one more field, `settings_sha256`: a checksum of the others, which shows damage
    and changes by hand.
    """

    architecture: str
    weights_sha256: str = ""
    litert_sha256: str | None = None
    known_answer: tuple[float, ...] = ()
    temperature: float = 1.0
    digit_score: DigitScore | None = None
    row_network: RowSettings | None = None
    preprocessing: str = PREPROCESSING
    format_version: int = FORMAT_VERSION


_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "architecture": (str,),
    "weights_sha256": (str,),
    "litert_sha256": (NoneType, str),
    "known_answer": (list,),
    "temperature": (int, float),
    "digit_score": (dict, NoneType),
    "row_network": (NoneType, dict),
    "preprocessing": (str,),
    "format_version": (int,),
}


def read_settings(folder: Path, name: str = "") -> PackageSettings:
    """Read and check `sketchdigits.json`; messages call the package `name` (default: the folder).

    Raises:
        ModelPackageError: it is missing, damaged, too large, too new, or another project's.
    """
    name = name or str(folder)
    where = f"{SETTINGS_FILE} of {name!r}"
    try:
        content = json.loads(read_bounded(folder / SETTINGS_FILE, name, MAX_SETTINGS_BYTES))
    except (ValueError, RecursionError) as error:
        raise DamagedPackageError(
            f"{where} is not JSON. Fetch the package again.", SETTINGS_FILE
        ) from error
    if not isinstance(content, dict) or len(content.keys() & _JSON_TYPES.keys()) < 2:
        raise DamagedPackageError(
            f"{where} is not a Sketchdigits settings file. "
            f"Expected an object with {', '.join(_JSON_TYPES)}, settings_sha256.",
            SETTINGS_FILE,
        )
    checksum = content.pop("settings_sha256", None)
    is_intact = checksum == settings_checksum(content)
    version = content.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        message = (
            f"{name!r} has package format {str(version)[:20]}; this version of sketchdigits reads "
            f"up to {FORMAT_VERSION}. Run `pip install --upgrade sketchdigits`."
        )
        if is_intact:
            raise ModelPackageError(message)
        raise DamagedPackageError(f"{message} Or {where} is damaged.", SETTINGS_FILE)
    if not is_intact:
        raise DamagedPackageError(
            f"{where} is damaged, or was changed by hand: its checksum doesn't match. "
            "Fetch the package again.",
            SETTINGS_FILE,
        )
    if unknown := content.keys() - _JSON_TYPES.keys():
        raise ModelPackageError(
            f"{where} has an unknown setting: {min(unknown)!r:.80}. "
            "Check where the package came from."
        )
    added: dict[str, object] = {"digit_score": None, "litert_sha256": None, "row_network": None}
    content = {**added, **content}  # older formats lack them
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
    digit_score = content["digit_score"]
    if digit_score is not None:
        digit_score = _read_digit_score(digit_score, where)
    row_network = content["row_network"]
    if row_network is not None:
        row_network = read_row_settings(row_network, where)
    if content["preprocessing"] != PREPROCESSING:
        raise ModelPackageError(
            f"{name!r} was trained for another preprocessing than this version's. "
            f"Expected {PREPROCESSING!r}. Received: {content['preprocessing']!r:.80}. "
            "Upgrade sketchdigits."
        )
    checked = {
        "known_answer": tuple(answer),
        "digit_score": digit_score,
        "row_network": row_network,
    }
    return PackageSettings(**{**content, **checked})


def _read_digit_score(content: dict[str, object], where: str) -> DigitScore:
    """Check the numbers of `digit_score`. Before format 4 there was one threshold.

    Raises:
        ModelPackageError: a number is missing, unknown or not finite, or the thresholds are in the
            wrong order.
    """
    numbers = {"refusal_threshold": content.get("threshold"), **content}
    finite = {
        name: number
        for name, number in numbers.items()
        if isinstance(number, float) and isfinite(number)
    }
    expected = {field.name for field in fields(DigitScore)}
    if numbers.keys() != expected or finite.keys() != expected:
        raise ModelPackageError(
            f"{where}: expected digit_score with scale, bias, threshold and refusal_threshold as "
            f"finite numbers. Received: {content!r:.120}. Fetch the package again."
        )
    digit_score = DigitScore(**finite)
    if digit_score.refusal_threshold > digit_score.threshold:
        raise ModelPackageError(
            f"{where}: expected a refusal_threshold of at most the threshold, "
            f"{digit_score.threshold}. Received: {digit_score.refusal_threshold}. "
            "Fetch the package again."
        )
    return digit_score


def check_architecture(architecture: str, known: Iterable[str], name: str) -> None:
    """Refuse an architecture that is not one of `known`; messages call the package `name`.

    Raises:
        ModelPackageError: the architecture is unknown; the message lists the known ones.
    """
    if architecture not in known:
        raise ModelPackageError(
            f"{SETTINGS_FILE} of {name!r} names the architecture {architecture!r:.80}. "
            f"This version knows: {', '.join(known)}. Check it, or upgrade sketchdigits."
        )


def write_settings(folder: Path, settings: PackageSettings) -> None:
    """Write `sketchdigits.json`, in the newest format."""
    settings = replace(settings, format_version=FORMAT_VERSION)
    content = json.loads(json.dumps(asdict(settings)))
    content["settings_sha256"] = settings_checksum(content)
    (folder / SETTINGS_FILE).write_text(json.dumps(content, indent=2) + "\n")


def settings_checksum(content: dict[str, object]) -> str:
    """The `settings_sha256` for a file's content; `content` must not hold that field."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
