"""Pen strokes of UCI's "Pen-Based Recognition of Handwritten Digits".

Takes `pendigits-orig.tra`, plain or gzipped (Alpaydin, Alimoglu 1998; UCI dataset 81; CC BY 4.0).
Returns `PenSplits`, split by whole writers.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from train.datasets.dataset import Dataset, DatasetFile
from train.errors import DatasetError

FILE = DatasetFile(
    "TRA",
    "SKETCHDIGITS_PENDIGITS",
    "UCI's pendigits-orig.tra, plain or .gz; default: ${variable}",
)
# The first six and the next three of `numpy.random.default_rng(0).permutation(30) + 1`. They are
# constants because another version of NumPy may permute differently, and a writer must never move
# from one part to another.
TEST_WRITERS = (3, 12, 27, 22, 11, 5)
VALIDATION_WRITERS = (29, 17, 24)

_ADVICE = (
    f"Give the path of pendigits-orig.tra (plain or .gz) with --pendigits or {FILE.variable}; "
    "UCI has it as pendigits-orig.tra.Z at "
    "https://archive.ics.uci.edu/dataset/81/pen+based+recognition+of+handwritten+digits "
    "(unpack it with `uncompress`)"
)


@dataclass(frozen=True)
class PenDigit:
    """The pen strokes of one digit.

    Attributes:
        strokes: each `(points, 2) float32`, x to the right and y downwards, in units of the tablet.
        label: 0-9.
        writer: 1-30.
    """

    strokes: tuple[np.ndarray, ...]
    label: int
    writer: int


@dataclass(frozen=True)
class PenSplits:
    """Pen digits, split by whole writers. Only `evaluate` uses `test`."""

    train: list[PenDigit]
    validation: list[PenDigit]
    test: list[PenDigit]


def load_pendigits(path: Path | None = None) -> PenSplits:
    """Load 7,494 digits of 30 writers: 21 for training, 3 for validation, 6 for the test.

    Raises:
        DatasetError: no path is given, or the file is missing, damaged or not this dataset.
    """
    if not path:
        raise DatasetError(f"The pen strokes are needed, and no file is given. {_ADVICE}")
    digits = read_pendigits(path)
    held_out = TEST_WRITERS + VALIDATION_WRITERS
    return PenSplits(
        train=[digit for digit in digits if digit.writer not in held_out],
        validation=[digit for digit in digits if digit.writer in VALIDATION_WRITERS],
        test=[digit for digit in digits if digit.writer in TEST_WRITERS],
    )


def read_pendigits(path: Path) -> list[PenDigit]:
    """Read every digit of a UNIPEN file.

    Raises:
        DatasetError: the file is missing or damaged, or has no digits with their writers.
    """
    if not path.is_file():
        raise DatasetError(f"No pen strokes at {path}. {_ADVICE}")
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("ascii")
        digits = list(_parse_unipen(text.splitlines()))
    except (OSError, EOFError, ValueError) as error:
        raise DatasetError(
            f"{path} is damaged or is not UNIPEN text ({error}). {_ADVICE}"
        ) from error
    if not digits:
        raise DatasetError(f"{path} has no `.SEGMENT DIGIT` entries. {_ADVICE}")
    return digits


def _parse_unipen(lines: Iterable[str]) -> Iterable[PenDigit]:
    label, writer = None, None
    strokes: list[list[tuple[float, float]]] = []
    pen_is_down = False
    for line in lines:
        if line.startswith(".SEGMENT DIGIT"):
            yield from _finished(label, writer, strokes)
            match = re.search(r'"(\d)"', line)
            if not match:
                raise ValueError(f"a digit without a label: {line!r}")
            label, writer, strokes, pen_is_down = int(match[1]), None, [], False
        elif line.startswith(".COMMENT") and label is not None and writer is None:
            fields = line.split()
            if len(fields) >= 3 and fields[2].isdigit():
                writer = int(fields[2])
        elif line.startswith(".PEN_DOWN"):
            strokes.append([])
            pen_is_down = True
        elif line.startswith(".PEN_UP"):
            pen_is_down = False
        elif pen_is_down and line.strip() and not line.startswith("."):
            x, y = line.split()
            strokes[-1].append((float(x), -float(y)))
    yield from _finished(label, writer, strokes)


def _finished(
    label: int | None, writer: int | None, strokes: list[list[tuple[float, float]]]
) -> Iterable[PenDigit]:
    if label is None:
        return
    drawn = tuple(np.array(stroke, np.float32) for stroke in strokes if stroke)
    if writer is None or not drawn:
        raise ValueError(f"a digit {label} without a writer or without strokes")
    yield PenDigit(drawn, label, writer)


PENDIGITS = Dataset("pendigits", load_pendigits, FILE)
