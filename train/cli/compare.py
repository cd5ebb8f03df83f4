"""`python -m train compare`: our model and the five tutorials in one table."""

from __future__ import annotations

import argparse
from pathlib import Path

from train.cli.options import (
    RUNS,
    Commands,
    add_dataset_options,
    add_output_option,
    dataset_paths,
)
from train.datasets import MNIST, PENDIGITS


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "compare",
        help="all six models in one table: train the tutorials, load ours, measure",
        description="Train the five tutorials unless they are trained already, load our package, "
        "and measure all six. Run it again to resume.",
    )
    parser.add_argument(
        "--runs", type=Path, default=RUNS, help="the tutorials' runs; default: %(default)s"
    )
    parser.add_argument(
        "--package", type=Path, default=Path("model"), help="our package; default: %(default)s"
    )
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    add_output_option(parser, "comparison")
    add_dataset_options(parser, [MNIST, PENDIGITS])
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Measure all models, write the comparison and print it."""
    from train.evaluate.comparison import compare  # heavy: TensorFlow
    from train.reports.comparison import write_comparison

    paths = dataset_paths(options)
    measured = compare(options.runs, options.package, seed=options.seed, paths=paths)
    write_comparison(options.output, measured)
    print((options.output / "comparison.md").read_text(encoding="utf-8"))
    print(f"Written to {options.output}, with a plot.")
