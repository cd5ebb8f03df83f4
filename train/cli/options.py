"""Options that several commands share."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from sketchdigits import SketchdigitsError
from sketchdigits.architectures import DEFAULT_ARCHITECTURE
from sketchdigits.hub.arguments import check_hub_arguments, check_timeout
from train import RUNS
from train.datasets import DATASETS, Dataset, DatasetPaths
from train.publish.hub_token import ASK_FOR_TOKEN

MAX_SEED = 2**32 - 1
# The type that `ArgumentParser.add_subparsers` returns: argparse has no public name for it.
Commands = Any


def add_run_options(parser: argparse.ArgumentParser, default: str = f"{RUNS}/ARCHITECTURE") -> None:
    """Add `--architecture` and `--run`."""
    parser.add_argument(
        "--architecture",
        default=DEFAULT_ARCHITECTURE,
        metavar="NAME",
        help="the network, as `architectures` lists it; default: %(default)s",
    )
    parser.add_argument(
        "--run", type=Path, metavar="FOLDER", help=f"the run's folder; default: {default}"
    )


def run_folder(options: argparse.Namespace, suffix: str = "") -> Path:
    """The run's folder: the value of `--run`, or a folder named after the architecture."""
    return options.run or RUNS / f"{options.architecture}{suffix}"


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add `--epochs` and `--batch-size`."""
    default = "default: as in the architecture's recipe"
    parser.add_argument("--epochs", type=positive, metavar="N", help=default)
    parser.add_argument("--batch-size", type=positive, metavar="N", help=default)


def add_seed_option(parser: argparse.ArgumentParser, default: int = 0) -> None:
    """Add `--seed`."""
    parser.add_argument(
        "--seed", type=seed, default=default, metavar="N", help="default: %(default)s"
    )


def add_precision_option(parser: argparse.ArgumentParser) -> None:
    """Add `--precision`."""
    parser.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16"),
        help="mixed_bfloat16 is faster on processors with avx512_bf16 or AMX (see lscpu), and much "
        "slower on others; default: as in the architecture's recipe",
    )


def add_output_option(parser: argparse.ArgumentParser, name: str) -> None:
    """Add `--output`: by default the folder `name` in `runs`."""
    parser.add_argument(
        "--output",
        type=Path,
        default=RUNS / name,
        metavar="FOLDER",
        help="folder for the results; default: %(default)s",
    )


def add_dataset_options(
    parser: argparse.ArgumentParser, datasets: list[Dataset] | None = None
) -> None:
    """Add `--NAME` for the file of each dataset that has one.

    Args:
        parser: the command's.
        datasets: the datasets that the command can use; default: all.
    """
    for dataset in datasets if datasets is not None else DATASETS.values():
        if dataset.file:
            parser.add_argument(
                f"--{dataset.name}",
                dest=dataset.name,  # argparse would put underscores for hyphens
                metavar=dataset.file.metavar,
                help=dataset.file.help,
            )


def dataset_paths(options: argparse.Namespace) -> DatasetPaths:
    """The paths that were given by the options of `add_dataset_options`."""
    return DatasetPaths({name: getattr(options, name, None) for name in DATASETS})


def add_hub_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that upload something to the Hub."""
    parser.add_argument(
        "--repo-id", required=True, type=hub_id, metavar="OWNER/NAME", help="where to upload to"
    )
    parser.add_argument("--private", action="store_true", help="create the repository as private")
    parser.add_argument("--message", metavar="TEXT", help="the commit message")
    parser.add_argument(
        "--token",
        nargs="?",
        const=ASK_FOR_TOKEN,
        metavar="FILE",
        help="a file that contains a token with write access; without FILE, the command asks for "
        "the token; default: the token of `hf auth login` or $HF_TOKEN",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help="time limit of the whole upload; default: enough for a connection of 200 kB/s",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="list the files that would be uploaded, and stop"
    )


def positive(text: str) -> int:
    """Parse a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1. Received: {text}")
    return int(text)


def seed(text: str) -> int:
    """Parse a seed that NumPy and Keras accept: a whole number from 0 to 2**32 - 1."""
    if not (text.isascii() and text.isdecimal() and int(text) <= MAX_SEED):
        raise argparse.ArgumentTypeError(
            f"must be a whole number from 0 to {MAX_SEED}. Received: {text}"
        )
    return int(text)


def share(text: str) -> float:
    """Parse a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to 1. Received: {text}")
    return value


def hub_id(text: str) -> str:
    try:
        check_hub_arguments(text, None)
    except SketchdigitsError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _seconds(text: str) -> float:
    try:
        check_timeout(float(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"must be a positive time in seconds. Received: {text}"
        ) from error
    return float(text)
