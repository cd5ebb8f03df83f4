"""The scores of all segments -> the best way to divide a line into digits and marks.

A line is a chain of pieces. A path goes from its first piece to its last one, and takes each piece
as a digit, as a part of one, as a mark that is left out, or as ink that can't be explained. Its
score is the sum of its steps' scores, which are logarithms. The best path is found by dynamic
programming (Casey and Lecolinet 1996, "A Survey of Methods and Strategies in Character
Segmentation").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

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
        scores: of each of the ten digits, or of each place of a text; empty for other kinds.
    """

    first: int
    end: int
    kind: Kind
    score: float
    label: str = ""
    scores: tuple[float, ...] = ()


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


def find_path_by_place(steps: Sequence[Step], count: int, labels: Sequence[str]) -> Path | None:
    """The best path with one digit step for each of `labels`; None if there is none.

    Args:
        steps: all possible ones. The scores of each digit step are those of each place in `labels`.
        count: the number of pieces.
        labels: what the digit steps are, from left to right.
    """
    places = len(labels)
    best = np.full((count + 1, places + 1), -np.inf)
    best[0, 0] = 0.0
    last = np.full(best.shape, -1, np.intp)
    for index, step in sorted(enumerate(steps), key=lambda item: item[1].end):
        if step.kind == "digit":
            found, chosen = best[step.end, 1:], last[step.end, 1:]
            scores = best[step.first, :-1] + np.array(step.scores)
        else:
            found, chosen = best[step.end], last[step.end]
            scores = best[step.first] + step.score
        is_better = scores > found
        found[is_better] = scores[is_better]
        chosen[is_better] = index
    end, used = count, places
    if best[end, used] == -np.inf:
        return None
    taken: list[Step] = []
    while end:
        step = steps[last[end, used]]
        if step.kind == "digit":
            used -= 1
            step = replace(step, label=labels[used], score=step.scores[used])
        taken.append(step)
        end = step.first
    return Path(float(best[count, places]), tuple(reversed(taken)), "".join(labels))


def follow_path(steps: Sequence[Step], path: Path) -> Path:
    """The same path with the scores of `steps`: those of its digits' labels."""
    scored = {(step.first, step.end, step.kind): step for step in steps}
    taken = []
    for step in path.steps:
        found = scored.get((step.first, step.end, step.kind), step)
        score = found.scores[int(step.label)] if found.kind == "digit" else found.score
        taken.append(replace(found, label=step.label, score=score))
    return Path(sum(step.score for step in taken), tuple(taken), path.text)
