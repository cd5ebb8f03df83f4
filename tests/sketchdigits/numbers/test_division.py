"""A line that the row network has read: each digit gets the ink at its column."""

import numpy as np
import pytest

from sketchdigits.architectures.row_cnn import BLANK, NUM_SYMBOLS, OTHER
from sketchdigits.numbers.best_path import Step, find_path_by_place, follow_path
from sketchdigits.numbers.ctc import find_likely_symbols, log_probabilities
from sketchdigits.numbers.cuts import cut_mark_between
from sketchdigits.numbers.division import OTHER_LABEL, divide_line
from sketchdigits.numbers.line_symbols import MIN_LOG, LineSymbols
from sketchdigits.numbers.pieces import Piece

HEIGHT = 60.0


def mark(number, left, right, *, top=0, bottom=60, mask=None):
    mask = np.ones((bottom - top, right - left), bool) if mask is None else mask
    return Piece(number, 0, 1, (top, left, bottom, right), mask)


def divide(marks, symbols, columns):
    return divide_line(marks, HEIGHT, (), symbols, np.array(columns, float))


def spans(pieces, path):
    """Left and right end of each step that is a digit."""
    return [
        (
            min(piece.box[1] for piece in pieces[step.first : step.end]),
            max(piece.box[3] for piece in pieces[step.first : step.end]),
        )
        for step in path.steps
        if step.kind == "digit"
    ]


def test_marks_apart_are_a_digit_each():
    pieces, _, path = divide([mark(0, 0, 30), mark(1, 40, 70)], (4, 2), (12, 58))
    assert path.text == "42"
    assert spans(pieces, path) == [(0, 30), (40, 70)]


def test_mark_with_two_digits_is_cut_between_them():
    mask = np.zeros((60, 80), bool)
    mask[:, 5:30] = mask[:, 50:75] = mask[30, :] = True  # two bars, joined by a thin line
    pieces, _, path = divide([mark(0, 0, 80, mask=mask)], (1, 1), (15, 62))
    [first, second] = spans(pieces, path)
    assert 30 <= first[1] <= 50
    assert first[0] == 0
    assert second[1] == 80


def test_digit_in_two_marks_keeps_both():
    """A 5 whose top stands apart."""
    marks = [mark(0, 0, 30, top=12), mark(1, 12, 34, bottom=8), mark(2, 50, 80)]
    pieces, _, path = divide(marks, (5, 3), (15, 64))
    assert spans(pieces, path) == [(0, 34), (50, 80)]


def test_what_is_no_digit_stays_unexplained():
    marks = [mark(0, 0, 30), mark(1, 40, 70), mark(2, 80, 110)]
    _, _, path = divide(marks, (4, OTHER, 2), (15, 55, 95))
    assert path.text == "42"
    assert [step.kind for step in path.steps] == ["digit", "unexplained", "digit"]
    assert path.steps[1].label == OTHER_LABEL


def test_symbol_without_ink_has_no_division():
    assert divide([mark(0, 0, 30)], (4, 2), (15, 300)) is None


def test_cut_follows_a_slanted_gap():
    """Two slanted bars that a straight line from top to bottom can't part."""
    mask = np.zeros((60, 80), bool)
    for row in range(60):
        left = 30 - row // 2
        mask[row, left : left + 10] = mask[row, left + 25 : left + 35] = True
    mask[30, 15:50] = True
    numbers, inks = cut_mark_between(mask, HEIGHT, (20, 45))
    assert inks[0] <= 3
    assert (numbers[5, 30:38] == 0).all()
    assert (numbers[55, 30:38] == 1).all()


def digit_step(first, end, *scores):
    return Step(first, end, "digit", 0.0, "", scores)


def test_path_by_place_uses_each_places_score():
    steps = [digit_step(0, 1, -1.0, -9.0), digit_step(1, 2, -9.0, -2.0), digit_step(0, 2, -1, -1)]
    path = find_path_by_place(steps, 2, ["7", "5"])
    assert path is not None
    assert path.text == "75"
    assert path.score == pytest.approx(-3)
    three = [digit_step(0, 1, -1, -1, -1), digit_step(1, 2, -1, -1, -1)]
    assert find_path_by_place(three, 2, ["7", "5", "5"]) is None


def test_followed_path_has_the_scores_of_its_labels():
    steps = [digit_step(0, 1, -1.0, -9.0), digit_step(1, 2, -9.0, -2.0)]
    path = find_path_by_place(steps, 2, ["7", "5"])
    assert path is not None
    read = [digit_step(0, 1, *range(10)), digit_step(1, 2, *range(10, 20))]
    assert [step.score for step in follow_path(read, path).steps] == [7, 15]


def read_as(*symbols, sureness=8.0):
    """What a network reads that is fairly sure of these symbols."""
    logits = np.zeros((2 * len(symbols) + 1, NUM_SYMBOLS))
    logits[::2, BLANK] = sureness
    for index, symbol in enumerate(symbols):
        logits[2 * index + 1, symbol] = sureness
    logs = log_probabilities(logits)
    return LineSymbols(logs, find_likely_symbols(logs))


def test_network_says_whether_all_symbols_are_digits():
    assert read_as(1, 5).only_digits > -0.1
    assert read_as(1, OTHER).only_digits < -4
    assert read_as(OTHER).only_digits >= MIN_LOG
    assert read_as(1, OTHER, 5).best == (1, OTHER, 5)


def test_several_digits_are_known_only_if_the_network_is_sure():
    assert read_as(1, 5).has_several
    assert not read_as(1, 5, sureness=3.0).has_several
    assert read_as(1, 5, sureness=4.8).may_be_several
    assert not read_as(1, 5, sureness=1.0).may_be_several
    assert not read_as(5).may_be_several
    assert not read_as(5).has_several
    assert not read_as(1, OTHER).has_several


def test_columns_of_symbols_ascend_and_their_digits_are_the_likeliest():
    symbols = read_as(3, 1, 4)
    assert (np.diff(symbols.columns) > 0).all()
    for place, label in enumerate((3, 1, 4)):
        probabilities = symbols.probabilities(place)
        assert probabilities.argmax() == label
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)
