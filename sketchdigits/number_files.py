"""Image files -> the number on each: what `sketchdigits predict --numbers` prints.

A file that can't be read gets an error as its answer; the other files are still read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import indent

from sketchdigits.classifier import DigitClassifier
from sketchdigits.errors import SketchdigitsError
from sketchdigits.numbers import NumberReading
from sketchdigits.predict_files import EMPTY_FOLDER, csv_row, printable_name

COLUMNS = ("file", "text", "is_number", "confidence", "unexplained", "error")


@dataclass(frozen=True)
class NumberAnswer:
    """The number on one file, or the reason why it could not be read.

    Attributes:
        file: its name, printable.
        reading: None if the file could not be read.
        error: the reason; empty if the file was read.
    """

    file: str
    reading: NumberReading | None = None
    error: str = ""


def read_number_files(classifier: DigitClassifier, files: Iterable[str]) -> Iterator[NumberAnswer]:
    """Read the files one by one; yield the number on each, or its error."""
    for file in files:
        shown = printable_name(file)
        if os.path.isdir(file):
            yield NumberAnswer(shown, error=EMPTY_FOLDER)
            continue
        try:
            yield NumberAnswer(shown, classifier.read_number(file))
        except SketchdigitsError as error:
            yield NumberAnswer(shown, error=printable_name(str(error)))
        except OSError as error:
            yield NumberAnswer(shown, error=f"Can't read this file: {error.strerror}.")


def format_numbers(
    answers: Iterable[NumberAnswer], style: str, *, k: int, width: int
) -> Iterator[str]:
    """Yield the output in pieces, one for each answer as soon as it is there.

    Args:
        answers: of `read_number_files`.
        style: "table", "json" (one list) or "csv" (with `COLUMNS`).
        k: how many of the likeliest labels each digit has in "json", 1-10.
        width: characters of the longest file name; gives the first column of "table".

    Yields:
        text with its line ends; all pieces together are the output.
    """
    if style == "json":
        return _json(answers, k)
    if style == "csv":
        return _csv(answers)
    return (f"{answer.file:<{width}}  {_table_cell(answer)}\n" for answer in answers)


def _table_cell(answer: NumberAnswer) -> str:
    reading = answer.reading
    if reading is None:
        return f"-  {answer.error}"
    text = " / ".join(reading.lines) or "-"
    remark = "" if reading.is_number else "   doesn't look like a number"
    return f"{text} {reading.confidence:6.1%}{remark}"


def _json(answers: Iterable[NumberAnswer], k: int) -> Iterator[str]:
    before = "[\n"
    for answer in answers:
        content = {"file": answer.file, **_describe(answer.reading, k)}
        content["error"] = answer.error or None
        yield before + indent(json.dumps(content, indent=2), "  ")
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _describe(reading: NumberReading | None, k: int) -> dict[str, object]:
    """The fields of a reading, or the same fields as null."""
    if reading is None:
        names = ("text", "is_number", "confidence", "lines", "digits", "left_out", "unexplained")
        return dict.fromkeys(names)
    return {
        "text": reading.text,
        "is_number": reading.is_number,
        "confidence": reading.confidence,
        "lines": list(reading.lines),
        "digits": [
            {
                "digit": digit.label,
                "top": [{"digit": label, "probability": share} for label, share in digit.top(k)],
                "box": list(box),
            }
            for digit, box in zip(reading.digits, reading.boxes, strict=True)
        ],
        "left_out": [list(box) for box in reading.left_out],
        "unexplained": [list(box) for box in reading.unexplained],
    }


def _csv(answers: Iterable[NumberAnswer]) -> Iterator[str]:
    yield csv_row(list(COLUMNS))
    for answer in answers:
        reading = answer.reading
        cells: list[object] = [""] * 4
        if reading is not None:
            cells = [
                reading.text,
                reading.is_number,
                reading.confidence,
                " ".join("x".join(map(str, box)) for box in reading.unexplained),
            ]
        yield csv_row([answer.file, *cells, answer.error])
