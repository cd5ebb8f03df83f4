"""`python -m train crossval`: k-fold cross-validation of an architecture's recipe."""

from __future__ import annotations

import argparse

from train.cli.options import (
    RUNS,
    Commands,
    add_dataset_options,
    add_recipe_options,
    add_run_options,
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
        description="Train once per fold, stratified and shuffled. Run it again to resume.",
    )
    add_run_options(parser, f"{RUNS}/ARCHITECTURE-crossval")
    parser.add_argument(
        "--data",
        choices=(MNIST.name, SKLEARN_DIGITS.name),
        default=MNIST.name,
        help="default: %(default)s",
    )
    parser.add_argument("--folds", type=positive, default=5, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    add_recipe_options(parser)
    add_dataset_options(parser, [MNIST])
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Cross-validate and print the mean."""
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
        f"A picture: {folder / cross_validation.FIGURE_FILE}"
    )
