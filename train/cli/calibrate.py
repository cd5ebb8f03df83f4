"""`python -m train calibrate`: fit the temperature and the threshold of a finished run again."""

from __future__ import annotations

import argparse

from train.cli.options import (
    Commands,
    add_dataset_options,
    add_run_options,
    dataset_paths,
    run_folder,
)


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "calibrate",
        help="fit a finished run's temperature and threshold again, without training",
        description="Fit the temperature and the threshold of `is_digit` again for a finished run, "
        "on validation, without training. Afterwards, evaluate and package the run again.",
    )
    add_run_options(parser)
    add_dataset_options(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Calibrate the run and print what changed."""
    from train.fit.calibrate import calibrate_run  # heavy: TensorFlow
    from train.fit.runs import current_commit

    folder = run_folder(options)
    before, after = calibrate_run(folder, dataset_paths(options), current_commit())
    print(f"temperature: {before.temperature:.4f} -> {after.temperature:.4f}")
    if after.digit_score:
        old = f"{before.digit_score.threshold:.4f}" if before.digit_score else "none"
        print(f"threshold of is_digit: {old} -> {after.digit_score.threshold:.4f}")
    print(f"Finished. Next: python -m train evaluate --run {folder}")
