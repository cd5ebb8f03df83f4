"""`python -m train architectures`: list the networks, or show the layers of one."""

from __future__ import annotations

import argparse

from train.cli.options import Commands


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "architectures",
        help="list the networks with their accuracies, or show the layers of one",
        description="List our network and those of the tutorials, with their accuracies.",
    )
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="show the layers of this network instead"
    )
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Print the table of all networks, or the layers of one."""
    from train.reports.list_architectures import describe_layers, list_architectures  # heavy: Keras

    print(describe_layers(options.name) if options.name else list_architectures())
