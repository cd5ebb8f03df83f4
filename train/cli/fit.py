"""`python -m train fit`: train an architecture."""

from __future__ import annotations

import argparse
from pathlib import Path

from train.cli.options import (
    Commands,
    add_dataset_options,
    add_precision_option,
    add_recipe_options,
    add_run_options,
    add_seed_option,
    dataset_paths,
    run_folder,
    share,
)
from train.datasets import data_names
from train.fit.fine_tuning import DEFAULT_KEPT_SHARE


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "fit",
        help="train an architecture, or resume a run that was stopped",
        description="Train an architecture. Run the same command again to resume a stopped run.",
    )
    add_run_options(parser)
    parser.add_argument(
        "--data",
        nargs="+",
        metavar="NAME",
        help=f"what to train on: {', '.join(data_names())}. `digits` is scikit-learn's dataset; it "
        "and the drawn data need no file. Default: mnist, pendigits, unipen, drawn-digits, "
        "omniglot and drawn-non-digits for sketch-cnn, mnist for the tutorials",
    )
    add_recipe_options(parser)
    add_precision_option(parser)
    parser.add_argument(
        "--corrections",
        nargs="+",
        type=Path,
        metavar="FOLDER",
        help="corrections by the page's visitors: the folder where the page stores them, or the "
        "dataset downloaded from the Hub. They are used for training only, and make up at most "
        "5 %% of an epoch",
    )
    parser.add_argument(
        "--start",
        type=Path,
        metavar="PACKAGE",
        help="the folder of a package to start from, for fewer epochs with smaller steps; default: "
        "random weights",
    )
    parser.add_argument(
        "--keep",
        type=share,
        default=DEFAULT_KEPT_SHARE,
        metavar="SHARE",
        help="with --start: the share of its weights in the final network, 0-1; default: "
        "%(default)s",
    )
    add_seed_option(parser)
    parser.add_argument(
        "--as-published",
        action="store_true",
        help="train a tutorial's model as its author did: on all 60,000 training images of MNIST, "
        "validated on its test split",
    )
    add_dataset_options(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Train, or resume a run, and name the next command."""
    from train.fit.runs import fit_run  # heavy: TensorFlow

    folder = run_folder(options, "-as-published" if options.as_published else "")
    fit_run(
        folder,
        options.architecture,
        data=options.data,
        epochs=options.epochs,
        batch_size=options.batch_size,
        precision=options.precision,
        seed=options.seed,
        as_published=options.as_published,
        corrections=options.corrections,
        start=options.start,
        kept_share=options.keep,
        paths=dataset_paths(options),
    )
    print(f"Finished. Next: python -m train evaluate --run {folder}")
