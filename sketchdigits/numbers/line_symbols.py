"""What the row network reads in a line: the likeliest texts, and where each symbol stands.

Enters: the ink of a row, the marks of one line, and the function that runs the network. Leaves:
`LineSymbols`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

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
# Several digits of at least this probability, a logarithm, are not one digit. It was chosen on
# validation: of drawings of one digit, fewer than one in a thousand reach it.
MIN_SEVERAL_LOG = -0.1
# A text of at least the first probability, a logarithm, is sure enough to contradict another one
# that is less likely by the second number. They were chosen on validation rows in forms.
MIN_CONTRADICTING_LOG, MIN_CONTRADICTION = -1.0, 4.0


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
    def best(self) -> Symbols:
        """The likeliest symbols."""
        return self.likely[0][0]

    @property
    def log(self) -> float:
        """The logarithm of their probability."""
        return max(MIN_LOG, self.likely[0][1])

    def log_of(self, text: str) -> float:
        """The logarithm of the probability of these digits."""
        return max(MIN_LOG, log_probability(self.logs, tuple(int(label) for label in text)))

    def contradicts(self, text: str) -> bool:
        """Whether the network is sure of other digits, and that these ones are not there."""
        is_sure = OTHER not in self.best and self.log >= MIN_CONTRADICTING_LOG
        return is_sure and self.log_of(text) <= self.log - MIN_CONTRADICTION

    @property
    def margin(self) -> float:
        """How much less likely the second best symbols are: a difference of logarithms."""
        return self.likely[0][1] - self.likely[1][1] if len(self.likely) > 1 else -MIN_LOG

    @property
    def only_digits(self) -> float:
        """The logarithm of the probability that all symbols are digits."""
        total = np.logaddexp.reduce([log for _, log in self.likely])
        digits = [log for symbols, log in self.likely if OTHER not in symbols]
        return max(MIN_LOG, float(np.logaddexp.reduce(digits) - total)) if digits else MIN_LOG

    @property
    def has_several(self) -> bool:
        """Whether the network is sure that there are several digits."""
        return self.may_be_several and self.log >= MIN_SEVERAL_LOG

    @property
    def may_be_several(self) -> bool:
        """Whether several digits are likelier than all else together."""
        return len(self.best) > 1 and OTHER not in self.best and self.log >= math.log(0.5)

    @cached_property
    def _steps(self) -> np.ndarray:
        return np.array(align_symbols(self.logs, self.best), np.intp)

    @property
    def columns(self) -> np.ndarray:
        """`(n,) float64`: the column of the row's ink at which each of the best symbols stands."""
        # The symbols of one step of the network lie side by side in its middle.
        width = COLUMNS_PER_STEP / SYMBOLS_PER_STEP
        first = FIRST_MIDDLE - width * (SYMBOLS_PER_STEP - 1) / 2
        return self.left + (first + width * self._steps - MARGIN) / self.scale

    def probabilities(self, place: int) -> np.ndarray:
        """`(10,) float32`: how likely each digit is at one of the best symbols, a digit."""
        logs = self.logs[self._steps[place], :OTHER]
        shares = np.exp(logs - logs.max())
        # Paths through other steps count for the text, too: its digit is the likeliest one.
        label, likeliest = self.best[place], int(shares.argmax())
        shares[[label, likeliest]] = shares[[likeliest, label]]
        return (shares / shares.sum()).astype(np.float32)


def read_symbols(row: RowInk, line: TextLine, read_line: ReadLine) -> LineSymbols | None:
    """Read a line with the row network; None if it is too long for a number."""
    image = draw_line_image(row, line)
    if image is None:
        return None
    logs = log_probabilities(read_line(image.pixels))
    return LineSymbols(logs, find_likely_symbols(logs), image.left, image.scale)
