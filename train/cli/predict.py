"""`python -m train predict`: read the digits of image files, as `sketchdigits predict` does."""

from __future__ import annotations

from sketchdigits.cli.predict import add_predict_options, run_predict

from train.cli.options import Commands


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "predict",
        help="read the digits of image files",
        description="Read the digit of each image. The exit status is 1 if one could not be read.",
    )
    add_predict_options(parser)
    parser.set_defaults(run_command=run_predict)
