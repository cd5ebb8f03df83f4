"""Image files -> the likeliest digits of each, through the same preprocessing as the page.

    python -m train predict drawings/ scans/*.png --format csv

A file that can't be read is reported in its place, and the others are read all the same.
"""

from __future__ import annotations

import csv
import glob
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sketchdigits import DigitClassifier, SketchdigitsError

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
FORMATS = ("table", "json", "csv")


@dataclass(frozen=True)
class FileAnswer:
    """One file's answer: its likeliest digits with their probabilities, or why there is none."""

    file: str
    top: tuple[tuple[int, float], ...] = ()
    error: str = ""


def find_files(patterns: Iterable[str]) -> list[str]:
    """Files, the images in folders and below them, and whatever globs match, in this order.

    A file that is named is taken whatever its suffix, and even if it isn't there: reading it
    will say so.
    """
    found: list[str] = []
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            images = (each for each in path.rglob("*") if each.suffix.lower() in IMAGE_SUFFIXES)
            found += sorted(str(each) for each in images if each.is_file()) or [pattern]
        elif path.exists():
            found.append(pattern)
        else:  # the shell leaves a glob that matches nothing as it is
            found += sorted(glob.glob(pattern, recursive=True)) or [pattern]
    return list(dict.fromkeys(found))


def predict_files(
    classifier: DigitClassifier, files: Iterable[str], k: int = 3
) -> Iterator[FileAnswer]:
    """The `k` likeliest digits of every file, one after the other."""
    for file in files:
        if Path(file).is_dir():
            yield FileAnswer(file, error=f"No image in this folder ({', '.join(IMAGE_SUFFIXES)}).")
            continue
        try:
            yield FileAnswer(file, tuple(classifier.predict(Path(file)).top(k)))
        except SketchdigitsError as error:
            yield FileAnswer(file, error=str(error))


def format_answers(answers: list[FileAnswer], style: str) -> str:
    """All answers as a table for people, or as JSON or CSV for programs."""
    if style == "json":
        content = [
            {
                "file": answer.file,
                "digits": [{"digit": digit, "probability": share} for digit, share in answer.top],
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
    return "   ".join(f"{digit} {share:6.1%}" for digit, share in answer.top)


def _csv(answers: list[FileAnswer]) -> str:
    """A row a file: file, digit_1, probability_1, ..., error."""
    ranks = range(max((len(answer.top) for answer in answers), default=0))
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = [name for rank in ranks for name in (f"digit_{rank + 1}", f"probability_{rank + 1}")]
    writer.writerow(["file", *columns, "error"])
    for answer in answers:
        cells: list[object] = [cell for pair in answer.top for cell in pair]
        cells += [""] * (len(columns) - len(cells))
        writer.writerow([answer.file, *cells, answer.error])
    return stream.getvalue().rstrip("\n")
