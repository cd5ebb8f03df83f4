"""The command line: `python -m train fit | evaluate | package | publish | publish-space | predict`.

Thin: it parses and passes on.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from sketchdigits import SketchdigitsError
from sketchdigits.hub_arguments import check_timeout
from train.data import MNIST_VARIABLE
from train.errors import TrainingError
from train.hub_token import ASK_FOR_TOKEN
from train.pendigits import PENDIGITS_VARIABLE
from train.predict_files import FORMATS


def build_parser() -> argparse.ArgumentParser:
    """The parser of every subcommand and option."""
    parser = argparse.ArgumentParser(
        prog="python -m train", description="Train, evaluate and package a reader of drawn digits."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    fit = commands.add_parser(
        "fit",
        help="train an architecture, or go on with a run that was stopped",
        description="Train an architecture. Run the same command again to resume a killed run.",
    )
    _add_run(fit)
    fit.add_argument(
        "--data",
        nargs="+",
        default=["mnist", "pendigits"],
        metavar="NAME",
        help="mnist, pendigits, digits (scikit-learn's: no file); default: mnist pendigits",
    )
    fit.add_argument("--epochs", type=_positive, help="default: the architecture's recipe")
    fit.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    _add_dataset_paths(fit)

    evaluate = commands.add_parser(
        "evaluate",
        help="score a finished run on the test sets; write metrics.json and figures",
    )
    _add_run(evaluate)
    _add_dataset_paths(evaluate)

    package = commands.add_parser(
        "package", help="write the model folder of an evaluated run: what is published"
    )
    _add_run(package)
    package.add_argument("--output", type=Path, default=Path("model"), help="default: %(default)s")
    _add_dataset_paths(package)

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

    predict = commands.add_parser(
        "predict",
        help="read the digits on image files",
        description="Read the digit on each image. Exits with 1 if any could not be read.",
    )
    predict.add_argument("files", nargs="+", metavar="FILE", help="images, folders or globs")
    predict.add_argument("--model", default="model", help="folder or Hub id; default: %(default)s")
    predict.add_argument("--revision", help="of a model on the Hub")
    predict.add_argument(
        "--top", type=_positive, default=3, metavar="K", help="default: %(default)s"
    )
    predict.add_argument("--format", choices=FORMATS, default="table")
    return parser


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


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--architecture", default="sketch-cnn", help="default: %(default)s")
    parser.add_argument("--run", type=Path, help="the run's folder; default: runs/ARCHITECTURE")


def _add_dataset_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mnist",
        metavar="NPZ",
        help=f"MNIST as an .npz file; else ${MNIST_VARIABLE}; else Keras downloads it",
    )
    parser.add_argument(
        "--pendigits",
        metavar="TRA",
        help=f"UCI's pendigits-orig.tra, plain or .gz; else ${PENDIGITS_VARIABLE}",
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1. Received: {text}")
    return number


def _seconds(text: str) -> float:
    try:
        check_timeout(float(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be a time in seconds. Received: {text}") from error
    return float(text)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = build_parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from train import commands  # heavy: TensorFlow

    try:
        return getattr(commands, options.command.replace("-", "_"))(options) or 0
    except (TrainingError, SketchdigitsError) as error:
        print(f"python -m train {options.command}: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a folder that may not be written
        where = f": {error.filename}" if error.filename else ""
        print(f"python -m train {options.command}: {error.strerror}{where}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a request to a Hub that hangs, in a thread of its client's, would hold the end.
    os._exit(status)
