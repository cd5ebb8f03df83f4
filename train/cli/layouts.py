"""`python -m train layouts`: record the layout of each architecture's LiteRT file."""

from __future__ import annotations

import argparse

from train.cli.options import Commands


def add_command(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "layouts",
        help="record the layout of the LiteRT files, after a change of an architecture",
        description="Convert every architecture to LiteRT and record the layout of the files, "
        "which `model.tflite` is checked against when a package is loaded.",
    )
    parser.set_defaults(run_command=run)


def run(_: argparse.Namespace) -> None:
    """Measure the layouts and write them to their file."""
    from sketchdigits.package.litert_layout import LAYOUTS_PATH, write_layouts
    from train.publish.litert_layouts import measure_layouts  # heavy: TensorFlow

    write_layouts(measure_layouts())
    print(f"Wrote {LAYOUTS_PATH}")
