"""`python -m train compare`: our model and those of the five tutorials in one table."""

from __future__ import annotations

import argparse
from pathlib import Path

from train.cli.options import (
    RUNS,
    Commands,
    add_dataset_options,
    add_output_option,
    add_seed_option,
    dataset_paths,
)
from train.datasets import MNIST, PENDIGITS


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "compare",
        help="compare our model with the five tutorials' models in one table",
        description="Train the five tutorials' models unless they are trained already, load our "
        "package, and measure all six. Run the same command again to resume.",
    )
    parser.add_argument(
        "--runs",
        type=Path,
        default=RUNS,
        metavar="FOLDER",
        help="folder of the tutorials' runs; default: %(default)s",
    )
    parser.add_argument(
        "--package",
        type=Path,
        default=Path("model"),
        metavar="FOLDER",
        help="our model package; default: %(default)s",
    )
    add_seed_option(parser)
    add_output_option(parser, "comparison")
    add_dataset_options(parser, [MNIST, PENDIGITS])
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Train and measure the models, write the comparison and print it."""
    from train.evaluate.comparison import compare  # heavy: TensorFlow
    from train.reports.comparison import MARKDOWN_FILE, write_comparison

    paths = dataset_paths(options)
    measured = compare(options.runs, options.package, seed=options.seed, paths=paths)
    write_comparison(options.output, measured)
    print((options.output / MARKDOWN_FILE).read_text(encoding="utf-8"))
    print(f"Wrote the table and a plot to {options.output}")
