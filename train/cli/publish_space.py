"""`python -m train publish-space`: upload the page to a Space."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from train.cli.options import Commands, add_hub_options


def add_command(commands: Commands) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "publish-space",
        help="upload the page to a Space that serves a pinned model",
        description="Upload the page to a Space that serves one model of the Hub, pinned to a "
        "commit.",
    )
    parser.add_argument(
        "--model", required=True, metavar="OWNER/NAME", help="the model on the Hub to serve"
    )
    parser.add_argument(
        "--revision",
        metavar="REV",
        help="branch, tag or commit of the model; the Space is pinned to its commit; default: main",
    )
    add_hub_options(parser)
    parser.set_defaults(run_command=run)


def run(options: argparse.Namespace) -> None:
    """Load the model, build the Space, and upload it unless this is a dry run."""
    from train.publish.hub_token import read_token
    from train.publish.space import SPACE_FOLDERS, build_space, resolve_model
    from train.publish.stage import describe_files  # heavy: Keras
    from train.publish.upload import upload_unless_dry

    print(f"Loading {options.model} ...", flush=True)
    token = read_token(options.token)
    commit, preloaded = resolve_model(options.model, options.revision, token)
    with tempfile.TemporaryDirectory() as folder:
        build_space(Path(folder), options.model, commit, preloaded)
        print(describe_files(Path(folder)))
        published = upload_unless_dry(
            Path(folder),
            options,
            token,
            message=f"Serve {options.model} at {commit[:12]}",
            replaced_folders=SPACE_FOLDERS,
            repo_type="space",
        )
    if published:
        print(f"{options.repo_id} serves {options.model} at {commit}: {published.commit_url}")
