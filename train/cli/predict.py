"""`python -m train predict`: the same command as `sketchdigits predict`."""

from __future__ import annotations

from sketchdigits.cli.predict import add_predict_options, run_predict
from train.cli.options import Commands


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "predict",
        help="read the digits on image files",
        description="Read the digit on each image. The exit status is 1 if a file can't be read.",
    )
    add_predict_options(parser)
    parser.set_defaults(run_command=run_predict)
