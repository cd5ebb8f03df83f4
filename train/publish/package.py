"""A finished and evaluated run -> the model package: the files that are uploaded to the Hub.

python -m train package --run runs/sketch-cnn --rows runs/row-cnn --output model

The network that reads digits comes from one run, and the row network, which reads whole lines, from
another one or from the package that is written again.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sketchdigits import DigitClassifier
from sketchdigits.architectures import DEFAULT_ARCHITECTURE
from sketchdigits.package.examples import EXAMPLES_FOLDER, MAX_EXAMPLES, choose_telling
from sketchdigits.package.files import (
    CARD_FILE,
    MAX_WEIGHTS_BYTES,
    METRICS_FILE,
    ROW_WEIGHTS_FILE,
    SETTINGS_FILE,
    read_bounded,
)
from sketchdigits.package.keras_files import save_network
from sketchdigits.package.row_network import RowFiles, make_row_files, write_row_files
from sketchdigits.package.settings import PackageSettings, read_settings
from train.datasets import MNIST, DatasetPaths
from train.datasets.labelled_images import LabelledImages
from train.errors import RunError
from train.evaluate.ablation_table import describe_ablation
from train.fit.prediction import predict
from train.fit.row_runs import describe_row_run
from train.fit.run_folder import find_row_files, load_run_model, read_json, write_json
from train.publish.card import render_model_card
from train.reports.figures import published_figures

# The largest difference allowed between the probabilities of two ways of loading a package.
# Rounding causes some, most of all on a GPU.
MAX_DIFFERENCE = 1e-4


def package_run(
    run: Path,
    output: Path,
    *,
    paths: DatasetPaths,
    ablation: Path | None = None,
    rows: Path | None = None,
) -> None:
    """Write the package of `run` to `output`: weights, settings, metrics, figures, card, examples.

    Without `rows`, the row network is that of `run`, if it is a package's copy; else the one that
    the package in `output` has already.

    The examples are images of MNIST's test split: they are published, but never committed.

    Args:
        run: folder of a finished and evaluated run.
        output: folder of the package; its files are overwritten.
        paths: where the datasets' files are.
        ablation: the file that `ablate` wrote; its results are added to the metrics and the card.
        rows: folder of a run of `fit-rows`, whose row network the package gets.

    Raises:
        RunError: the run is not finished or not evaluated, was calibrated after the evaluation,
            `ablation` is the result of another architecture, or `rows` is not finished.
        ModelPackageError: the weights of `rows`, or the package in `output`, are damaged.
        DatasetError: the run was trained on MNIST, and MNIST's file is missing or damaged.
    """
    # Everything that can be missing is read before a file is overwritten.
    metrics = read_json(run / METRICS_FILE)
    if ablation:
        if metrics["architecture"] != DEFAULT_ARCHITECTURE:
            raise RunError(
                f"--ablation is for {DEFAULT_ARCHITECTURE}. Received: a run of "
                f"{metrics['architecture']}. Leave out --ablation."
            )
        metrics["ablation"] = describe_ablation(ablation, metrics["training"]["recipe"])
    network, settings = load_run_model(run)
    _check_calibration(metrics, settings)
    row_weights = _read_row_weights(rows) if rows else None
    row_files = None if rows else find_row_files(run, settings)
    if rows:
        metrics["row_network"] = describe_row_run(rows)
    elif row_files is None and (row_files := _find_row_files_of(output)):
        metrics |= _find_row_metrics_of(output)
    card = render_model_card(metrics)
    trained_on_mnist = "mnist" in metrics["training"]["data"]
    test = MNIST.load(paths).test if trained_on_mnist else None
    save_network(output, network, settings)
    # After that network: Keras numbers the layers' names, and the same run gives the same files.
    if row_weights:
        row_files = make_row_files(row_weights, str(rows))
    if row_files:
        write_row_files(output, row_files)
    classifier = DigitClassifier.from_pretrained(output)  # raises if the page could not load it
    if test:
        metrics["litert"] = compare_with_keras(classifier, test)
        card = render_model_card(metrics)

    write_json(output / METRICS_FILE, metrics)
    figures = output / "figures"
    figures.mkdir(exist_ok=True)
    if not os.path.samefile(output, run):
        for name in published_figures(metrics):
            shutil.copyfile(run / "figures" / name, figures / name)
    (output / CARD_FILE).write_text(card, encoding="utf-8")
    if test:
        write_examples(output / EXAMPLES_FOLDER, test, classifier)


def _read_row_weights(rows: Path) -> bytes:
    if not (rows / ROW_WEIGHTS_FILE).exists():
        raise RunError(
            f"No {ROW_WEIGHTS_FILE} in {rows}: expected the folder of a finished run of `python -m "
            "train fit-rows`."
        )
    return read_bounded(rows / ROW_WEIGHTS_FILE, str(rows), MAX_WEIGHTS_BYTES)


def _find_row_files_of(package: Path) -> RowFiles | None:
    """Read the row network of a package; None if there is no package, or it has none."""
    if not (package / SETTINGS_FILE).is_file():
        return None
    return find_row_files(package, read_settings(package))


def _find_row_metrics_of(package: Path) -> dict[str, Any]:
    """What the metrics of a package tell of its row network."""
    found = read_json(package / METRICS_FILE) if (package / METRICS_FILE).is_file() else {}
    return {"row_network": found["row_network"]} if "row_network" in found else {}


def _check_calibration(metrics: dict[str, Any], settings: PackageSettings) -> None:
    """Check that the metrics were measured with the model's current calibration.

    Raises:
        RunError: the run was calibrated after it was evaluated.
    """
    measured = metrics.get("rejection", {})
    names = [name for name in ("threshold", "refusal_threshold") if name in measured]
    if metrics["training"]["temperature"] != settings.temperature or any(
        getattr(settings.digit_score, name, None) != measured[name] for name in names
    ):
        raise RunError(
            "The run was calibrated after it was evaluated, so its metrics do not describe its "
            "current model. Run `python -m train evaluate` again."
        )


def compare_with_keras(classifier: DigitClassifier, test: LabelledImages) -> dict[str, Any]:
    """Measure the largest difference between LiteRT's and Keras's probabilities on a test split.

    Returns:
        `{"n": number of images, "largest_difference": difference}`, for the metrics.

    Raises:
        RunError: the difference is larger than `MAX_DIFFERENCE`, which rounding stays below.
    """
    predictions = classifier.predict_preprocessed(test.images)
    litert = np.stack([prediction.probabilities for prediction in predictions])
    keras = predict(classifier.network, test.images)
    difference = float(np.abs(litert - keras).max())
    if not difference <= MAX_DIFFERENCE:
        raise RunError(
            f"LiteRT's probabilities differ from Keras's by up to {difference:g}: the package was "
            f"not finished. Expected: at most {MAX_DIFFERENCE:g}. Report it, with the versions of "
            "TensorFlow and ai-edge-litert."
        )
    return {"n": len(test), "largest_difference": difference}


def write_examples(folder: Path, test: LabelledImages, classifier: DigitClassifier) -> None:
    """Write some images of a test split as `INDEX-LABEL.png`, replacing those in `folder`.

    All digits are among them, and some images that the model misreads.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    answers = classifier.predict_batch(list(test.images))
    probabilities = np.stack([answer.probabilities for answer in answers])
    for index in choose_telling(test.labels, probabilities, MAX_EXAMPLES):
        path = folder / f"{index:05d}-{test.labels[index]}.png"
        Image.fromarray(test.images[index]).save(path)
