"""`python -m train layouts`: record the layout of each architecture's LiteRT file."""

from __future__ import annotations

import argparse

from train.cli.options import Commands


def add_command(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "layouts",
        help="record the layout of all LiteRT files, after a change of an architecture",
    )
    parser.set_defaults(run_command=run)


def run(_: argparse.Namespace) -> None:
    """Write the layouts."""
    from sketchdigits.package.litert_layout import LAYOUTS_PATH, write_layouts
    from train.publish.litert_layouts import measure_layouts  # heavy: TensorFlow

    write_layouts(measure_layouts())
    print(f"Written to {LAYOUTS_PATH}")
