"""What the row network reads in a line: the likeliest texts, and where each symbol stands.

Enters: the ink of a row, the marks of one line, and the function that runs the network. Leaves:
`LineSymbols`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sketchdigits.architectures.row_cnn import OTHER
from sketchdigits.numbers.ctc import (
    Symbols,
    align_symbols,
    find_likely_symbols,
    log_probabilities,
    log_probability,
)
from sketchdigits.numbers.line_image import draw_line_image
from sketchdigits.numbers.row_ink import RowInk
from sketchdigits.numbers.text_lines import TextLine

ReadLine = Callable[[np.ndarray], np.ndarray]
"""Runs the row network: `(32, width) uint8` -> `(steps, 12) float32` logits."""

# The lowest logarithm of a text's probability.
MIN_LOG = -25.0


@dataclass(frozen=True)
class LineSymbols:
    """What the row network reads in a line.

    Attributes:
        logs: `(steps, 12) float64`, the logarithm of each symbol's probability at each step.
        likely: the likeliest symbols, best first, with the logarithm of their probability.
    """

    logs: np.ndarray
    likely: list[tuple[Symbols, float]]

    @property
    def texts(self) -> dict[str, float]:
        """The digits of the likeliest symbols, best first, with a logarithmic probability each."""
        texts: dict[str, float] = {}
        for symbols, log in self.likely:
            text = "".join(str(symbol) for symbol in symbols if symbol != OTHER)
            texts.setdefault(text, max(log, MIN_LOG))
        return texts

    @property
    def only_digits(self) -> float:
        """The logarithm of the probability that all symbols are digits."""
        total = np.logaddexp.reduce([log for _, log in self.likely])
        digits = [log for symbols, log in self.likely if OTHER not in symbols]
        return max(MIN_LOG, float(np.logaddexp.reduce(digits) - total)) if digits else MIN_LOG

    def log_probability(self, text: str) -> float:
        """The logarithm of the probability of these digits."""
        return max(MIN_LOG, log_probability(self.logs, tuple(int(label) for label in text)))

    def probabilities(self, text: str) -> np.ndarray:
        """`(n, 10) float32`: how likely each digit is, for each digit of `text`."""
        steps = align_symbols(self.logs, tuple(int(label) for label in text))
        logs = self.logs[steps, :OTHER]
        shares = np.exp(logs - logs.max(axis=1, keepdims=True))
        # Where the text has another digit than the likeliest one, the two change places.
        rows, likeliest = np.arange(len(text)), shares.argmax(axis=1)
        labels = np.array([int(label) for label in text], np.intp)
        swapped = shares[rows, labels], shares[rows, likeliest]
        shares[rows, likeliest], shares[rows, labels] = swapped
        return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def read_symbols(row: RowInk, line: TextLine, read_line: ReadLine) -> LineSymbols | None:
    """Read a line with the row network; None if it is too long for a number."""
    image = draw_line_image(row, line)
    if image is None:
        return None
    logs = log_probabilities(read_line(image.pixels))
    return LineSymbols(logs, find_likely_symbols(logs))
