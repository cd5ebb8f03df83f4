"""What each subcommand of `python -m train` does with its options."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tensorflow
from huggingface_hub import CommitInfo
from tqdm import tqdm

from sketchdigits import DigitClassifier
from sketchdigits.architectures import ARCHITECTURES
from sketchdigits.gallery import EXAMPLES_FOLDER
from sketchdigits.hub_upload import upload_folder
from train.errors import TrainingError
from train.evaluate import evaluate_run
from train.fit import fit_model, open_run
from train.hub_token import read_token
from train.packaging import package_run
from train.predict_files import find_files, format_answers, predict_files
from train.publish import REPLACED_FOLDERS, describe_files, stage_package
from train.recipes import RECIPES
from train.space import build_space, resolve_model
from train.training_data import load_training_data


def fit(options: argparse.Namespace) -> None:
    """`python -m train fit`."""
    if options.architecture not in ARCHITECTURES:
        raise TrainingError(
            f"Unknown architecture {options.architecture!r}. "
            f"Choose from: {', '.join(ARCHITECTURES)}"
        )
    recipe = RECIPES[options.architecture]
    run = run_folder(options)
    epochs = options.epochs or recipe.epochs
    settings: dict[str, Any] = {
        "architecture": options.architecture,
        "data": options.data,
        "epochs": epochs,
        "seed": options.seed,
        "recipe": asdict(recipe),
        # As anyone would type it: where the datasets lie is nobody else's business.
        "command": (
            f"python -m train fit --architecture {options.architecture} "
            f"--data {' '.join(options.data)} --epochs {epochs} --seed {options.seed}"
        ),
        "commit": current_commit(),
        "versions": {
            "python": platform.python_version(),
            "tensorflow": tensorflow.__version__,
            **{name: version(name) for name in ("keras", "numpy", "pillow")},
        },
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
    }
    open_run(run, settings)  # a wrong folder is refused before the long work begins
    data = load_training_data(
        tuple(options.data),
        recipe,
        mnist_path=options.mnist,
        pendigits_path=options.pendigits,
        seed=options.seed,
    )
    # A bar where someone watches; a line an epoch in a log.
    fit_model(run, data, recipe, settings, verbose=1 if sys.stdout.isatty() else 2)
    print(f"Finished. Next: python -m train evaluate --run {run}")


def evaluate(options: argparse.Namespace) -> None:
    """`python -m train evaluate`."""
    run = run_folder(options)
    metrics = evaluate_run(run, mnist_path=options.mnist, pendigits_path=options.pendigits)
    for name, score in metrics["test"].items():
        low, high = score["interval_95"]
        print(f"{score['accuracy']:8.2%}  ({low:.2%}-{high:.2%})  n={score['n']:,}  {name}")
    print(f"Finished. Next: python -m train package --run {run}")


def package(options: argparse.Namespace) -> None:
    """`python -m train package`."""
    package_run(run_folder(options), options.output, mnist_path=options.mnist)
    print(f"Finished. Try it: MODEL_ID={options.output} python app.py")


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
            replaced_folders=("sketchdigits", "model"),
            repo_type="space",
        )
    if published:
        print(f"{options.repo_id} serves {options.model} at {commit}: {published.commit_url}")


def predict(options: argparse.Namespace) -> int:
    """`python -m train predict`; the exit status: 1 if a file could not be read."""
    classifier = DigitClassifier.from_pretrained(options.model, revision=options.revision)
    files = find_files(options.files)
    # A bar for many, where someone watches.
    watched = tqdm(files, unit="file", disable=None if len(files) > 100 else True)
    answers = list(predict_files(classifier, watched, options.top))
    print(format_answers(answers, options.format))
    if failed := sum(bool(answer.error) for answer in answers):
        print(f"{failed} of {len(answers)} files could not be read.", file=sys.stderr)
    return 1 if failed else 0


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


def run_folder(options: argparse.Namespace) -> Path:
    """The run's folder, by option or by the architecture's name."""
    return options.run or Path("runs") / options.architecture


def current_commit() -> str:
    """The checkout's commit, with `+changes` where files differ from it; `unknown` outside git."""
    here = Path(__file__).parent
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True
        ).stdout.strip()
        changes = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit + ("+changes" if changes else "")
