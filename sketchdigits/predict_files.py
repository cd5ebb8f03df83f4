"""Image files -> the likeliest digits of each, through the same preprocessing as the page.

    python -m train predict drawings/ scans/*.png --format csv

A file that can't be read is reported in its place, and the others are read all the same.
"""

from __future__ import annotations

import csv
import glob
import io
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sketchdigits import DigitClassifier, SketchdigitsError

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
FORMATS = ("table", "json", "csv")


@dataclass(frozen=True)
class FileAnswer:
    """One file's answer: its likeliest digits with their probabilities, or why there is none.

    `digit_score` and `is_digit` are `Prediction`'s; None where there is no answer, or no score.
    """

    file: str
    top: tuple[tuple[int, float], ...] = ()
    digit_score: float | None = None
    is_digit: bool | None = None
    error: str = ""


def find_files(patterns: Iterable[str]) -> list[str]:
    """Files, the images in folders and below them, and whatever globs match, in this order.

    A file that is named is taken whatever its suffix, and even if it isn't there: reading it
    will say so.
    """
    found: list[str] = []
    for pattern in patterns:
        if os.path.isdir(pattern):
            found += _images_below(pattern) or [pattern]
        elif os.path.exists(pattern):
            found.append(pattern)
        else:  # the shell leaves a glob alone that it can't match
            matches = sorted(glob.glob(pattern, recursive=True))
            for match in matches or [pattern]:
                found += _images_below(match) if os.path.isdir(match) else [match]
    return list(dict.fromkeys(found))


def _images_below(folder: str) -> list[str]:
    images = (path for path in Path(folder).rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    return sorted(str(path) for path in images if path.is_file())


def predict_files(
    classifier: DigitClassifier, files: Iterable[str], k: int = 3
) -> Iterator[FileAnswer]:
    """The `k` likeliest digits of every file, one after the other."""
    for file in files:
        # A name in bytes that are no text can't be printed as it is.
        shown = os.fsencode(file).decode(errors="replace")
        if os.path.isdir(file):
            suffixes = ", ".join(IMAGE_SUFFIXES)
            yield FileAnswer(shown, error=f"No image in this folder ({suffixes}).")
            continue
        try:
            found = classifier.predict(file)
            yield FileAnswer(shown, tuple(found.top(k)), found.digit_score, found.is_digit)
        except SketchdigitsError as error:
            yield FileAnswer(shown, error=os.fsencode(str(error)).decode(errors="replace"))
        except OSError as error:
            yield FileAnswer(shown, error=f"Can't read this file: {error.strerror}.")


def format_answers(answers: list[FileAnswer], style: str) -> str:
    """All answers as a table for people, or as JSON or CSV for programs."""
    if style == "json":
        content = [
            {
                "file": answer.file,
                "digits": [{"digit": digit, "probability": share} for digit, share in answer.top],
                "digit_score": answer.digit_score,
                "is_digit": answer.is_digit,
                "error": answer.error or None,
            }
            for answer in answers
        ]
        return json.dumps(content, indent=2)
    if style == "csv":
        return _csv(answers)
    width = max((len(answer.file) for answer in answers), default=0)
    return "\n".join(f"{answer.file:<{width}}  {_sentence(answer)}" for answer in answers)


def _sentence(answer: FileAnswer) -> str:
    if answer.error:
        return f"-  {answer.error}"
    digits = "   ".join(f"{digit} {share:6.1%}" for digit, share in answer.top)
    return digits if answer.is_digit else f"{digits}   doesn't look like a digit"


def _csv(answers: list[FileAnswer]) -> str:
    """A row a file: file, digit_1, probability_1, ..., digit_score, is_digit, error."""
    ranks = range(max((len(answer.top) for answer in answers), default=0))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = [name for rank in ranks for name in (f"digit_{rank + 1}", f"probability_{rank + 1}")]
    writer.writerow(["file", *columns, "digit_score", "is_digit", "error"])
    for answer in answers:
        cells: list[object] = [cell for pair in answer.top for cell in pair]
        cells += [""] * (len(columns) - len(cells))
        verdict = [answer.digit_score, answer.is_digit]  # None is an empty cell
        writer.writerow([answer.file, *cells, *verdict, answer.error])
    return stream.getvalue().rstrip("\n")
