"""Omniglot: handwritten characters of many alphabets, used as images that are not digits.

Takes `omniglot_images_background_small1.zip` (Lake, Salakhutdinov, Tenenbaum 2015, "Human-level
concept learning through probabilistic program induction"; MIT licence).
Returns `CharacterSplits`, split by whole alphabets.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from train.datasets.dataset import Dataset, DatasetFile
from train.errors import DatasetError

FILE = DatasetFile(
    "ZIP",
    "SKETCHDIGITS_OMNIGLOT",
    "Omniglot's images_background_small1.zip; default: ${variable}",
)
SIDE = 105
# Split by whole alphabets, so that no character of the test occurs in training. Latin is used for
# training because people draw its letters. The other alphabets were assigned before any model was
# trained.
TRAINING_ALPHABETS = ("Early_Aramaic", "Latin")
VALIDATION_ALPHABETS = ("Korean",)
TEST_ALPHABETS = ("Balinese", "Greek")
# Characters that look like a digit. Training and validation leave them out, because nothing may
# teach that such shapes are not digits; `evaluate` reports those of the test apart. Of each Korean
# and Greek one but iota, a bar, at least 5 of 20 drawings were taken for a digit by the network of
# 2026-11, which never saw these alphabets.
DIGIT_LIKE = {
    "Early_Aramaic": (2, 3, 4, 6, 7, 12, 14, 16, 17, 20),  # as 9, 1, 4, 4, 1, 6, 9, 0, 7, 4
    "Latin": (2, 7, 9, 12, 15, 17, 19, 25, 26),  # b, g, i, l, o, q, s, y, z
    "Korean": (12, 21, 22, 33),  # as 4, 1, 7, 0
    "Greek": (4, 6, 9, 11, 15, 18),  # as 8, 3, 1, 2, 0, 0
}

_ADVICE = (
    f"Give the path of omniglot_images_background_small1.zip with --omniglot or "
    f"{FILE.variable}; it is at "
    "https://github.com/brendenlake/omniglot/raw/master/python/images_background_small1.zip"
)


@dataclass(frozen=True)
class Characters:
    """Drawings of characters.

    Attributes:
        images: `(n, 105, 105) uint8, 0-255`, dark ink on white.
        names: of each drawing, "ALPHABET/characterNN".
    """

    images: np.ndarray
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class CharacterSplits:
    """Characters, split by whole alphabets. Only `evaluate` uses `test` and `look_alikes`.

    Attributes:
        train, validation, test: characters that don't look like a digit.
        look_alikes: characters of the test's alphabets that do; None: there are none.
    """

    train: Characters
    validation: Characters
    test: Characters
    look_alikes: Characters | None = None


def load_omniglot(path: Path | None = None) -> CharacterSplits:
    """Load five alphabets: two for training, one for validation, two for the test.

    Characters that look like a digit are left out. Those of the test's alphabets are returned
    apart.

    Raises:
        DatasetError: no path is given, or the file is missing, damaged or not Omniglot.
    """
    if not path:
        raise DatasetError(f"Omniglot's characters are needed, and no file is given. {_ADVICE}")
    drawings = _read_zip(path)
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
        splits.append([drawing for drawing in chosen if drawing[0] not in digit_like])
    look_alikes = [drawing for drawing in chosen if drawing[0] in digit_like]
    return CharacterSplits(*(_stack(part) for part in (*splits, look_alikes)))


def _stack(drawings: list[tuple[str, np.ndarray]]) -> Characters:
    images = np.stack([image for _, image in drawings])
    return Characters(images, tuple(name for name, _ in drawings))


def _read_zip(path: Path) -> list[tuple[str, np.ndarray]]:
    """Return `("ALPHABET/characterNN", (105, 105) uint8)` for every drawing, sorted by name."""
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


OMNIGLOT = Dataset("omniglot", load_omniglot, FILE)
