"""`python -m train calibrate-numbers`: fit the confidence of whole numbers."""

from __future__ import annotations

import argparse
from pathlib import Path

from train.cli.options import Commands, add_dataset_options, dataset_paths, positive
from train.datasets import MNIST, PENDIGITS, UNIPEN


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "calibrate-numbers",
        help="adjust the confidence of whole numbers, and count those read right on validation",
        description="Read rows of digits by the validation's writers, print how many are right, "
        "and fit the constants of sketchdigits/numbers/confidence.py.",
    )
    parser.add_argument(
        "--package",
        type=Path,
        default=Path("model"),
        metavar="FOLDER",
        help="the model package; default: %(default)s",
    )
    parser.add_argument(
        "--rows",
        type=positive,
        default=300,
        metavar="N",
        help="how many rows of each style to read; default: %(default)s",
    )
    add_dataset_options(parser, [MNIST, PENDIGITS, UNIPEN])
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Print the constants."""
    from sketchdigits import DigitClassifier
    from train.fit.hands import load_hands
    from train.fit.number_confidence import (  # heavy: scikit-learn
        collect_evidence,
        fit_confidence,
    )
    from train.rendering.number_sets import PHOTOGRAPHED, PLAIN
    from train.rendering.row_pictures import FORMS

    classifier = DigitClassifier.from_pretrained(options.package)
    _, hands = load_hands(dataset_paths(options))
    evidence, right = collect_evidence(
        classifier, hands, (PLAIN, PHOTOGRAPHED, *FORMS), options.rows
    )
    weights, bias = fit_confidence(evidence, right)
    print(f"{sum(right)} of {len(right)} rows are right.")
    name = "ROW_" if classifier.row_runtime else ""
    print(f"{name}WEIGHTS = ({', '.join(f'{weight:.3f}' for weight in weights)})")
    print(f"{name}BIAS = {bias:.3f}")
