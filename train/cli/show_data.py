"""`python -m train show-data`: a look at a dataset."""

from __future__ import annotations

import argparse

from train.cli.options import Commands, add_dataset_options, add_output_option, dataset_paths
from train.datasets import DATASETS


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "show-data", help="a look at a dataset: shapes, types, counts and a picture"
    )
    parser.add_argument(
        "--data", choices=tuple(DATASETS), default="mnist", help="default: %(default)s"
    )
    add_output_option(parser, "data")
    add_dataset_options(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Print the description and draw the picture."""
    from train.reports.show_data import show_data

    print(show_data(options.data, options.output, dataset_paths(options)))
