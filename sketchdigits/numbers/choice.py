"""The ways to divide a line, and what the row network reads in it -> the best text.

Both say how likely a text is: the path that divides the line into this text's digits, by its
digits' scores; and the network. Their logarithms are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sketchdigits.numbers.best_path import Path, Step, find_path_of_text
from sketchdigits.numbers.line_symbols import LineSymbols

# How much the network counts, against the path. It was chosen on validation rows.
NETWORK_WEIGHT = 1.0
# Of the network's texts, this many are compared, and none that is less likely than the best one by
# more than the second number (a logarithm).
MAX_TEXTS, MAX_BEHIND = 4, 8.0


@dataclass(frozen=True)
class Choice:
    """A text of a line.

    Attributes:
        path: the best way to divide the line into this text's digits.
        network: the logarithm of the text's probability by the network.
        score: of both together.
    """

    path: Path
    network: float
    score: float


def choose_texts(
    paths: Sequence[Path], steps: Sequence[Step], count: int, symbols: LineSymbols
) -> list[Choice]:
    """The possible texts of a line, best first.

    Args:
        paths: the best ones, without the network.
        steps: what the line's pieces may be.
        count: the number of pieces.
        symbols: what the network reads.
    """
    found = {path.text: path for path in paths}
    likely = symbols.texts
    best = next(iter(likely.values()))
    for text, log in list(likely.items())[:MAX_TEXTS]:
        if text not in found and log > best - MAX_BEHIND:
            path = find_path_of_text(steps, count, text)
            if path is not None:
                found[text] = path
    choices = []
    for text, path in found.items():
        network = likely[text] if text in likely else symbols.log_probability(text)
        choices.append(Choice(path, network, path.score + NETWORK_WEIGHT * network))
    return sorted(choices, key=lambda choice: -choice.score)
