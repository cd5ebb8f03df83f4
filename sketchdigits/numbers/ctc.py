"""The row network's logits -> the likeliest texts of a line, and where each symbol stands.

Prefix beam search (Hannun et al. 2014, "First-Pass Large Vocabulary Continuous Speech Recognition
using Bi-Directional Recurrent DNNs", algorithm 1), without a language model: digits of a number
don't tell which one follows.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from sketchdigits.architectures.row_cnn import BLANK, NUM_SYMBOLS

# Texts that are kept at each step; symbols less likely than this are not tried.
BEAM_WIDTH = 8
MIN_PROBABILITY = 1e-3

Symbols = tuple[int, ...]


def log_probabilities(logits: np.ndarray) -> np.ndarray:
    """`(steps, 12)` logits of one line -> natural logarithms of probabilities, `float64`."""
    symbols = logits.reshape(-1, NUM_SYMBOLS).astype(np.float64)
    symbols -= symbols.max(axis=1, keepdims=True)
    return symbols - np.log(np.exp(symbols).sum(axis=1, keepdims=True))


def find_likely_symbols(logs: np.ndarray) -> list[tuple[Symbols, float]]:
    """The likeliest symbols of a line, best first, with the logarithm of their probability.

    Args:
        logs: `(n, 12)`, of `log_probabilities`.
    """
    # For each text: the probabilities of its paths that end with a blank, and with its last symbol.
    beam: dict[Symbols, tuple[float, float]] = {(): (1.0, 0.0)}
    scale = 0.0
    probabilities = np.exp(logs)
    places, symbols = np.nonzero(probabilities[:, :BLANK] >= MIN_PROBABILITY)
    tried: dict[int, list[int]] = {}
    for place, symbol in zip(places.tolist(), symbols.tolist(), strict=True):
        tried.setdefault(place, []).append(symbol)
    # Between these steps there are blanks alone: all texts stay, each as likely as before.
    blanks = np.concatenate([[0.0], np.cumsum(logs[:, BLANK])])
    done = 0
    for place, likely in tried.items():
        if place > done:
            scale += float(blanks[place] - blanks[done])
            beam = {text: (sum(ends), 0.0) for text, ends in beam.items()}
        done = place + 1
        step = probabilities[place].tolist()
        found: dict[Symbols, list[float]] = {}
        for text, (ends_blank, ends_symbol) in beam.items():
            both = ends_blank + ends_symbol
            same = found.setdefault(text, [0.0, 0.0])
            same[0] += both * step[BLANK]
            last = text[-1] if text else BLANK
            if text:
                same[1] += ends_symbol * step[last]
            for symbol in likely:
                # The same symbol again is a new one only after a blank.
                before = ends_blank if symbol == last else both
                if before:
                    found.setdefault((*text, symbol), [0.0, 0.0])[1] += before * step[symbol]
        best = sorted(found.items(), key=lambda item: -item[1][0] - item[1][1])[:BEAM_WIDTH]
        total = sum(best[0][1]) or 1e-300
        scale += math.log(total)
        beam = {text: (blank / total, end / total) for text, (blank, end) in best}
    scale += float(blanks[-1] - blanks[done])
    ranked = sorted(beam.items(), key=lambda item: -sum(item[1]))
    return [(text, scale + math.log(max(sum(ends), 1e-300))) for text, ends in ranked]


def log_probability(logs: np.ndarray, symbols: Symbols) -> float:
    """The logarithm of the probability of these symbols; the forward algorithm."""
    states, can_skip = _states(symbols)
    forward = np.full(len(states), -np.inf)
    forward[:2] = logs[0, states[:2]]
    for step in logs[1:]:
        moved = forward.copy()
        moved[1:] = np.logaddexp(moved[1:], forward[:-1])
        moved[2:] = np.where(can_skip[2:], np.logaddexp(moved[2:], forward[:-2]), moved[2:])
        forward = moved + step[states]
    return float(np.logaddexp.reduce(forward[-2:]))


def align_symbols(logs: np.ndarray, symbols: Symbols) -> list[int]:
    """The step at which each of the symbols stands; Viterbi's algorithm.

    Where a symbol is found at several steps, its most likely one counts.
    """
    likeliest = logs.argmax(axis=1)
    starts = np.flatnonzero(np.diff(likeliest, prepend=-1))
    starts = starts[likeliest[starts] != BLANK]
    if tuple(likeliest[starts].tolist()) == symbols:
        # The likeliest path has these symbols already. Each has a run of steps.
        tops = logs.max(axis=1)
        bounds = pairwise([*starts.tolist(), len(logs)])
        found = []
        for (start, end), symbol in zip(bounds, symbols, strict=True):
            run = np.where(likeliest[start:end] == symbol, tops[start:end], -np.inf)
            found.append(start + int(run.argmax()))
        return found
    states, can_skip = _states(symbols)
    best = np.full(len(states), -np.inf)
    best[:2] = logs[0, states[:2]]
    moves = np.zeros((len(logs), len(states)), np.int8)
    for index, step in enumerate(logs[1:], 1):
        choices = np.full((3, len(states)), -np.inf)
        choices[0] = best
        choices[1, 1:] = best[:-1]
        choices[2, 2:] = np.where(can_skip[2:], best[:-2], -np.inf)
        moves[index] = choices.argmax(axis=0)
        best = choices.max(axis=0) + step[states]
    state = len(states) - 1 - int(len(states) > 1 and best[-2] > best[-1])
    steps: list[list[int]] = [[] for _ in symbols]
    for index in range(len(logs) - 1, -1, -1):
        if state % 2:
            steps[state // 2].append(index)
        state -= int(moves[index, state])
    return [
        max(found, key=lambda index: logs[index, symbol]) if found else 0
        for found, symbol in zip(steps, symbols, strict=True)
    ]


def _states(symbols: Symbols) -> tuple[np.ndarray, np.ndarray]:
    """The symbols with blanks around each, and which of them may follow the last but one."""
    states = np.full(2 * len(symbols) + 1, BLANK)
    states[1::2] = symbols
    can_skip = np.zeros(len(states), bool)
    can_skip[3::2] = states[3::2] != states[1:-2:2]
    return states, can_skip
