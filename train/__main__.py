"""The command line, `python -m train COMMAND`. `--help` lists the commands."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from sketchdigits import SketchdigitsError
from sketchdigits.cli.console import discard_output, show_every_character
from train.cli import (
    ablate,
    architectures,
    calibrate,
    calibrate_numbers,
    compare,
    crossval,
    evaluate,
    fit,
    fit_rows,
    layouts,
    package,
    predict,
    publish,
    publish_space,
    show_data,
)
from train.errors import TrainingError

# `--help` lists them in this order.
COMMANDS = (
    fit,
    fit_rows,
    calibrate,
    calibrate_numbers,
    evaluate,
    package,
    publish,
    publish_space,
    compare,
    crossval,
    ablate,
    predict,
    show_data,
    architectures,
    layouts,
)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands and their options."""
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Train, evaluate, compare and publish readers of handwritten digits.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_command(commands)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 1 if something failed.

    Args:
        arguments: the words after `python -m train`; None: those that the process was given.
    """
    options = build_parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    show_every_character()
    # TensorFlow warns when it traces a function again, which happens for every new network.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    try:
        status = options.run_command(options) or 0
        sys.stdout.flush()
        return status
    except (TrainingError, SketchdigitsError) as error:
        print(f"python -m train {options.command}: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        library = str(error.name).partition(".")[0]
        if library in ("sketchdigits", "train"):  # a mistake of ours
            raise
        print(
            f"python -m train {options.command}: {library} is not installed. Training needs more "
            "than the page: .venv/bin/pip install -r requirements-train.txt",
            file=sys.stderr,
        )
        return 1
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has ended
        discard_output()
        return 1
    except OSError as error:  # such as a full disk, or a folder without write permission
        where = f": {error.filename}" if error.filename else ""
        print(f"python -m train {options.command}: {error.strerror}{where}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # sys.exit would wait for huggingface_hub's threads, and their requests may hang.
    os._exit(status)
