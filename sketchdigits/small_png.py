"""A stranger's picture that a page would show: a PNG, bounded in bytes and pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from sketchdigits.errors import InvalidImageError
from sketchdigits.images import DECODER_FAULTS, read_image


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
