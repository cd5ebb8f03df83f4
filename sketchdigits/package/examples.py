"""A package's examples: small PNG images of digits with true labels, `examples/INDEX-LABEL.png`.

A page shows them. A stranger may have made them, so their bytes and pixels are limited.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from sketchdigits.errors import InvalidImageError
from sketchdigits.preprocessing.decode import read_image
from sketchdigits.preprocessing.file_headers import check_headers
from sketchdigits.preprocessing.pillow_image import DECODER_FAULTS

EXAMPLES_FOLDER = "examples"
MAX_EXAMPLES = 20
# How many examples are misread, and how many are read correctly by the smallest margin.
WRONG_EXAMPLES, NEARLY_WRONG_EXAMPLES = 2, 4
MAX_EXAMPLE_BYTES = 64 * 1024
MAX_EXAMPLE_SIDE = 64
_EXAMPLE = re.compile(rf"{EXAMPLES_FOLDER}/\d{{1,6}}-[0-9]\.png")


@dataclass(frozen=True)
class Example:
    """An image, `(h, w) uint8`, ready for `DigitClassifier.predict`, and its true label."""

    image: np.ndarray
    label: int


def choose_telling(labels: np.ndarray, probabilities: np.ndarray, count: int) -> list[int]:
    """Choose which images of a test split to show: an honest and interesting selection.

    `WRONG_EXAMPLES` are misread (fewer if there are fewer), `NEARLY_WRONG_EXAMPLES` are read
    correctly by the smallest margin, and the rest are the first images of each digit in turn.

    Args:
        labels: `(n,)`, the true digits.
        probabilities: `(n, 10)`, the model's answers.
        count: how many to choose: at most `n`, and at least the misread and nearly misread ones.

    Returns:
        indices in ascending order.
    """
    rows = np.arange(len(labels))
    others = probabilities.copy()
    others[rows, labels] = 0
    margin = probabilities[rows, labels] - others.max(axis=1)
    by_margin = np.argsort(margin, kind="stable")
    chosen = [int(i) for i in by_margin if margin[i] < 0][:WRONG_EXAMPLES]
    chosen += [int(i) for i in by_margin if margin[i] >= 0][:NEARLY_WRONG_EXAMPLES]
    # The first image of each digit, then the second of each, and so on.
    turns = np.array([np.count_nonzero(labels[:i] == label) for i, label in enumerate(labels)])
    for index in np.lexsort((labels, turns)):
        if len(chosen) == count:
            break
        if index not in chosen:
            chosen.append(int(index))
    return sorted(chosen)


def read_examples(folder: Path) -> list[Example]:
    """Read at most `MAX_EXAMPLES` examples of a package, in order; unreadable ones are skipped."""
    names = sorted(
        f"{EXAMPLES_FOLDER}/{path.name}" for path in (folder / EXAMPLES_FOLDER).glob("*")
    )
    examples = (_read_example(folder / name) for name in names if is_example(name))
    return list(islice((example for example in examples if example), MAX_EXAMPLES))


def is_example(path_in_package: str) -> bool:
    """Whether the path has the form `examples/INDEX-LABEL.png`."""
    return _EXAMPLE.fullmatch(path_in_package) is not None


def _read_example(path: Path) -> Example | None:
    image = read_small_png(path, MAX_EXAMPLE_BYTES, MAX_EXAMPLE_SIDE)
    return None if image is None else Example(image[..., 0], int(path.stem[-1]))


def read_small_png(path: Path, max_bytes: int, max_side: int) -> np.ndarray | None:
    """Read a PNG file as `(h, w, 1-4) uint8`; None if it is missing, damaged or too large."""
    if not path.is_file() or path.stat().st_size > max_bytes:
        return None
    try:
        with path.open("rb") as stream:
            check_headers(stream)
            with Image.open(stream, formats=("PNG",)) as header:  # reads no pixels yet
                if max(header.size) > max_side:
                    return None
        return read_image(path)
    except (InvalidImageError, *DECODER_FAULTS):
        return None
