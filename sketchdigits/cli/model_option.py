"""The options `--model` and `--revision`, and the classifier that they name."""

from __future__ import annotations

import argparse
import os

from sketchdigits.classifier import DigitClassifier
from sketchdigits.cli.console import hidden_native_log
from sketchdigits.package.default import DEFAULT_PACKAGE


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add `--model` and `--revision`."""
    parser.add_argument(
        "--model",
        default=os.fspath(DEFAULT_PACKAGE),
        metavar="FOLDER_OR_HUB_ID",
        help='folder of a model package, or a Hub id such as "owner/name"; default: the model that '
        "is installed with this program",
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
    with hidden_native_log():
        return DigitClassifier.from_pretrained(options.model, revision=options.revision)
