"""What can be typed after `python -m train publish` and `publish-space`."""

from __future__ import annotations

import argparse
from pathlib import Path

from sketchdigits.hub.arguments import check_timeout
from train.datasets.labelled_images import MNIST_VARIABLE
from train.publish.hub_token import ASK_FOR_TOKEN


def add_hub_commands(commands) -> None:
    """Add both to `python -m train`'s subcommands."""
    publish = commands.add_parser(
        "publish",
        help="send a model folder to the Hub, in one commit",
        description="Send a model folder to the Hub, in one commit. Doing it twice is harmless.",
    )
    publish.add_argument("--package", type=Path, default=Path("model"), help="default: %(default)s")
    _add_hub_options(publish)
    publish.add_argument("--revision", metavar="BRANCH", help="created if need be; default: main")
    publish.add_argument(
        "--mnist",
        metavar="NPZ",
        help=f"for the gallery, where the folder lacks it; else ${MNIST_VARIABLE}",
    )

    space = commands.add_parser(
        "publish-space",
        help="send the app to a Space that serves one pinned model",
        description="Send the app to a Space that serves one pinned model of the Hub.",
    )
    space.add_argument("--model", required=True, metavar="OWNER/NAME", help="on the Hub")
    space.add_argument("--revision", help="of the model; its commit is pinned; default: main")
    _add_hub_options(space)


def _add_hub_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repo-id", required=True, metavar="OWNER/NAME", help="where to")
    parser.add_argument("--private", action="store_true", help="create it as a private one")
    parser.add_argument("--message", metavar="TEXT", help="of the commit")
    parser.add_argument(
        "--token",
        nargs="?",
        const=ASK_FOR_TOKEN,
        metavar="FILE",
        help="a file with a token, or nothing to be asked for it; "
        "default: the one of `hf auth login` or $HF_TOKEN",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help="for everything; default: enough for a line of 200 kB/s",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be sent, and send nothing"
    )


def _seconds(text: str) -> float:
    try:
        check_timeout(float(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be a time in seconds. Received: {text}") from error
    return float(text)
