"""`python -m train fit-rows`: train the row network, which reads whole numbers."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from train import RUNS
from train.cli.options import (
    Commands,
    add_dataset_options,
    add_precision_option,
    add_seed_option,
    dataset_paths,
    positive,
)
from train.datasets import MNIST, PENDIGITS, UNIPEN


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "fit-rows",
        help="train the network that reads rows of digits, or resume a run that was stopped",
        description="Train the network that reads rows of digits, on rows that are composed of "
        "the training writers' digits. Run the same command again to resume a stopped run.",
    )
    parser.add_argument(
        "--run",
        type=Path,
        default=RUNS / "row-cnn",
        metavar="FOLDER",
        help="the run's folder; default: %(default)s",
    )
    parser.add_argument(
        "--start",
        type=Path,
        default=Path("model"),
        metavar="PACKAGE",
        help="the package whose network gives its convolutions as a start; default: %(default)s",
    )
    parser.add_argument(
        "--continue",
        dest="is_continued",
        action="store_true",
        help="go on from all weights of the package's row network, with the recipe for that",
    )
    parser.add_argument(
        "--rows", type=positive, metavar="N", help="rows to render; default: as in the recipe"
    )
    parser.add_argument("--epochs", type=positive, metavar="N", help="default: as in the recipe")
    add_precision_option(parser)
    add_seed_option(parser)
    add_dataset_options(parser, [MNIST, PENDIGITS, UNIPEN])
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Train, or resume a run, and name the next command."""
    from train.fit.row_loop import CONTINUED_RECIPE, RowRecipe  # heavy: TensorFlow
    from train.fit.row_runs import fit_row_run

    given = {name: getattr(options, name) for name in ("rows", "epochs", "precision")}
    recipe = CONTINUED_RECIPE if options.is_continued else RowRecipe()
    recipe = replace(recipe, **{name: value for name, value in given.items() if value})
    fit_row_run(
        options.run,
        options.start,
        recipe,
        options.seed,
        dataset_paths(options),
        is_continued=options.is_continued,
    )
    print(f"Finished. Next: python -m train package --run model --rows {options.run}")
