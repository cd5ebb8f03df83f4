"""Numbers drawn by program: the digits of `polylines.py` side by side."""

from __future__ import annotations

import numpy as np

from tests.support.polylines import draw


def draw_number(text: str, *, size: int = 120, gap: int = 0, width: float = 0.09) -> np.ndarray:
    """Draw digits side by side, `(size, w) uint8`, black on white; a space is an empty square.

    Each has a square of `size` pixels, which is cropped to its ink and `gap` pixels around it.
    """
    columns = [np.full((size, 20), 255, np.uint8)]
    for character in text:
        if character == " ":
            columns.append(np.full((size, size // 2), 255, np.uint8))
            continue
        canvas = draw(int(character), size=size, extent=0.75, width=width)
        inked = np.flatnonzero((canvas < 200).any(axis=0))
        columns.append(canvas[:, max(0, inked[0] - 5 - gap) : inked[-1] + 6 + gap])
    return np.concatenate([*columns, columns[0]], axis=1)
