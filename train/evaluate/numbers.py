"""How well whole numbers are read: rows of digits by one writer, and pictures without numbers.

Takes a classifier and the hands of one split. Returns `metrics["numbers"]`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from sketchdigits import BlankDrawingError, DigitClassifier
from train.datasets.pendigits import PenDigit
from train.evaluate.reliability import calibration_error
from train.fit.intervals import wilson_interval
from train.rendering.canvas import CanvasStyle, draw_on_canvas
from train.rendering.number_sets import (
    LETTERS,
    PHOTOGRAPHED,
    PLAIN,
    SCRIBBLES,
    UNSEEN,
    WORDS,
    Hands,
    draw_non_numbers,
    draw_numbers,
)
from train.rendering.row_pictures import FORMS, draw_row
from train.rendering.rows import COMPOSING_STYLES, choose_digits, compose_row

# How many pictures are scored of each kind.
ROWS = {PLAIN: 1_000, PHOTOGRAPHED: 500, UNSEEN: 500, **dict.fromkeys(FORMS, 300)}
NON_NUMBERS = {LETTERS: 500, WORDS: 300, SCRIBBLES: 300}
# Rows of five for the time, and the size of the canvases that are compared with them.
TIMED_ROWS, TIMED_DIGITS, TIMED_SIDE = 50, 5, 400


def score_numbers(
    classifier: DigitClassifier,
    hands: Hands,
    writers: Sequence[PenDigit],
    seed: int,
    *,
    share: float = 1.0,
) -> dict[str, Any]:
    """Score whole numbers.

    Args:
        classifier: reads the pictures.
        hands: of the split that is scored.
        writers: pen digits, to compare single digits with `predict`.
        seed: of the pictures.
        share: of the pictures that are drawn, for a quick look.

    Returns:
        `rows`: for each style n, how many texts are right, of those how many are accepted
        (`is_number`), the shares with Wilson's 95 % intervals, and the calibration error;
        `non_numbers`: how many are refused; `one_digit`: how often the answer is that of `predict`;
        `time`: milliseconds of CPU for one digit and for a row of five.
    """

    def some(count: int) -> int:
        return max(1, round(share * count))

    rows = {
        name: _score_rows(classifier, draw_numbers(hands, name, some(count), seed))
        for name, count in ROWS.items()
    }
    refused = {
        name: _score_refusals(classifier, draw_non_numbers(hands, name, some(count), seed))
        for name, count in NON_NUMBERS.items()
    }
    return {
        "rows": rows,
        "non_numbers": {name: found for name, found in refused.items() if found["n"]},
        "one_digit": _compare_single_digits(classifier, writers[: some(len(writers))], seed),
        "time": _measure_time(classifier, hands, seed),
    }


def _score_rows(
    classifier: DigitClassifier, pictures: Iterable[tuple[np.ndarray, str]]
) -> dict[str, Any]:
    right, accepted, confidence = [], [], []
    for picture, text in pictures:
        try:
            reading = classifier.read_number(picture)
        except BlankDrawingError:
            found, is_number, sure = "", False, 0.0
        else:
            found, is_number, sure = reading.text, reading.is_number, reading.confidence
        right.append(found == text)
        accepted.append(is_number)
        confidence.append(sure)
    both = int(np.sum(np.array(right) & np.array(accepted)))
    return {
        **_share("right", int(np.sum(right)), len(right)),
        "accepted": int(np.sum(accepted)),
        "right_and_accepted": both,
        "accepted_but_wrong": int(np.sum(accepted)) - both,
        "expected_calibration_error": calibration_error(np.array(confidence), np.array(right)),
    }


def _score_refusals(classifier: DigitClassifier, pictures: Iterable[np.ndarray]) -> dict[str, Any]:
    refused = [not _is_number(classifier, picture) for picture in pictures]
    return _share("refused", sum(refused), len(refused))


def _is_number(classifier: DigitClassifier, picture: np.ndarray) -> bool:
    try:
        return classifier.read_number(picture).is_number
    except BlankDrawingError:
        return False


def _compare_single_digits(
    classifier: DigitClassifier, digits: Sequence[PenDigit], seed: int
) -> dict[str, Any]:
    """Count the drawings of one digit that `read_number` and `predict` read alike."""
    rng = np.random.default_rng(seed)
    same = 0
    for digit in digits:
        style = CanvasStyle(
            extent=float(rng.uniform(0.3, 0.9)),
            position=(float(rng.random()), float(rng.random())),
        )
        canvas = draw_on_canvas(digit.strokes, style)
        prediction, reading = classifier.predict(canvas), classifier.read_number(canvas)
        is_alike = reading.is_number == prediction.is_digit
        if prediction.verdict != "no digit":
            is_alike &= reading.text == str(prediction.label)
        same += is_alike
    return _share("same", same, len(digits))


def _measure_time(classifier: DigitClassifier, hands: Hands, seed: int) -> dict[str, float]:
    """Compare the CPU time of rows of five digits with that of single ones of the same hands."""
    rows, singles = [], []
    for index in range(TIMED_ROWS):
        rng = np.random.default_rng((seed, index))
        glyphs = choose_digits(hands.choose(rng), rng, (TIMED_DIGITS, TIMED_DIGITS))
        styles = list(COMPOSING_STYLES.values())
        row = compose_row(glyphs, styles[rng.integers(len(styles))], rng, height=TIMED_SIDE / 4)
        single = compose_row(glyphs[:1], styles[0], rng, height=TIMED_SIDE / 2)
        rows.append(draw_row(row, rng))
        singles.append(draw_row(single, rng))
    one = _milliseconds(classifier.predict, singles)
    five = _milliseconds(classifier.read_number, rows)
    return {"one_digit_ms": one, "five_digits_ms": five, "ratio": five / one}


def _milliseconds(read: Callable[[np.ndarray], object], pictures: Sequence[np.ndarray]) -> float:
    """The median CPU time of a picture; the first pass warms up."""
    times: list[float] = []
    for _ in range(2):
        times = []
        for picture in pictures:
            started = time.process_time()
            read(picture)
            times.append(time.process_time() - started)
    return 1_000 * float(np.median(times))


def _share(name: str, count: int, n: int) -> dict[str, Any]:
    interval = wilson_interval(count, n) if n else [0.0, 1.0]
    return {"n": n, name: count, "share": count / max(1, n), "interval_95": interval}
