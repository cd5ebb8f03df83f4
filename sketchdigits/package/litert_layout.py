"""Is a LiteRT file one of our architectures with other weights, and nothing else?

A LiteRT file is a program for native code that trusts it, and a package may be a stranger's. So
every byte that isn't a weight has to be the one that our own converter wrote for the named
architecture. What these bytes are, and where the weights lie between them, stands in
`architectures/litert_layouts.json`, which `python -m train layouts` writes.
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
    """A LiteRT file has other operators than ours, or another converter wrote it."""


@dataclass(frozen=True)
class Layout:
    """What an architecture's LiteRT files have in common.

    Attributes:
        size: of the file, bytes.
        weights: where float32 weights lie, `(start, stop)` bytes.
        sha256: of the file with zeros for weights.
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
    """Write what `known_layouts` reads."""
    entries = {name: asdict(layout) for name, layout in layouts.items()}
    lines = ",\n".join(f'  "{name}": {json.dumps(entry)}' for name, entry in entries.items())
    path.write_text(f"{{\n{lines}\n}}\n")


def measure_layout(content: bytes, weights: tuple[tuple[int, int], ...]) -> Layout:
    """The layout of a file whose weights lie at `weights`."""
    blank = bytearray(content)
    for start, stop in weights:
        blank[start:stop] = bytes(stop - start)
    return Layout(len(content), weights, hashlib.sha256(blank).hexdigest())


def check_layout(content: bytes, architecture: str, where: str) -> None:
    """Refuse what isn't `architecture` with finite weights; `where` names the file in messages.

    Raises:
        UnknownLayoutError: some other byte differs.
        DamagedPackageError: a weight is NaN or infinite.
    """
    layout = known_layouts().get(architecture)
    # The ranges are the known layout's: what the file says of itself is never followed.
    if layout is None or measure_layout(content, layout.weights) != layout:
        raise UnknownLayoutError(
            f"{where} is not {architecture} as this version of sketchdigits writes it: it isn't "
            "run. Check where it came from, or load it with runtime='keras'."
        )
    for start, stop in layout.weights:
        if not np.isfinite(np.frombuffer(content[start:stop], "<f4")).all():
            raise DamagedPackageError(
                f"{where} holds NaN or infinite weights. Train or fetch another.", LITERT_FILE
            )
