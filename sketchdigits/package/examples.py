"""A package's examples, `examples/INDEX-LABEL.png`: digits of a test split, with true labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from sketchdigits.errors import InvalidImageError
from sketchdigits.preprocessing.decode import DECODER_FAULTS, read_image

EXAMPLES_FOLDER = "examples"
MAX_EXAMPLES = 20
# Of the examples, those that are wrong, and those that nearly are.
WRONG_EXAMPLES, NEARLY_WRONG_EXAMPLES = 2, 4
MAX_EXAMPLE_BYTES = 64 * 1024
MAX_EXAMPLE_SIDE = 64
_EXAMPLE = re.compile(rf"{EXAMPLES_FOLDER}/\d{{1,6}}-[0-9]\.png")


@dataclass(frozen=True)
class Example:
    """`(h, w) uint8` as it is sent to the model, and its true label."""

    image: np.ndarray
    label: int


def choose_telling(labels: np.ndarray, probabilities: np.ndarray, count: int) -> list[int]:
    """Which of a test split to show, in its order: an honest lot, and an interesting one.

    Some are read wrong, if any are, some right by the smallest margin, and the rest are the first
    of every digit in turn.

    Args:
        labels: `(n,)`, the true digits.
        probabilities: `(n, 10)`, the model's answers.
        count: how many, at most `n`.
    """
    each = np.arange(len(labels))
    others = probabilities.copy()
    others[each, labels] = 0
    margin = probabilities[each, labels] - others.max(axis=1)
    by_margin = np.argsort(margin, kind="stable")
    chosen = [int(i) for i in by_margin if margin[i] < 0][:WRONG_EXAMPLES]
    chosen += [int(i) for i in by_margin if margin[i] >= 0][:NEARLY_WRONG_EXAMPLES]
    # The first of each digit, then the second of each, and so on.
    turns = np.array([np.count_nonzero(labels[:i] == label) for i, label in enumerate(labels)])
    for index in np.lexsort((labels, turns)):
        if len(chosen) == count:
            break
        if index not in chosen:
            chosen.append(int(index))
    return sorted(chosen)


def read_examples(folder: Path) -> list[Example]:
    """The first examples in a package's folder; an empty list if it has none that can be read."""
    names = sorted(
        f"{EXAMPLES_FOLDER}/{path.name}" for path in (folder / EXAMPLES_FOLDER).glob("*")
    )
    found = (_read_example(folder / name) for name in names if is_example(name))
    return list(islice((example for example in found if example), MAX_EXAMPLES))


def is_example(path_in_package: str) -> bool:
    """Whether it has the form `examples/INDEX-LABEL.png`."""
    return _EXAMPLE.fullmatch(path_in_package) is not None


def _read_example(path: Path) -> Example | None:
    image = read_small_png(path, MAX_EXAMPLE_BYTES, MAX_EXAMPLE_SIDE)
    return None if image is None else Example(image[..., 0], int(path.stem[-1]))


# MERGED-DOC
# """A stranger's picture that a page would show: a PNG, bounded in bytes and pixels."""


def read_small_png(path: Path, max_bytes: int, max_side: int) -> np.ndarray | None:
    """`(h, w, 1-4) uint8`; None for whatever is no such PNG: a page can do without."""
    if not path.is_file() or path.stat().st_size > max_bytes:
        return None
    try:
        with Image.open(path, formats=("PNG",)) as header:  # reads no pixels yet
            if max(header.size) > max_side:
                return None
        return read_image(path)
    except (InvalidImageError, *DECODER_FAULTS):
        return None
