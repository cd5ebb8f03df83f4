"""`python -m train predict`: the same command as `sketchdigits predict`."""

from __future__ import annotations

from sketchdigits.cli.predict import DESCRIPTION, HELP, add_predict_options, run_predict
from train.cli.options import Commands


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser("predict", help=HELP, description=DESCRIPTION)
    add_predict_options(parser)
    parser.set_defaults(run_command=run_predict)
