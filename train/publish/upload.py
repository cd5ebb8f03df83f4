"""Upload a folder to the Hub with the options of `publish` and `publish-space`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from huggingface_hub import CommitInfo

from sketchdigits.hub.upload import check_destination, upload_folder


def upload_unless_dry(
    folder: Path,
    options: argparse.Namespace,
    token: str | None,
    *,
    message: str,
    **destination: Any,
) -> CommitInfo | None:
    """Upload a folder in one commit; with `--dry-run`, upload nothing and return None.

    Args:
        folder: the files to upload.
        options: of a command that used `add_hub_options`.
        token: None for the token of `hf auth login` or HF_TOKEN.
        message: the commit message if `--message` gives none.
        destination: further arguments of `upload_folder`, such as `revision`.

    Raises:
        ModelPackageError: the repository or the branch can't exist, also with `--dry-run`.
        HubError: nothing was published, or the connection broke off.
    """
    check_destination(options.repo_id, destination.get("revision"))
    if options.dry_run:
        print(f"Dry run: nothing was uploaded to {options.repo_id}.")
        return None
    print(f"Uploading to {options.repo_id} ...", flush=True)
    return upload_folder(
        folder,
        options.repo_id,
        commit_message=options.message or message,
        private=options.private,
        token=token,
        timeout=options.timeout,
        **destination,
    )
