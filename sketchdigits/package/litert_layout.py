"""Checks that a LiteRT file is one of our architectures, and differs only in its weights.

LiteRT's native code trusts the file, and a stranger may have made the package. So every byte
outside the weights must be the one that our own converter writes for the named architecture. The
file `architectures/litert_layouts.json` holds a hash of these bytes and the positions of the
weights; `python -m train layouts` writes it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sketchdigits.errors import DamagedPackageError, ModelPackageError
from sketchdigits.package.files import LITERT_FILE

LAYOUTS_PATH = Path(__file__).parent.parent / "architectures" / "litert_layouts.json"


class UnknownLayoutError(ModelPackageError):
    """A LiteRT file has other operators than ours, or was written by another converter."""


@dataclass(frozen=True)
class Layout:
    """The bytes that all LiteRT files of one architecture have in common.

    Attributes:
        size: of the file in bytes.
        weights: positions of the float32 weights, each `(start, stop)` in bytes.
        sha256: of the file after its weights are replaced by zeros.
    """

    size: int
    weights: tuple[tuple[int, int], ...]
    sha256: str


@cache
def known_layouts() -> dict[str, Layout]:
    """The layouts of all architectures, by name."""
    return {
        name: Layout(entry["size"], tuple(map(tuple, entry["weights"])), entry["sha256"])
        for name, entry in json.loads(LAYOUTS_PATH.read_text()).items()
    }


def write_layouts(layouts: dict[str, Layout], path: Path = LAYOUTS_PATH) -> None:
    """Write the file that `known_layouts` reads."""
    entries = {name: asdict(layout) for name, layout in layouts.items()}
    lines = ",\n".join(f'  "{name}": {json.dumps(entry)}' for name, entry in entries.items())
    path.write_text(f"{{\n{lines}\n}}\n")


def measure_layout(content: bytes, weights: tuple[tuple[int, int], ...]) -> Layout:
    """The layout of a file, given the positions of its weights."""
    blank = bytearray(content)
    for start, stop in weights:
        blank[start:stop] = bytes(stop - start)
    return Layout(len(content), weights, hashlib.sha256(blank).hexdigest())


def check_layout(
    content: bytes, architecture: str, where: str, file_name: str = LITERT_FILE
) -> None:
    """Refuse a file that is not `architecture` or has a non-finite weight.

    Args:
        content: of the file.
        architecture: its name.
        where: names the file and its package in messages.
        file_name: of the file in its package.

    Raises:
        UnknownLayoutError: the size, or a byte outside the weights, differs.
        DamagedPackageError: a weight is NaN or infinite.
    """
    layout = known_layouts().get(architecture)
    # Use the known positions; never follow offsets inside the file.
    if layout is None or measure_layout(content, layout.weights) != layout:
        raise UnknownLayoutError(
            f"{where} differs from the {architecture} file that this version of sketchdigits "
            "writes, so it is not run. Check where it came from, or load it with runtime='keras'."
        )
    for start, stop in layout.weights:
        if not np.isfinite(np.frombuffer(content[start:stop], "<f4")).all():
            raise DamagedPackageError(
                f"{where} holds NaN or infinite weights. Train or fetch another.", file_name
            )
