"""Image files -> the likeliest digits of each, through the same preprocessing as the page.

    sketchdigits predict drawings/ scans/*.png --format csv

A file that can't be read gets an error as its answer; the other files are still read. Each answer
is formatted as soon as its file is read, so that a program that reads the output need not wait, and
no answer is lost if the command is stopped.
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
from textwrap import indent

from sketchdigits.classifier import DigitClassifier
from sketchdigits.errors import SketchdigitsError
from sketchdigits.prediction import Verdict

# What counts as an image in a folder. Those of the last line can't be read, apart from HEIC with
# pillow-heif: they are listed, so that nobody believes that all images of a folder were read.
IMAGE_SUFFIXES = (
    ".avif",
    ".bmp",
    ".gif",
    ".jfif",
    ".jpe",
    ".jpeg",
    ".jpg",
    ".png",
    ".tif",
    ".tiff",
    ".webp",
)
UNREADABLE_SUFFIXES = (".heic", ".heif", ".jp2", ".jxl", ".svg")
FORMATS = ("table", "json", "csv")
EMPTY_FOLDER = f"No image in this folder ({', '.join(IMAGE_SUFFIXES)})."
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

    A folder stands for all images in it and below it, also those in formats that can't be read; a
    folder without images is kept as it is. A named file is kept with any suffix, even if it doesn't
    exist: `predict_files` reports that.
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
    suffixes = {*IMAGE_SUFFIXES, *UNREADABLE_SUFFIXES}
    images = (path for path in Path(folder).rglob("*") if path.suffix.lower() in suffixes)
    return sorted(str(path) for path in images if path.is_file())


def printable_name(file: str) -> str:
    """The file's name without bytes that are not valid UTF-8, which can't be printed."""
    return os.fsencode(file).decode(errors="replace")


def predict_files(
    classifier: DigitClassifier, files: Iterable[str], k: int = 3
) -> Iterator[FileAnswer]:
    """Read the files one by one; yield the `k` (1-10) likeliest digits of each, or its error."""
    for file in files:
        shown = printable_name(file)
        if os.path.isdir(file):
            yield FileAnswer(shown, error=EMPTY_FOLDER)
            continue
        try:
            answer = classifier.predict(file)
            yield FileAnswer(shown, tuple(answer.top(k)), answer.digit_score, answer.verdict)
        except SketchdigitsError as error:
            yield FileAnswer(shown, error=printable_name(str(error)))
        except OSError as error:
            yield FileAnswer(shown, error=f"Can't read this file: {error.strerror}.")


def format_answers(
    answers: Iterable[FileAnswer], style: str, *, k: int, width: int
) -> Iterator[str]:
    """Yield the output in pieces, one for each answer as soon as it is there.

    Args:
        answers: of `predict_files`.
        style: one of `FORMATS`: "table", "json" (one list) or "csv".
        k: how many digits each answer has, 1-10; gives the columns of "csv".
        width: characters of the longest file name; gives the first column of "table".

    Yields:
        text with its line ends; all pieces together are the output.
    """
    if style == "json":
        return _json(answers)
    if style == "csv":
        return _csv(answers, k)
    return (f"{answer.file:<{width}}  {_table_cell(answer)}\n" for answer in answers)


def _table_cell(answer: FileAnswer) -> str:
    if answer.error:
        return f"-  {answer.error}"
    digits = "   ".join(f"{digit} {share:6.1%}" for digit, share in answer.top)
    return digits + _REMARKS.get(answer.verdict or "digit", "")


def _json(answers: Iterable[FileAnswer]) -> Iterator[str]:
    before = "[\n"
    for answer in answers:
        content = {
            "file": answer.file,
            "digits": [{"digit": digit, "probability": share} for digit, share in answer.top],
            "digit_score": answer.digit_score,
            "is_digit": answer.is_digit,
            "verdict": answer.verdict,
            "error": answer.error or None,
        }
        yield before + indent(json.dumps(content, indent=2), "  ")
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _csv(answers: Iterable[FileAnswer], k: int) -> Iterator[str]:
    """One row for each file.

    The columns: file, digit_1, probability_1, ..., digit_score, is_digit, verdict, error.
    """
    columns = [f"{name}_{rank + 1}" for rank in range(k) for name in ("digit", "probability")]
    yield csv_row(["file", *columns, "digit_score", "is_digit", "verdict", "error"])
    for answer in answers:
        cells: list[object] = [cell for pair in answer.top for cell in pair]
        cells += [""] * (len(columns) - len(cells))
        judged = [answer.digit_score, answer.is_digit, answer.verdict]  # None is an empty cell
        yield csv_row([answer.file, *cells, *judged, answer.error])


def csv_row(cells: list[object]) -> str:
    """One row of CSV with its line end."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()
