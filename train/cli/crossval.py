"""`python -m train crossval`: k-fold cross-validation of an architecture's recipe."""

from __future__ import annotations

import argparse

from train.cli.options import (
    RUNS,
    Commands,
    add_dataset_options,
    add_recipe_options,
    add_run_options,
    add_seed_option,
    dataset_paths,
    positive,
    run_folder,
)
from train.datasets import DATASETS, MNIST, SKLEARN_DIGITS


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "crossval",
        help="k-fold cross-validation of an architecture's recipe",
        description="Train once per fold; the folds are shuffled and stratified by digit. Run the "
        "same command again to resume.",
    )
    add_run_options(parser, f"{RUNS}/ARCHITECTURE-crossval")
    parser.add_argument(
        "--data",
        choices=(MNIST.name, SKLEARN_DIGITS.name),
        default=MNIST.name,
        help="default: %(default)s",
    )
    parser.add_argument(
        "--folds", type=positive, default=5, metavar="N", help="default: %(default)s"
    )
    add_seed_option(parser, default=1)
    add_recipe_options(parser)
    add_dataset_options(parser, [MNIST])
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Train and score every fold, and print the mean accuracy."""
    from train.evaluate import cross_validation  # heavy: TensorFlow
    from train.fit.runs import choose_recipe, verbosity
    from train.fit.training_data import preprocess_images

    recipe = choose_recipe(options.architecture, options.batch_size)
    folder = run_folder(options, "-crossval")
    parts = DATASETS[options.data].load(dataset_paths(options))
    images = parts.train + parts.validation  # no fold sees the test split
    if recipe.preprocess_mnist or options.data == SKLEARN_DIGITS.name:
        images = preprocess_images(images, f"preprocessing {options.data}")
    settings = cross_validation.describe_folds(
        options.architecture,
        recipe,
        data=options.data,
        epochs=options.epochs or recipe.epochs,
        seed=options.seed,
        folds=options.folds,
    )
    found = cross_validation.cross_validate(
        folder, images, recipe, settings, folds=options.folds, verbose=verbosity()
    )
    low, high = found["interval_95"]
    print(
        f"Accuracy: mean {found['mean']:.3%}, standard deviation "
        f"{found['standard_deviation']:.3%}, n={found['n']} folds "
        f"({low:.2%}-{high:.2%}, {found['images']:,} images)\n"
        f"Figure: {folder / cross_validation.FIGURE_FILE}"
    )
