"""Hands whose digits are drawn by program: rows of digits without a dataset."""

from __future__ import annotations

import numpy as np

from tests.support.polylines import DIGITS
from train.rendering.number_sets import Hands
from train.rendering.rows import Glyph, Hand


def draw_hands() -> Hands:
    """One hand with a glyph of each digit, and with a few letters."""
    digits = [
        Glyph(str(label), strokes=[(np.array(stroke) - [0.5, 0.9]) * 1.25 for stroke in strokes])
        for label, strokes in DIGITS.items()
    ]
    letters: dict[str, list[list[tuple[float, float]]]] = {
        "K": [[(0, -1), (0, 0)], [(0.6, -1), (0, -0.5), (0.6, 0)]],
        "M": [[(0, 0), (0, -1), (0.4, -0.4), (0.8, -1), (0.8, 0)]],
        "X": [[(0, -1), (0.7, 0)], [(0.7, -1), (0, 0)]],
    }
    others = [
        Glyph(text, strokes=[np.array(stroke, float) for stroke in strokes])
        for text, strokes in letters.items()
    ]
    return Hands(([], [Hand(digits, others)], []))
