"""Numbers drawn by program: the digits of `polylines.py` side by side."""

from __future__ import annotations

import numpy as np

from tests.support.polylines import DIGITS, draw


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


def strokes_of_number(
    text: str, left: float = -0.12, right: float = 1.12
) -> list[list[tuple[float, float]]]:
    """The strokes of digits side by side, for `draw_strokes` of `browser.py`.

    They are in the middle, from `left` to `right`: its square is 0 to 1, the canvas is wider.
    """
    width = (right - left) / len(text)
    size = min(1.25 * width, 0.6)
    strokes = []
    for index, digit in enumerate(text):
        start = left + (index + 0.5) * width - 0.5 * size
        for stroke in DIGITS[int(digit)]:
            strokes.append([(start + x * size, 0.5 + (y - 0.5) * 1.3 * size) for x, y in stroke])
    return strokes
