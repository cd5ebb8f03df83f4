"""Image files -> the likeliest digits of each, through the same preprocessing as the page.

    sketchdigits predict drawings/ scans/*.png --format csv

A file that can't be read gets an error as its answer; the other files are still read.
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

from sketchdigits.classifier import DigitClassifier
from sketchdigits.errors import SketchdigitsError
from sketchdigits.prediction import Verdict

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
FORMATS = ("table", "json", "csv")
# What a table says about a file, by its verdict.
_REMARKS = {"unusual": "   looks unusual", "no digit": "   doesn't look like a digit"}


@dataclass(frozen=True)
class FileAnswer:
    """One file's likeliest digits, or the reason why it could not be read.

    Attributes:
        file: its name, printable.
        top: `((digit, probability), ...)`, best first; empty if the file could not be read.
        digit_score, verdict: as in `Prediction`; None if the file could not be read.
        error: the reason; empty if the file was read.
    """

    file: str
    top: tuple[tuple[int, float], ...] = ()
    digit_score: float | None = None
    verdict: Verdict | None = None
    error: str = ""

    @property
    def is_digit(self) -> bool | None:
        """As in `Prediction`; None if the file could not be read."""
        return None if self.verdict is None else self.verdict == "digit"


def find_files(patterns: Iterable[str]) -> list[str]:
    """Expand names, folders and globs into file names, in the given order, without duplicates.

    A folder stands for all images in it and below it; a folder without images is kept as it is. A
    named file is kept with any suffix, even if it doesn't exist: `predict_files` reports that.
    """
    found: list[str] = []
    for pattern in patterns:
        if os.path.isdir(pattern):
            found += _images_below(pattern) or [pattern]
        elif os.path.exists(pattern):
            found.append(pattern)
        else:  # shells pass a glob on unchanged if they can't match it, or don't know `**`
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
    """Read the files one by one; yield the `k` (1-10) likeliest digits of each, or its error."""
    for file in files:
        # A file name may hold bytes that are not valid UTF-8, which can't be printed.
        shown = os.fsencode(file).decode(errors="replace")
        if os.path.isdir(file):
            suffixes = ", ".join(IMAGE_SUFFIXES)
            yield FileAnswer(shown, error=f"No image in this folder ({suffixes}).")
            continue
        try:
            answer = classifier.predict(file)
            yield FileAnswer(shown, tuple(answer.top(k)), answer.digit_score, answer.verdict)
        except SketchdigitsError as error:
            yield FileAnswer(shown, error=os.fsencode(str(error)).decode(errors="replace"))
        except OSError as error:
            yield FileAnswer(shown, error=f"Can't read this file: {error.strerror}.")


def format_answers(answers: list[FileAnswer], style: str) -> str:
    """All answers as one text; `style` is one of `FORMATS`: "table", "json" or "csv"."""
    if style == "json":
        content = [
            {
                "file": answer.file,
                "digits": [{"digit": digit, "probability": share} for digit, share in answer.top],
                "digit_score": answer.digit_score,
                "is_digit": answer.is_digit,
                "verdict": answer.verdict,
                "error": answer.error or None,
            }
            for answer in answers
        ]
        return json.dumps(content, indent=2)
    if style == "csv":
        return _csv(answers)
    width = max((len(answer.file) for answer in answers), default=0)
    return "\n".join(f"{answer.file:<{width}}  {_table_cell(answer)}" for answer in answers)


def _table_cell(answer: FileAnswer) -> str:
    if answer.error:
        return f"-  {answer.error}"
    digits = "   ".join(f"{digit} {share:6.1%}" for digit, share in answer.top)
    return digits + _REMARKS.get(answer.verdict or "digit", "")


def _csv(answers: list[FileAnswer]) -> str:
    """One row for each file.

    The columns: file, digit_1, probability_1, ..., digit_score, is_digit, verdict, error.
    """
    ranks = range(max((len(answer.top) for answer in answers), default=0))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = [name for rank in ranks for name in (f"digit_{rank + 1}", f"probability_{rank + 1}")]
    writer.writerow(["file", *columns, "digit_score", "is_digit", "verdict", "error"])
    for answer in answers:
        cells: list[object] = [cell for pair in answer.top for cell in pair]
        cells += [""] * (len(columns) - len(cells))
        judged = [answer.digit_score, answer.is_digit, answer.verdict]  # None is an empty cell
        writer.writerow([answer.file, *cells, *judged, answer.error])
    return stream.getvalue().rstrip("\n")
