"""`python -m train show-data`: describe and draw a dataset."""

from __future__ import annotations

import argparse

from train.cli.options import Commands, add_dataset_options, add_output_option, dataset_paths
from train.datasets import DATASETS, MNIST


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "show-data",
        help="describe a dataset: shapes, types, counts and a picture",
        description="Print the shapes, types and counts of a dataset, and draw some samples.",
    )
    parser.add_argument(
        "--data", choices=tuple(DATASETS), default=MNIST.name, help="default: %(default)s"
    )
    add_output_option(parser, "data")
    add_dataset_options(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Print the description of the dataset and draw samples of it."""
    from train.reports.show_data import show_data  # heavy: matplotlib

    print(show_data(options.data, options.output, dataset_paths(options)))
