"""`python -m train package`: write the model package of an evaluated run."""

from __future__ import annotations

import argparse
from pathlib import Path

from train.cli.options import (
    Commands,
    add_dataset_options,
    add_run_options,
    dataset_paths,
    run_folder,
)
from train.datasets import MNIST


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "package",
        help="write the model package of an evaluated run",
        description="Write the model package of an evaluated run: the folder that `publish` "
        "uploads.",
    )
    add_run_options(parser)
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="folder to write; default: model for sketch-cnn, RUN/package for the tutorials",
    )
    parser.add_argument(
        "--ablation",
        type=Path,
        metavar="JSON",
        help="the file that `ablate` wrote, to add its results to the model card",
    )
    parser.add_argument(
        "--rows",
        type=Path,
        metavar="RUN",
        help="folder of a run of `fit-rows`, whose row network the package gets; default: the row "
        "network of the package that is written again",
    )
    add_dataset_options(parser, [MNIST])
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Write the package and print how to try it."""
    from train.fit.run_folder import read_run_settings
    from train.fit.tutorials import TUTORIALS
    from train.publish.package import package_run  # heavy: TensorFlow

    folder = run_folder(options)
    is_tutorial = read_run_settings(folder)["architecture"] in TUTORIALS
    output = options.output or (folder / "package" if is_tutorial else Path("model"))
    package_run(
        folder,
        output,
        paths=dataset_paths(options),
        ablation=options.ablation,
        rows=options.rows,
    )
    print(f"Finished. Try it: MODEL_ID={output} python app.py")
