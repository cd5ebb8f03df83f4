"""`python -m train ablate`: measure the effect of each ingredient of the recipe, on validation."""

from __future__ import annotations

import argparse
from pathlib import Path

from train.cli.options import (
    RUNS,
    Commands,
    add_dataset_options,
    add_output_option,
    add_precision_option,
    dataset_paths,
    positive,
    seed,
)


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "ablate",
        help="measure the effect of each ingredient of sketch-cnn's recipe, on validation",
        description="Train short runs of sketch-cnn, each with one ingredient left out or added, "
        "and score them on validation. Run the same command again to resume.",
    )
    parser.add_argument(
        "--epochs",
        type=positive,
        default=4,  # with fewer, no epoch has the weaker augmentation of the last epochs
        metavar="N",
        help="epochs of each run; default: %(default)s",
    )
    parser.add_argument(
        "--seeds",
        type=seed,
        nargs="+",
        default=[0, 1, 2],
        metavar="SEED",
        help="seeds of the whole recipe; the variants use the first one; default: 0 1 2",
    )
    add_precision_option(parser)
    parser.add_argument(
        "--runs",
        type=Path,
        default=RUNS / "ablation",
        metavar="FOLDER",
        help="folder for the short runs; default: %(default)s",
    )
    add_output_option(parser, "ablation")
    add_dataset_options(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Train and score all variants, and print their scores."""
    from train.evaluate.ablation import ablate  # heavy: TensorFlow
    from train.evaluate.ablation_table import ABLATION_FILE, summarise_ablation
    from train.fit.runs import verbosity

    found = ablate(
        options.output,
        options.runs,
        epochs=options.epochs,
        seeds=options.seeds,
        precision=options.precision,
        paths=dataset_paths(options),
        verbose=verbosity(),
    )
    for row in summarise_ablation(found):
        measures = ", ".join(f"{name} {value:.2%}" for name, value in row["mean"].items())
        print(f"{row['variant']} (n={row['seeds']}): {measures}")
    print(f"Wrote {options.output / ABLATION_FILE}")
