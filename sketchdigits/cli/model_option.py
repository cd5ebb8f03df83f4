"""The options `--model` and `--revision`, and the classifier that they name."""

from __future__ import annotations

import argparse
import os

from sketchdigits.classifier import DigitClassifier
from sketchdigits.cli.console import hidden_native_log
from sketchdigits.errors import ModelPackageError

DEFAULT_MODEL = "model"


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add `--model` and `--revision`."""
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="FOLDER_OR_HUB_ID",
        help='folder of a model package, or a Hub id such as "owner/name"; default: %(default)s',
    )
    parser.add_argument(
        "--revision",
        metavar="REV",
        help="branch, tag or commit of a model on the Hub; default: main",
    )


def load_model(options: argparse.Namespace) -> DigitClassifier:
    """Load the package that the options name.

    Raises:
        ModelPackageError: as `DigitClassifier.from_pretrained`.
    """
    if options.model == DEFAULT_MODEL and not os.path.isdir(DEFAULT_MODEL):
        raise ModelPackageError(
            f"There is no folder {DEFAULT_MODEL!r} in the current folder. Name a model with "
            '--model: the folder of a model package, or a Hub id such as "owner/name".'
        )
    with hidden_native_log():
        return DigitClassifier.from_pretrained(options.model, revision=options.revision)
