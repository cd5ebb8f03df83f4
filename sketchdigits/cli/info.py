"""`sketchdigits info`: print what a model package is."""

from __future__ import annotations

import argparse

from sketchdigits.cli.model_option import add_model_options, load_model


def add_info_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options; `run_info` takes them."""
    add_model_options(parser)


def run_info(options: argparse.Namespace) -> int:
    """Load the package, print its description as plain text, and return 0.

    Raises:
        ModelPackageError: the model can't be loaded.
    """
    classifier = load_model(options)
    print(f"architecture  {classifier.settings.architecture}")
    return 0
