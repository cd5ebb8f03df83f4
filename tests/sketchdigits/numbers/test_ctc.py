"""The row network's output: texts by beam search, as likely as all their paths together."""

import itertools
import math

import numpy as np
import pytest

from sketchdigits.architectures.row_cnn import BLANK, NUM_SYMBOLS, OTHER
from sketchdigits.numbers.ctc import (
    align_symbols,
    find_likely_symbols,
    log_probabilities,
    log_probability,
)

FEW = (1, 7, OTHER, BLANK)  # symbols that are possible; the others are not


def random_logs(steps: int, seed: int) -> np.ndarray:
    logits = np.full((steps, NUM_SYMBOLS), -60.0)
    logits[:, FEW] = np.random.default_rng(seed).normal(0, 2, (steps, len(FEW)))
    return log_probabilities(logits)


def sum_paths(logs: np.ndarray) -> dict[tuple[int, ...], float]:
    """The probability of each text: the sum of all paths that collapse to it."""
    found: dict[tuple[int, ...], float] = {}
    for path in itertools.product(FEW, repeat=len(logs)):
        text = tuple(symbol for symbol, _ in itertools.groupby(path) if symbol != BLANK)
        log = sum(step[symbol] for step, symbol in zip(logs, path, strict=True))
        found[text] = found.get(text, 0.0) + math.exp(log)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_beam_search_finds_the_likeliest_text(seed):
    logs = random_logs(5, seed)
    exact = sum_paths(logs)
    text, log = find_likely_symbols(logs)[0]
    assert exact[text] == max(exact.values())
    # A few unlikely paths were left on the way.
    assert 0.9 * exact[text] < math.exp(log) < 1.001 * exact[text]


@pytest.mark.parametrize("seed", range(3))
def test_probability_of_a_text_is_the_sum_of_its_paths(seed):
    logs = random_logs(5, seed)
    for text, probability in sum_paths(logs).items():
        assert log_probability(logs, text) == pytest.approx(math.log(probability), rel=1e-6)


def test_text_that_needs_more_steps_than_there_are_is_impossible():
    assert log_probability(random_logs(2, 0), (1, 1)) == -math.inf


def test_same_digit_twice_needs_a_blank_between():
    logits = np.full((5, NUM_SYMBOLS), -20.0)
    for step, symbol in enumerate((1, 1, BLANK, 1, BLANK)):
        logits[step, symbol] = 20.0
    logs = log_probabilities(logits)
    assert find_likely_symbols(logs)[0][0] == (1, 1)
    assert align_symbols(logs, (1, 1))[1] == 3


def test_steps_of_blanks_leave_one_text():
    logits = np.full((50, NUM_SYMBOLS), -30.0)
    logits[:, BLANK] = 30.0
    assert align_symbols(log_probabilities(logits), ()) == []
    assert find_likely_symbols(log_probabilities(logits)) == [((), pytest.approx(0.0, abs=1e-9))]


@pytest.mark.parametrize("seed", range(5))
def test_symbols_stand_where_they_are_likely_in_their_order(seed):
    logs = random_logs(9, seed)
    symbols, _ = find_likely_symbols(logs)[0]
    steps = align_symbols(logs, symbols)
    assert steps == sorted(set(steps))
    for step, symbol in zip(steps, symbols, strict=True):
        assert logs[step, symbol] > -6


def test_symbols_of_the_likeliest_path_are_aligned_with_it():
    logits = np.full((9, NUM_SYMBOLS), -20.0)
    for step, (symbol, height) in enumerate(
        [(BLANK, 9), (1, 5), (1, 9), (BLANK, 9), (1, 9), (1, 5), (7, 3), (7, 9), (BLANK, 9)]
    ):
        logits[step, symbol] = height
    logits[:, OTHER] = 0.0
    assert align_symbols(log_probabilities(logits), (1, 1, 7)) == [2, 4, 7]
