"""Omniglot: handwritten characters that are not digits, read and split by whole alphabets.

Enters: `omniglot_images_background_small1.zip` (Lake, Salakhutdinov, Tenenbaum 2015, "Human-level
concept learning through probabilistic program induction"; MIT licence).
Leaves: `Characters`, drawings of 105x105 pixels, black on white.
"""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from train.errors import DatasetError

OMNIGLOT_VARIABLE = "SKETCHDIGITS_OMNIGLOT"
SIDE = 105
# Whole alphabets, so that no character of the test was seen in any hand. Latin is trained on
# because its letters are what people draw; the others were divided before any was.
TRAINING_ALPHABETS = ("Early_Aramaic", "Latin")
VALIDATION_ALPHABETS = ("Korean",)
TEST_ALPHABETS = ("Balinese", "Greek")
# Characters that people also write for a digit: to teach that they are none would be wrong.
# Of the validation and test alphabets all are scored, such as Greek's omicron.
DIGIT_LIKE = {
    "Early_Aramaic": (2, 3, 4, 6, 7, 12, 14, 16, 17, 20),  # as 9, 1, 4, 4, 1, 6, 9, 0, 7, 4
    "Latin": (2, 7, 9, 12, 15, 17, 19, 25, 26),  # b, g, i, l, o, q, s, y, z
}

_ADVICE = (
    f"Give the path of omniglot_images_background_small1.zip with --omniglot or "
    f"{OMNIGLOT_VARIABLE}; it is at "
    "https://github.com/brendenlake/omniglot/raw/master/python/images_background_small1.zip"
)


@dataclass(frozen=True)
class Characters:
    """Drawings of characters.

    Attributes:
        images: `(n, 105, 105) uint8, 0-255`, dark ink on white.
        names: of each, "ALPHABET/characterNN".
    """

    images: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class OmniglotSplits:
    """Characters divided by whole alphabets. `test` is for `evaluate` alone."""

    train: Characters
    validation: Characters
    test: Characters


def load_omniglot(path: str | os.PathLike[str] | None = None) -> OmniglotSplits:
    """The drawings of five alphabets: two to train on, one to validate, two for the test.

    `path` is the zip file; without it `SKETCHDIGITS_OMNIGLOT` is looked at. Characters that are
    written as a digit are left out of training, and of training alone.

    Raises:
        DatasetError: the file is missing, damaged, or is another one.
    """
    path = path or os.environ.get(OMNIGLOT_VARIABLE)
    if not path:
        raise DatasetError(f"Characters that are no digits are needed. {_ADVICE}")
    drawings = _read_zip(Path(path))
    digit_like = {
        f"{alphabet}/character{number:02d}"
        for alphabet, numbers in DIGIT_LIKE.items()
        for number in numbers
    }
    splits = []
    for alphabets in (TRAINING_ALPHABETS, VALIDATION_ALPHABETS, TEST_ALPHABETS):
        chosen = [drawing for drawing in drawings if drawing[0].split("/")[0] in alphabets]
        if {name.split("/")[0] for name, _ in chosen} != set(alphabets):
            raise DatasetError(f"{path} lacks one of {', '.join(alphabets)}. {_ADVICE}")
        if alphabets == TRAINING_ALPHABETS:
            chosen = [drawing for drawing in chosen if drawing[0] not in digit_like]
        images = np.stack([image for _, image in chosen])
        splits.append(Characters(images, tuple(name for name, _ in chosen)))
    return OmniglotSplits(*splits)


def _read_zip(path: Path) -> list[tuple[str, np.ndarray]]:
    """`("ALPHABET/characterNN", (105, 105) uint8)` of every drawing, in alphabetical order."""
    if not path.is_file():
        raise DatasetError(f"No Omniglot file at {path}. {_ADVICE}")
    drawings = []
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith(".png"):
                    continue
                with Image.open(io.BytesIO(archive.read(name)), formats=("PNG",)) as image:
                    pixels = np.asarray(image.convert("L"))
                if pixels.shape != (SIDE, SIDE):
                    raise ValueError(f"{name} is {pixels.shape}")
                drawings.append(("/".join(PurePosixPath(name).parts[-3:-1]), pixels))
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise DatasetError(
            f"{path} is damaged or is not Omniglot ({error}). Expected PNG files of 105x105 pixels "
            f"by alphabet and character. {_ADVICE}"
        ) from error
    if not drawings:
        raise DatasetError(f"{path} holds no PNG files. {_ADVICE}")
    return drawings
