"""What can be typed after `python -m train`: every subcommand and option, and nothing heavy.

Those for the Hub are in `hub_options.py`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sketchdigits.predict_files import FORMATS
from train.cli.hub_options import add_hub_commands
from train.datasets.labelled_images import DATASET_NAMES, MNIST_VARIABLE
from train.datasets.omniglot import OMNIGLOT_VARIABLE
from train.datasets.pendigits import PENDIGITS_VARIABLE


def build_parser() -> argparse.ArgumentParser:
    """The parser of every subcommand and option."""
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Train, evaluate, compare and publish readers of drawn digits.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _add_training_commands(commands)
    _add_looking_commands(commands)
    add_hub_commands(commands)
    return parser


def _add_training_commands(commands) -> None:
    fit = commands.add_parser(
        "fit",
        help="train an architecture, or go on with a run that was stopped",
        description="Train an architecture. Run the same command again to resume a killed run.",
    )
    _add_run(fit)
    fit.add_argument(
        "--data",
        nargs="+",
        metavar="NAME",
        help=f"of {', '.join(DATASET_NAMES)}; digits are scikit-learn's and, like what is drawn "
        "by program, need no file; default: all but digits for sketch-cnn, mnist for the tutorials",
    )
    _add_recipe(fit)
    _add_precision(fit)
    fit.add_argument(
        "--corrections",
        nargs="+",
        type=Path,
        metavar="FOLDER",
        help="what the page's visitors put right: where the page keeps it, or the Hub dataset, "
        "downloaded; for training alone, at most a twentieth of it",
    )
    fit.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    fit.add_argument(
        "--as-published",
        action="store_true",
        help="a tutorial as it was: all 60,000 images to train on, watched on the test split",
    )
    _add_dataset_paths(fit)

    evaluate = commands.add_parser(
        "evaluate",
        help="score a finished run on the test sets; write metrics.json and figures",
        description="Score a finished run on the test sets, once; write metrics.json and figures.",
    )
    _add_run(evaluate)
    _add_dataset_paths(evaluate)

    package = commands.add_parser(
        "package", help="write the model folder of an evaluated run: what is published"
    )
    _add_run(package)
    package.add_argument(
        "--output", type=Path, help="default: model for sketch-cnn, RUN/package for the tutorials"
    )
    package.add_argument(
        "--ablation", type=Path, metavar="JSON", help="what `ablate` wrote, for the card"
    )
    _add_dataset_paths(package)

    crossval = commands.add_parser(
        "crossval",
        help="k-fold cross-validation of an architecture's recipe",
        description="Train once a fold, stratified and shuffled. Run it again to go on.",
    )
    _add_run(crossval, "runs/ARCHITECTURE-crossval")
    crossval.add_argument(
        "--data", choices=("mnist", "digits"), default="mnist", help="default: %(default)s"
    )
    crossval.add_argument("--folds", type=_positive, default=5, help="default: %(default)s")
    crossval.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    _add_recipe(crossval)
    _add_mnist(crossval)

    _add_ablation(commands)

    compare = commands.add_parser(
        "compare",
        help="all six models in one table: train the tutorials, load ours, measure",
        description="Train the five tutorials unless they are trained, load ours, and measure all "
        "of them. Run it again to go on.",
    )
    compare.add_argument(
        "--runs", type=Path, default=Path("runs"), help="the tutorials'; default: %(default)s"
    )
    compare.add_argument(
        "--package", type=Path, default=Path("model"), help="ours; default: %(default)s"
    )
    compare.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    _add_output(compare, "comparison")
    _add_dataset_paths(compare)


def _add_ablation(commands) -> None:
    ablate = commands.add_parser(
        "ablate",
        help="what each ingredient of sketch-cnn's recipe brings, on validation",
        description="Short runs that lack one ingredient each, or have one more, scored on "
        "validation. Run it again to go on.",
    )
    ablate.add_argument(
        "--epochs",
        type=_positive,
        default=4,  # the fewest of which one is calm
        help="default: %(default)s",
    )
    ablate.add_argument(
        "--seeds",
        type=int,
        nargs="+",
        default=[0, 1, 2],
        help="of the whole recipe; the others have the first; default: %(default)s",
    )
    _add_precision(ablate)
    ablate.add_argument(
        "--runs", type=Path, default=Path("runs/ablation"), help="default: %(default)s"
    )
    _add_output(ablate, "ablation")
    _add_dataset_paths(ablate)


def _add_looking_commands(commands) -> None:
    architectures = commands.add_parser(
        "architectures", help="list the networks, ours and the tutorials', with what they score"
    )
    architectures.add_argument("name", nargs="?", metavar="NAME", help="show this one's layers")

    commands.add_parser(
        "layouts",
        help="note what LiteRT files of all networks look like, after a change of one of them",
    )

    show_data = commands.add_parser(
        "show-data", help="a look at a dataset: shapes, types, counts, and a picture"
    )
    show_data.add_argument(
        "--data",
        choices=("mnist", "pendigits", "digits"),
        default="mnist",
        help="default: %(default)s",
    )
    _add_output(show_data, "data")
    _add_dataset_paths(show_data)

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


def _add_run(parser: argparse.ArgumentParser, default: str = "runs/ARCHITECTURE") -> None:
    parser.add_argument("--architecture", default="sketch-cnn", help="default: %(default)s")
    parser.add_argument("--run", type=Path, help=f"the run's folder; default: {default}")


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--epochs", type=_positive, help="default: the architecture's recipe")
    parser.add_argument(
        "--batch-size", type=_positive, metavar="N", help="default: the architecture's recipe"
    )


def _add_precision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--precision",
        choices=("float32", "mixed_bfloat16"),
        help="mixed_bfloat16 is faster on processors with avx512_bf16 or AMX (see lscpu), and far "
        "slower on others; default: the architecture's recipe",
    )


def _add_output(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(
        "--output", type=Path, default=Path("runs") / name, help="folder; default: %(default)s"
    )


def _add_mnist(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mnist",
        metavar="NPZ",
        help=f"MNIST as an .npz file; else ${MNIST_VARIABLE}; else Keras downloads it",
    )


def _add_dataset_paths(parser: argparse.ArgumentParser) -> None:
    _add_mnist(parser)
    parser.add_argument(
        "--pendigits",
        metavar="TRA",
        help=f"UCI's pendigits-orig.tra, plain or .gz; else ${PENDIGITS_VARIABLE}",
    )
    parser.add_argument(
        "--omniglot",
        metavar="ZIP",
        help=f"Omniglot's images_background_small1.zip; else ${OMNIGLOT_VARIABLE}",
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1. Received: {text}")
    return number
