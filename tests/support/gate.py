"""The gate of `slow_app.py`: a folder by which tests hold its predictions, and count them.

The predictions wait until the file `open` is there. The file `most` has the largest number of
predictions that waited at the same time. The app and the tests write it, so nobody may see it half
written: an app that read an empty file failed, and counted one prediction too many ever after.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path


def shut(gate: Path) -> None:
    """Hold the next predictions, and count from 0. Creates the folder if it is missing."""
    gate.mkdir(exist_ok=True)
    (gate / "open").unlink(missing_ok=True)
    write_most(gate, 0)


def most_held(gate: Path) -> int:
    """The largest number of predictions that were held at the same time."""
    return int((gate / "most").read_text())


def write_most(gate: Path, count: int) -> None:
    """Replace the number."""
    new = gate / f"most-{os.getpid()}-{threading.get_ident()}"
    new.write_text(str(count))
    new.replace(gate / "most")
