"""`python -m train publish`: upload a model package to the Hub."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from train.cli.options import (
    Commands,
    add_dataset_options,
    add_hub_options,
    dataset_paths,
    hub_id,
)
from train.datasets import MNIST


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "publish",
        help="upload a model package to the Hub, in one commit",
        description="Check a model package and upload it to the Hub, in one commit. Publishing the "
        "same package twice is harmless.",
    )
    parser.add_argument(
        "--package",
        type=Path,
        default=Path("model"),
        metavar="FOLDER",
        help="the model package; default: %(default)s",
    )
    add_hub_options(parser)
    parser.add_argument(
        "--revision",
        metavar="BRANCH",
        help="branch to upload to, created if it does not exist; default: main",
    )
    parser.add_argument(
        "--space",
        type=hub_id,
        metavar="OWNER/SPACE",
        help="the Space that serves the model; the card links to it",
    )
    add_dataset_options(parser, [MNIST])
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Check the package, and upload it unless this is a dry run."""
    from sketchdigits.package.examples import EXAMPLES_FOLDER
    from train.publish.hub_token import read_token
    from train.publish.stage import REPLACED_FOLDERS, describe_files, stage_package  # heavy: Keras
    from train.publish.upload import upload_unless_dry

    with tempfile.TemporaryDirectory() as folder:
        staging = Path(folder)
        print(f"Checking {options.package} ...", flush=True)
        stage_package(
            options.package,
            staging,
            options.repo_id,
            paths=dataset_paths(options),
            space_id=options.space,
        )
        print(describe_files(staging))
        if not (staging / EXAMPLES_FOLDER).is_dir():
            print(
                "This package has no example images: the Hub keeps those it has. If it has none, "
                "the page shows scikit-learn's digits. To upload MNIST images as examples, give "
                "their file with --mnist."
            )
        commit = upload_unless_dry(
            staging,
            options,
            None if options.dry_run else read_token(options.token),
            message="Publish the model",
            replaced_folders=REPLACED_FOLDERS,
            revision=options.revision,
        )
    if commit:
        print(
            f"{options.repo_id} holds this package: {commit.commit_url}\nPin it: DigitClassifier."
            f'from_pretrained("{options.repo_id}", revision="{commit.oid}")'
        )
