"""`sketchdigits predict FILE...`: print the likeliest digits of image files, or their numbers.

`python -m train predict` is the same command.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from sketchdigits.cli.model_option import add_model_options, load_model
from sketchdigits.number_files import format_numbers, read_number_files
from sketchdigits.predict_files import (
    FORMATS,
    find_files,
    format_answers,
    predict_files,
    printable_name,
)

HELP = "read the digits on image files"
DESCRIPTION = (
    "Read the digit, or with --numbers the whole number, on each image. The exit status is 1 if a "
    "file can't be read."
)
# Up to this many files are read in a moment: a progress bar would only flicker.
MIN_FILES_FOR_PROGRESS = 100


class _HasError(Protocol):
    """The answer for a file: `error` is empty if it was read."""

    @property
    def error(self) -> str: ...


_Answer = TypeVar("_Answer", bound=_HasError)


def add_predict_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options; `run_predict` takes them."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="images, folders or globs")
    add_model_options(parser)
    parser.add_argument(
        "--numbers",
        action="store_true",
        help="read a whole number on each image, such as 2026, instead of one digit",
    )
    parser.add_argument(
        "--format", choices=FORMATS, default="table", help="output format; default: %(default)s"
    )
    parser.add_argument(
        "--top",
        type=_count_of_digits,
        default=3,
        metavar="N",
        help="how many of the likeliest digits to print, 1-10; default: %(default)s",
    )


def run_predict(options: argparse.Namespace) -> int:
    """Read every file, print each answer as soon as it is there, and return the exit status.

    Returns:
        1 if a file could not be read, else 0.

    Raises:
        ModelPackageError: the model can't be loaded.
    """
    # tqdm is installed with huggingface_hub, which we depend on.
    from tqdm import tqdm

    classifier = load_model(options)
    files = find_files(options.files)
    # None: show the bar only if stderr is a terminal. If stdout is one, the answers show progress.
    is_hidden = len(files) <= MIN_FILES_FOR_PROGRESS or sys.stdout.isatty() or None
    failed = 0

    def count_errors(answers: Iterable[_Answer]) -> Iterator[_Answer]:
        nonlocal failed
        for answer in answers:
            failed += bool(answer.error)
            yield answer

    bar = tqdm(files, unit="file", disable=is_hidden)
    k, width = options.top, max(len(printable_name(file)) for file in files)
    if options.numbers:
        numbers = count_errors(read_number_files(classifier, bar))
        output = format_numbers(numbers, options.format, k=k, width=width)
    else:
        digits = count_errors(predict_files(classifier, bar, k))
        output = format_answers(digits, options.format, k=k, width=width)
    for text in output:
        sys.stdout.write(text)
        sys.stdout.flush()
    if failed:
        print(f"{failed} of {len(files)} files could not be read.", file=sys.stderr)
    return 1 if failed else 0


def _count_of_digits(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = 0
    if not 1 <= count <= 10:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to 10. Received: {text}")
    return count
