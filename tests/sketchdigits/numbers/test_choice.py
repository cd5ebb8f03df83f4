"""The text of a line: by the ways to divide it and the row network together."""

import numpy as np
import pytest

from sketchdigits.architectures.row_cnn import BLANK, NUM_SYMBOLS, OTHER
from sketchdigits.numbers.best_path import Step, find_best_paths, find_path_of_text
from sketchdigits.numbers.choice import choose_texts
from sketchdigits.numbers.ctc import find_likely_symbols, log_probabilities
from sketchdigits.numbers.line_symbols import MIN_LOG, LineSymbols


def digit_step(first, end, **scores):
    """A digit step with these scores, such as `_5=-0.1`; the other labels have -9."""
    values = [scores.get(f"_{label}", -9.0) for label in range(10)]
    best = int(np.argmax(values))
    return Step(first, end, "digit", values[best], str(best), tuple(values))


# A mark cut into two pieces: both together are a 5, the parts are 1 and 5 with less certainty.
STEPS = [
    digit_step(0, 2, _5=-0.2),
    digit_step(0, 1, _1=-0.8, _7=-1.0),
    digit_step(1, 2, _5=-0.5),
    Step(0, 1, "unexplained", -7.0),
    Step(1, 2, "unexplained", -7.0),
]
PATHS = find_best_paths(STEPS, 2)


def read_as(*symbols, sureness=8.0):
    """What a network reads that is fairly sure of these symbols."""
    logits = np.zeros((2 * len(symbols) + 1, NUM_SYMBOLS))
    logits[::2, BLANK] = sureness
    for index, symbol in enumerate(symbols):
        logits[2 * index + 1, symbol] = sureness
    logs = log_probabilities(logits)
    return LineSymbols(logs, find_likely_symbols(logs))


def test_without_the_network_the_best_path_wins():
    assert PATHS[0].text == "5"


def test_sure_network_parts_digits_that_touch():
    best = choose_texts(PATHS, STEPS, 2, read_as(1, 5))[0]
    assert best.path.text == "15"
    assert [(step.first, step.end, step.label) for step in best.path.steps] == [
        (0, 1, "1"),
        (1, 2, "5"),
    ]


def test_unsure_network_does_not_outweigh_a_sure_path():
    steps = [digit_step(0, 2, _5=-0.001), *STEPS[1:]]
    paths = find_best_paths(steps, 2)
    assert choose_texts(paths, steps, 2, read_as(1, 5, sureness=0.3))[0].path.text == "5"


def test_path_of_a_text_may_read_a_segment_as_another_digit():
    path = find_path_of_text(STEPS, 2, "75")
    assert path.text == "75"
    assert path.score == pytest.approx(-1.0 - 0.5)
    assert [step.label for step in path.steps] == ["7", "5"]


def test_text_with_more_digits_than_pieces_has_no_path():
    assert find_path_of_text(STEPS, 2, "155") is None
    assert choose_texts(PATHS, STEPS, 2, read_as(1, 5, 5))[0].path.text in ("5", "15")


def test_network_says_whether_all_symbols_are_digits():
    assert read_as(1, 5).only_digits > -0.1
    assert read_as(1, OTHER).only_digits < -4
    assert read_as(OTHER).only_digits >= MIN_LOG
    assert next(iter(read_as(1, OTHER, 5).texts)) == "15"


def test_digit_of_a_text_has_the_texts_label():
    symbols = read_as(1, 5)
    for text in ("15", "16"):
        probabilities = symbols.probabilities(text)
        assert [str(label) for label in probabilities.argmax(axis=1)] == list(text)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
