"""`python -m train evaluate`: score a finished run on the test splits."""

from __future__ import annotations

import argparse

from train.cli.options import (
    Commands,
    add_dataset_options,
    add_run_options,
    dataset_paths,
    run_folder,
)

AS_PUBLISHED_WARNING = (
    "This run was trained with --as-published: it was validated on the test split, so its accuracy "
    "on MNIST's test split is not a clean result. Its probabilities are not calibrated."
)


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "evaluate",
        help="score a finished run on the test splits",
        description="Score a finished run on the test splits, and write metrics.json and figures.",
    )
    add_run_options(parser)
    add_dataset_options(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Score the run, print its accuracies and name the next command."""
    from train.evaluate.run import evaluate_run  # heavy: TensorFlow

    folder = run_folder(options)
    metrics = evaluate_run(folder, dataset_paths(options))
    for index, first in enumerate(metrics.get("first_test_images", [])):
        mark = "" if first["answer"] == first["label"] else "   wrong"
        print(
            f"test image {index}: a {first['label']}, read as {first['answer']} "
            f"with probability {first['probability']:.2%}{mark}"
        )
    print(f"{0.1:8.2%}  guessing at random")
    for name, score in metrics["test"].items():
        low, high = score["interval_95"]
        print(f"{score['accuracy']:8.2%}  ({low:.2%}-{high:.2%})  n={score['n']:,}  {name}")
    if metrics["training"]["as_published"]:
        print(AS_PUBLISHED_WARNING)
    print(f"Figures: {folder / 'figures'}\nFinished. Next: python -m train package --run {folder}")
