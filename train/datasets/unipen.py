"""UNIPEN: digits, letters and signs from the same hands and pens; only their form tells them apart.

Takes `unipen-train.npz`, the isolated characters of UNIPEN train_r01_v07 (Guyon, Schomaker,
Plamondon, Liberman, Janet 1994; The International Unipen Foundation; Zenodo 1195803; CC BY 4.0).
Returns `PenCharacterSplits`, split by whole donors. A donor is the collection of one institution,
with its own tablets and writers.

The file is a NumPy archive with a character a row: `label` (one character), `donor`, `writer` (one
person's session) and `strokes` (how many). Then follow, end to end, `points` (the points of each
stroke) and `xy` (all points; y grows upwards; the units differ by donor).
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from train.datasets.dataset import Dataset, DatasetFile
from train.datasets.labelled_images import NON_DIGIT
from train.datasets.pendigits import PenDigit
from train.errors import DatasetError

FILE = DatasetFile(
    "NPZ",
    "SKETCHDIGITS_UNIPEN",
    "unipen-train.npz, the characters of UNIPEN; default: ${variable}",
)
# Chosen before any network was trained on UNIPEN: the test has two institutions of their own with
# many writers, and the validation the donor with the most sessions.
VALIDATION_DONORS = ("app",)
TEST_DONORS = ("ced", "aga")
# Characters that people often draw just like a digit. Training leaves them out, because it must not
# teach that such shapes are not digits, and `evaluate` reports them apart. They are the characters
# of which the network of 2026-11 (never trained on UNIPEN) took at least 15 % for a digit, in the
# donors of training and validation; and other bare strokes: an i without its dot, !, ` and \.
LOOK_ALIKES = frozenset("oODqgbsSzZBGyYlIi|/\\()}'`,.!$")
# Many characters of this donor lost a stroke in recording: an X became a /, a Q became an O. Its
# letters and signs are left out, and so are the digits that became another digit.
INCOMPLETE_DONOR = "ibm"
# Rows of the file: 4s and 0s of which only a bar is left, and 8s of which only a circle is.
# fmt: off
INCOMPLETE_DIGITS = frozenset({
    6729, 6759, 6763, 6767, 6769, 6770, 6817, 6825, 6827, 6876, 6927, 6979, 7020, 7027, 7082, 7085,
    7149, 7156, 7227, 7228, 7235, 7299, 7364, 7458, 7629, 7709, 7784, 7789, 7866, 7870, 7968, 8054,
    8059, 8147, 8149, 8150, 8157, 8158, 8249, 8251, 8252, 8254,
})
# fmt: on

_KINDS = {"label": "U", "donor": "U", "writer": "U", "strokes": "i", "points": "i", "xy": "i"}
_ADVICE = (
    f"Give the path of unipen-train.npz with --unipen or {FILE.variable}. The characters are from "
    "UNIPEN train_r01_v07, https://zenodo.org/records/1195803"
)


@dataclass(frozen=True)
class PenCharacter(PenDigit):
    """The pen strokes of one character. Letters and signs have the label `NON_DIGIT`.

    Attributes:
        character: the character that the writer was asked for.
        donor: the institution's collection, such as "apa".
        writer: the number of the file, which holds one person's session.
    """

    character: str
    donor: str


@dataclass(frozen=True)
class PenCharacters:
    """The characters of some donors.

    Attributes:
        digits: the digits.
        others: letters and signs that don't look like a digit.
        look_alikes: letters and signs among `LOOK_ALIKES`.
    """

    digits: list[PenCharacter]
    others: list[PenCharacter]
    look_alikes: list[PenCharacter]


@dataclass(frozen=True)
class PenCharacterSplits:
    """Pen characters, split by whole donors. Only `evaluate` uses `test`."""

    train: PenCharacters
    validation: PenCharacters
    test: PenCharacters


def load_unipen(path: Path | None = None) -> PenCharacterSplits:
    """Load the characters of eight donors: five for training, one for validation, two for the test.

    Raises:
        DatasetError: no path is given, or the file is missing, damaged or not UNIPEN.
    """
    if not path:
        raise DatasetError(f"UNIPEN's characters are needed, and no file is given. {_ADVICE}")
    characters = read_unipen(path)
    donors = {character.donor for character in characters}
    if missing := sorted({*VALIDATION_DONORS, *TEST_DONORS} - donors):
        raise DatasetError(f"{path} lacks the donor {missing[0]}. {_ADVICE}")
    train = donors - {*VALIDATION_DONORS, *TEST_DONORS}
    return PenCharacterSplits(
        *(_choose(characters, names) for names in (train, VALIDATION_DONORS, TEST_DONORS))
    )


def _choose(characters: list[PenCharacter], donors: Collection[str]) -> PenCharacters:
    chosen = [character for character in characters if character.donor in donors]
    signs = [character for character in chosen if character.label == NON_DIGIT]
    return PenCharacters(
        digits=[character for character in chosen if character.label != NON_DIGIT],
        others=[sign for sign in signs if sign.character not in LOOK_ALIKES],
        look_alikes=[sign for sign in signs if sign.character in LOOK_ALIKES],
    )


def read_unipen(path: Path) -> list[PenCharacter]:
    """Read every complete character, in the order of the file.

    Raises:
        DatasetError: the file is missing or damaged, or its arrays don't fit together.
    """
    if not path.is_file():
        raise DatasetError(f"No UNIPEN characters at {path}. {_ADVICE}")
    try:
        # NumPy leaves a damaged file open if it opens the file itself.
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in _KINDS}
        _check(arrays)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetError(
            f"{path} is damaged or is not UNIPEN ({error}). Expected a NumPy archive with "
            f"{', '.join(_KINDS)}. {_ADVICE}"
        ) from error
    points = np.split(arrays["xy"] * np.array([1, -1], np.float32), arrays["points"].cumsum()[:-1])
    first = np.concatenate([[0], arrays["strokes"].cumsum()])
    sessions = np.unique(arrays["writer"], return_inverse=True)[1]
    characters = []
    for row, (label, donor) in enumerate(zip(arrays["label"], arrays["donor"], strict=True)):
        is_digit = label in set("0123456789")
        if row in INCOMPLETE_DIGITS or (donor == INCOMPLETE_DONOR and not is_digit):
            continue
        characters.append(
            PenCharacter(
                strokes=tuple(points[first[row] : first[row + 1]]),
                label=int(label) if is_digit else NON_DIGIT,
                writer=int(sessions[row]),
                character=str(label),
                donor=str(donor),
            )
        )
    return characters


def _check(arrays: dict[str, np.ndarray]) -> None:
    """Raise `ValueError` if the arrays don't fit together."""
    for name, kind in _KINDS.items():
        if arrays[name].dtype.kind != kind:
            raise ValueError(f"{name} is {arrays[name].dtype}")
    count = len(arrays["label"])
    if any(len(arrays[name]) != count for name in ("donor", "writer", "strokes")):
        raise ValueError("the numbers of labels, donors, writers and strokes differ")
    strokes, points, xy = (arrays[name] for name in ("strokes", "points", "xy"))
    if min(strokes.min(initial=1), points.min(initial=1)) < 1:
        raise ValueError("there is an empty character or stroke")
    if strokes.sum() != len(points) or xy.shape != (points.sum(), 2):
        raise ValueError("the counts of strokes and points don't fit")


UNIPEN = Dataset("unipen", load_unipen, FILE)
