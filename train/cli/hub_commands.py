"""What each subcommand of `python -m train` that sends something to the Hub does."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from huggingface_hub import CommitInfo

from sketchdigits.hub.upload import upload_folder
from sketchdigits.package.examples import EXAMPLES_FOLDER
from train.publish.hub_token import read_token
from train.publish.space import SPACE_FOLDERS, build_space, resolve_model
from train.publish.stage import REPLACED_FOLDERS, describe_files, stage_package


def publish(options: argparse.Namespace) -> None:
    """`python -m train publish`."""
    with tempfile.TemporaryDirectory() as folder:
        staging = Path(folder)
        print(f"Checking {options.package} ...", flush=True)
        stage_package(options.package, staging, options.repo_id, mnist_path=options.mnist)
        print(describe_files(staging))
        if not (staging / EXAMPLES_FOLDER).is_dir():
            print(
                "No gallery in this package: the Hub keeps what it has, and without one the page "
                "shows scikit-learn's digits. To send MNIST's, name their file with --mnist."
            )
        commit = _upload(
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


def publish_space(options: argparse.Namespace) -> None:
    """`python -m train publish-space`."""
    print(f"Loading {options.model} ...", flush=True)
    token = read_token(options.token)
    commit, preloaded = resolve_model(options.model, options.revision, token)
    with tempfile.TemporaryDirectory() as folder:
        build_space(Path(folder), options.model, commit, preloaded)
        print(describe_files(Path(folder)))
        published = _upload(
            Path(folder),
            options,
            token,
            message=f"Serve {options.model} at {commit[:12]}",
            replaced_folders=SPACE_FOLDERS,
            repo_type="space",
        )
    if published:
        print(f"{options.repo_id} serves {options.model} at {commit}: {published.commit_url}")


def _upload(
    folder: Path,
    options: argparse.Namespace,
    token: str | None,
    *,
    message: str,
    **destination: Any,
) -> CommitInfo | None:
    """Send a folder, unless this is a dry run."""
    if options.dry_run:
        print(f"Dry run: nothing was sent to {options.repo_id}.")
        return None
    print(f"Sending to {options.repo_id} ...", flush=True)
    return upload_folder(
        folder,
        options.repo_id,
        commit_message=options.message or message,
        private=options.private,
        token=token,
        timeout=options.timeout,
        **destination,
    )
