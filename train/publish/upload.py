"""Send a folder to the Hub as the options of `publish` and `publish-space` ask for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from huggingface_hub import CommitInfo

from sketchdigits.hub.upload import upload_folder


def upload_unless_dry(
    folder: Path,
    options: argparse.Namespace,
    token: str | None,
    *,
    message: str,
    **destination: Any,
) -> CommitInfo | None:
    """Send a folder in one commit; with `--dry-run` send nothing and return None."""
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
