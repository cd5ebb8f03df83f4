"""The model package -> a folder with exactly the files to upload.

    python -m train publish --repo-id owner/name [--dry-run]

These are the weights, the settings, `metrics.json`, the figures, the example images and the card.
Other files in the package's folder are not copied.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
from jinja2 import UndefinedError

from sketchdigits import DigitClassifier
from sketchdigits.package.examples import EXAMPLES_FOLDER, is_example
from sketchdigits.package.files import (
    CARD_FILE,
    KERAS_FILES,
    LITERT_FILE,
    METRICS_FILE,
    ROW_LITERT_FILE,
    ROW_WEIGHTS_FILE,
    SETTINGS_FILE,
)
from sketchdigits.package.known_answer import known_image
from sketchdigits.package.row_network import load_row_runtime
from sketchdigits.package.settings import read_settings
from train.datasets import MNIST, DatasetPaths
from train.errors import PublishError
from train.fit.run_folder import read_json
from train.publish.card import render_model_card
from train.publish.package import MAX_DIFFERENCE, write_examples
from train.reports.figures import published_figures

FIGURES_FOLDER = "figures"
# Old files in these folders are removed from the Hub if the package no longer has them.
REPLACED_FOLDERS = (FIGURES_FOLDER, EXAMPLES_FOLDER)


def stage_package(
    package: Path,
    staging: Path,
    repo_id: str,
    *,
    paths: DatasetPaths,
    space_id: str | None = None,
) -> None:
    """Check `package` and copy the files to upload to `staging`, with a card that names `repo_id`.

    The package in the source code has no example images. They are made here if `paths` has MNIST's
    file. The card links to the Space `space_id`, if it is given.

    Raises:
        PublishError: a file is missing, or the files don't belong together.
        ModelPackageError: the package can't be loaded.
        DatasetError: the MNIST file is missing or damaged.
    """
    wanted = [*KERAS_FILES, SETTINGS_FILE, METRICS_FILE]
    settings = read_settings(package) if (package / SETTINGS_FILE).is_file() else None
    if settings and settings.litert_sha256:
        wanted.append(LITERT_FILE)
    if settings and settings.row_network:
        wanted += [ROW_WEIGHTS_FILE, ROW_LITERT_FILE]
    metrics = read_json(package / METRICS_FILE) if (package / METRICS_FILE).is_file() else {}
    wanted += [f"{FIGURES_FOLDER}/{name}" for name in published_figures(metrics)]
    if missing := [name for name in wanted if not (package / name).is_file()]:
        raise PublishError(
            f"{package} is not a complete package: it has no {', '.join(missing)}. Write it with "
            "`python -m train package`. To publish a model of your own that `save_pretrained` "
            "wrote, use its `push_to_hub`."
        )
    _check_every_way_of_loading(package)
    for name in wanted:
        (staging / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(package / name, staging / name)
    try:
        render_model_card(metrics, repo_id)  # a check, before examples are drawn
    except (KeyError, TypeError, AttributeError, ValueError, UndefinedError) as error:
        raise PublishError(
            f"{package / METRICS_FILE} was not written by `evaluate`. Package the run again."
        ) from error
    if examples := _list_examples(package):
        (staging / EXAMPLES_FOLDER).mkdir()
        for name in examples:
            shutil.copyfile(package / name, staging / name)
    elif "mnist" in metrics["training"]["data"] and paths.find(MNIST):
        test, classifier = MNIST.load(paths).test, DigitClassifier.from_pretrained(package)
        write_examples(staging / EXAMPLES_FOLDER, test, classifier)
    examples = _list_examples(staging)
    card = render_model_card(metrics, repo_id, space_id=space_id, examples=examples)
    (staging / CARD_FILE).write_text(card, encoding="utf-8")


def _list_examples(folder: Path) -> list[str]:
    """The examples in the folder of a package, as paths in its repository."""
    paths = sorted((folder / EXAMPLES_FOLDER).glob("*"))
    names = (f"{EXAMPLES_FOLDER}/{path.name}" for path in paths if path.is_file())
    return [name for name in names if is_example(name)]


def _check_every_way_of_loading(package: Path) -> None:
    """Check that Sketchdigits and stock Keras load the package as the same network.

    The row network is checked in both runtimes: each must give the answer in the settings.

    Raises:
        PublishError: Keras can't load it, or its probabilities for an image differ from ours.
        ModelPackageError: Sketchdigits can't load it.
    """
    image = known_image()[None, ..., None]
    classifier = DigitClassifier.from_pretrained(package)
    if rows := classifier.settings.row_network:
        load_row_runtime(package, rows, str(package), "keras")
    ours = classifier.network.predict(image, verbose=0)
    try:
        stock = keras.saving.load_model(package).predict(image, verbose=0)
    except Exception as error:  # Keras raises many types for a damaged file
        raise PublishError(
            f"Keras can't load {package}: its config.json or metadata.json is damaged. "
            "Package the run again."
        ) from error
    if stock.shape != ours.shape or np.abs(stock - ours).max() > MAX_DIFFERENCE:
        raise PublishError(
            f"Keras and Sketchdigits load {package} as different networks: its config.json and its "
            "weights don't belong together. Package the run again."
        )


def describe_files(folder: Path) -> str:
    """List the files of a folder with their sizes in bytes, a line a file, and the total."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    sizes = [path.stat().st_size for path in paths]
    lines = [
        f"{size:>12,}  {path.relative_to(folder).as_posix()}"
        for path, size in zip(paths, sizes, strict=True)
    ]
    return "\n".join([*lines, f"{sum(sizes):>12,}  bytes in {len(paths)} files, in one commit"])
