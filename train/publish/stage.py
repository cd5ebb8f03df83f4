"""The model package -> one commit on the Hub.

    python -m train publish --repo-id owner/name [--dry-run]

Sent are the weights, the settings, `metrics.json`, the figures, the gallery's examples and the
card, and nothing else that may lie in the folder.
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
    SETTINGS_FILE,
)
from sketchdigits.package.known_answer import known_image
from sketchdigits.package.settings import read_settings
from train.datasets import MNIST, DatasetPaths
from train.errors import PublishError
from train.fit.run_folder import read_json
from train.publish.card import render_model_card
from train.publish.package import write_examples
from train.reports.figures import published_figures

# Two ways of computing the same may differ by so much, on a GPU most.
SAME_ANSWER = 1e-4
FIGURES_FOLDER = "figures"
# Folders of which the Hub keeps nothing that the package has no longer.
REPLACED_FOLDERS = (FIGURES_FOLDER, EXAMPLES_FOLDER)


def stage_package(package: Path, staging: Path, repo_id: str, *, paths: DatasetPaths) -> None:
    """Copy what is published of `package` to `staging`, with a card that names `repo_id`.

    A package from the source code comes without MNIST's images. They are added where their file
    is named.

    Raises:
        PublishError: something is missing, or doesn't belong together.
        ModelPackageError: the package can't be loaded.
        DatasetError: the MNIST file is missing or damaged.
    """
    wanted = [*KERAS_FILES, SETTINGS_FILE, METRICS_FILE]
    if (package / SETTINGS_FILE).is_file() and read_settings(package).litert_sha256:
        wanted.append(LITERT_FILE)
    metrics = read_json(package / METRICS_FILE) if (package / METRICS_FILE).is_file() else {}
    wanted += [f"{FIGURES_FOLDER}/{name}" for name in published_figures(metrics)]
    if missing := [name for name in wanted if not (package / name).is_file()]:
        raise PublishError(
            f"{package} is no finished package: no {', '.join(missing)}. Write it with "
            "`python -m train package`; a model of your own that was saved with "
            "`save_pretrained` is published by its `push_to_hub`."
        )
    _check_every_way_of_loading(package)
    for name in wanted:
        (staging / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(package / name, staging / name)
    try:
        card = render_model_card(metrics, repo_id)
    except (KeyError, TypeError, AttributeError, ValueError, UndefinedError) as error:
        raise PublishError(
            f"{package / METRICS_FILE} is not what `evaluate` wrote. Package the run again."
        ) from error
    (staging / CARD_FILE).write_text(card, encoding="utf-8")

    examples = [
        path
        for path in sorted((package / EXAMPLES_FOLDER).glob("*"))
        if is_example(f"{EXAMPLES_FOLDER}/{path.name}") and path.is_file()
    ]
    if examples:
        (staging / EXAMPLES_FOLDER).mkdir()
        for path in examples:
            shutil.copyfile(path, staging / EXAMPLES_FOLDER / path.name)
    elif "mnist" in metrics["training"]["data"] and paths.find(MNIST):
        test, classifier = MNIST.load(paths).test, DigitClassifier.from_pretrained(package)
        write_examples(staging / EXAMPLES_FOLDER, test, classifier)


def _check_every_way_of_loading(package: Path) -> None:
    """Refuse what nobody could load, or what stock Keras would read otherwise than we do."""
    seen = known_image()[None, ..., None]
    ours = DigitClassifier.from_pretrained(package).network.predict(seen, verbose=0)
    try:
        stock = keras.saving.load_model(package).predict(seen, verbose=0)
    except Exception as error:  # Keras raises many types for a damaged file
        raise PublishError(
            f"Keras can't load {package}: its config.json or metadata.json is damaged. "
            "Package the run again."
        ) from error
    if stock.shape != ours.shape or np.abs(stock - ours).max() > SAME_ANSWER:
        raise PublishError(
            f"Keras reads {package} as another network than Sketchdigits does: its config.json "
            "and its weights don't belong together. Package the run again."
        )


def describe_files(folder: Path) -> str:
    """A line a file with its size in bytes, and the sum."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    sizes = [path.stat().st_size for path in paths]
    lines = [
        f"{size:>12,}  {path.relative_to(folder).as_posix()}"
        for path, size in zip(paths, sizes, strict=True)
    ]
    return "\n".join([*lines, f"{sum(sizes):>12,}  bytes in {len(paths)} files, in one commit"])
