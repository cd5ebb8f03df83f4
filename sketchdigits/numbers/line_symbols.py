"""What the row network reads in a line: the likeliest texts, and where each symbol stands.

Enters: the ink of a row, the marks of one line, and the function that runs the network. Leaves:
`LineSymbols`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sketchdigits.architectures.row_cnn import (
    COLUMNS_PER_STEP,
    FIRST_MIDDLE,
    OTHER,
    SYMBOLS_PER_STEP,
)
from sketchdigits.numbers.ctc import (
    Symbols,
    align_symbols,
    find_likely_symbols,
    log_probabilities,
    log_probability,
)
from sketchdigits.numbers.line_image import MARGIN, draw_line_image
from sketchdigits.numbers.row_ink import RowInk
from sketchdigits.numbers.text_lines import TextLine

ReadLine = Callable[[np.ndarray], np.ndarray]
"""Runs the row network: `(32, width) uint8` -> `(steps, 12) float32` logits."""

# The lowest logarithm of a text's probability.
MIN_LOG = -25.0
# A text of at least this probability, a logarithm, is sure. It was chosen on validation rows.
MIN_SURE_LOG = -0.1


@dataclass(frozen=True)
class LineSymbols:
    """What the row network reads in a line.

    Attributes:
        logs: `(steps, 12) float64`, the logarithm of each symbol's probability at each step.
        likely: the likeliest symbols, best first, with the logarithm of their probability.
        left, scale: where the line's image lies on the row's ink, as for `LineImage`.
    """

    logs: np.ndarray
    likely: list[tuple[Symbols, float]]
    left: int = 0
    scale: float = 1.0

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

    @property
    def sureness(self) -> float:
        """The logarithm of the share of the likeliest symbols."""
        total = np.logaddexp.reduce([log for _, log in self.likely])
        return float(self.likely[0][1] - total)

    @property
    def is_sure(self) -> bool:
        """Whether the network is sure of the text, and that it has digits alone."""
        symbols, log = self.likely[0]
        is_likely = min(log, self.sureness) >= MIN_SURE_LOG
        return bool(symbols) and OTHER not in symbols and is_likely

    def columns(self, text: str) -> np.ndarray:
        """`(n,) float64`: the column of the row's ink at which each digit of `text` stands."""
        steps = np.array(align_symbols(self.logs, tuple(int(label) for label in text)))
        # The symbols of one step of the network lie side by side in its middle.
        offset = FIRST_MIDDLE - COLUMNS_PER_STEP * (SYMBOLS_PER_STEP - 1) / SYMBOLS_PER_STEP / 2
        middles = steps * COLUMNS_PER_STEP / SYMBOLS_PER_STEP + offset
        return self.left + (middles - MARGIN) / self.scale

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
    return LineSymbols(logs, find_likely_symbols(logs), image.left, image.scale)
