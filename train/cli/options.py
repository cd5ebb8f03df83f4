"""The options that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sketchdigits.hub.arguments import check_timeout
from train import DEFAULT_ARCHITECTURE, RUNS
from train.datasets import DATASETS, Dataset, DatasetPaths
from train.publish.hub_token import ASK_FOR_TOKEN

# What `commands` is: argparse has no public name for it.
Commands = Any


def add_run_options(parser: argparse.ArgumentParser, default: str = f"{RUNS}/ARCHITECTURE") -> None:
    """Add `--architecture` and `--run`."""
    parser.add_argument("--architecture", default=DEFAULT_ARCHITECTURE, help="default: %(default)s")
    parser.add_argument("--run", type=Path, help=f"the run's folder; default: {default}")


def run_folder(options: argparse.Namespace, suffix: str = "") -> Path:
    """The run's folder: the one of `--run`, or one named after the architecture."""
    return options.run or RUNS / f"{options.architecture}{suffix}"


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add `--epochs` and `--batch-size`."""
    default = "default: that of the architecture's recipe"
    parser.add_argument("--epochs", type=positive, help=default)
    parser.add_argument("--batch-size", type=positive, metavar="N", help=default)


def add_precision_option(parser: argparse.ArgumentParser) -> None:
    """Add `--precision`."""
    parser.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16"),
        help="mixed_bfloat16 is faster on processors with avx512_bf16 or AMX (see lscpu), and much "
        "slower on others; default: that of the architecture's recipe",
    )


def add_output_option(parser: argparse.ArgumentParser, name: str) -> None:
    """Add `--output`, a folder below `runs` by default."""
    parser.add_argument(
        "--output", type=Path, default=RUNS / name, help="folder; default: %(default)s"
    )


def add_dataset_options(
    parser: argparse.ArgumentParser, datasets: list[Dataset] | None = None
) -> None:
    """Add an option for the file of each dataset; default: of all datasets that have a file."""
    for dataset in datasets if datasets is not None else DATASETS.values():
        if dataset.file:
            parser.add_argument(
                f"--{dataset.name}", metavar=dataset.file.metavar, help=dataset.file.help
            )


def dataset_paths(options: argparse.Namespace) -> DatasetPaths:
    """The paths that the options of `add_dataset_options` gave."""
    return DatasetPaths({name: getattr(options, name, None) for name in DATASETS})


def add_hub_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that send something to the Hub."""
    parser.add_argument("--repo-id", required=True, metavar="OWNER/NAME", help="where to send it")
    parser.add_argument("--private", action="store_true", help="create the repository as private")
    parser.add_argument("--message", metavar="TEXT", help="the commit message")
    parser.add_argument(
        "--token",
        nargs="?",
        const=ASK_FOR_TOKEN,
        metavar="FILE",
        help="a file that holds a token; without FILE, you are asked for the token; "
        "default: the token of `hf auth login` or $HF_TOKEN",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help="for the whole upload; default: enough for 200 kB/s",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be sent, and send nothing"
    )


def positive(text: str) -> int:
    """Parse a whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1. Received: {text}")
    return number


def _seconds(text: str) -> float:
    try:
        check_timeout(float(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be a time in seconds. Received: {text}") from error
    return float(text)
