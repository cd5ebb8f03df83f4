"""The answer for an image of a whole number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sketchdigits.prediction import Prediction

Box: TypeAlias = tuple[int, int, int, int]
"""x, y, width and height in the image's pixels, turned as its EXIF data says."""


@dataclass(frozen=True)
class NumberReading:
    """The digits of a number, and whether all ink on the image was accounted for. Frozen.

    >>> from sketchdigits import DigitClassifier
    >>> reading = DigitClassifier.from_pretrained().read_number("drawing.png")
    >>> reading.text, reading.is_number
    ('2', True)

    Attributes:
        text: the digits, such as "2026"; several lines are joined by line ends.
        digits: each digit, from left to right, and line by line.
        boxes: x, y, width and height of each digit, in the image's pixels.
        confidence: how likely the whole text is right, 0-1; calibrated.
        is_number: whether every part is a digit, or a mark such as a dot. If it is false, don't
            trust the text: `unexplained` says where to look.
        lines: the digits of each line, from top to bottom.
        left_out: boxes of marks that are no digits, such as dots, commas and dashes.
        unexplained: boxes of ink that is neither a digit nor such a mark.
    """

    text: str
    digits: tuple[Prediction, ...]
    boxes: tuple[Box, ...]
    confidence: float
    is_number: bool
    lines: tuple[str, ...]
    left_out: tuple[Box, ...] = ()
    unexplained: tuple[Box, ...] = ()
