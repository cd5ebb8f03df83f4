"""`python -m train calibrate`: fit the temperature and the thresholds of a finished run again."""

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
        help="fit a finished run's temperature and thresholds again, without training",
        description="Fit the temperature and the thresholds of the verdict again for a finished "
        "run, on validation, without training. Afterwards, evaluate and package the run again.",
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
        old, new = before.digit_score, after.digit_score
        _print_change("threshold of is_digit", old.threshold if old else None, new.threshold)
        _print_change(
            "refusal threshold", old.refusal_threshold if old else None, new.refusal_threshold
        )
    print(f"Finished. Next: python -m train evaluate --run {folder}")


def _print_change(name: str, before: float | None, after: float) -> None:
    old = "none" if before is None else f"{before:.4f}"
    print(f"{name}: {old} -> {after:.4f}")
