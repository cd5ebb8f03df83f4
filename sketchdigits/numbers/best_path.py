"""The scores of all segments -> the best way to divide a line into digits and marks.

A line is a chain of pieces. A path goes from its first piece to its last one, and takes each piece
as a digit, as a part of one, as a mark that is left out, or as ink that can't be explained. Its
score is the sum of its steps' scores, which are logarithms. The best path is found by dynamic
programming (Casey and Lecolinet 1996, "A Survey of Methods and Strategies in Character
Segmentation").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["digit", "mark", "unexplained"]
# This many of the best paths to each piece are kept: the second one tells how sure the first is.
KEPT_PATHS = 4


@dataclass(frozen=True)
class Step:
    """A step of a path: the pieces from `first` to `end`, which is exclusive.

    Attributes:
        first, end: numbers of pieces.
        kind: what these pieces are.
        score: the higher, the likelier; about the logarithm of a probability.
        label: the digit; empty for other kinds.
    """

    first: int
    end: int
    kind: Kind
    score: float
    label: str = ""


@dataclass(frozen=True)
class Path:
    """A way through a line, and the text of its digits."""

    score: float
    steps: tuple[Step, ...]
    text: str


def find_best_paths(steps: Sequence[Step], count: int) -> list[Path]:
    """The best paths through `count` pieces, best first, each with another text.

    Args:
        steps: all possible ones. Each piece alone must be the step of some path.
        count: the number of pieces.
    """
    ending: list[list[Step]] = [[] for _ in range(count + 1)]
    for step in steps:
        ending[step.end].append(step)
    best: list[list[Path]] = [[Path(0.0, (), "")]]
    for end in range(1, count + 1):
        paths = [
            Path(path.score + step.score, (*path.steps, step), path.text + step.label)
            for step in ending[end]
            for path in best[step.first]
        ]
        paths.sort(key=lambda path: -path.score)
        kept: dict[str, Path] = {}
        for path in paths:
            kept.setdefault(path.text, path)
            if len(kept) == KEPT_PATHS:
                break
        best.append(list(kept.values()))
    return best[count]
