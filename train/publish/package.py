"""A finished and evaluated run -> the model package: exactly what is pushed to the Hub.

python -m train package --run runs/sketch-cnn --output model
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sketchdigits import DigitClassifier
from sketchdigits.package.examples import EXAMPLES_FOLDER, MAX_EXAMPLES, choose_telling
from sketchdigits.package.files import CARD_FILE, METRICS_FILE
from sketchdigits.package.keras_files import save_network
from sketchdigits.package.settings import PackageSettings
from train import DEFAULT_ARCHITECTURE
from train.datasets import MNIST, DatasetPaths
from train.datasets.labelled_images import LabelledImages
from train.errors import RunError
from train.evaluate.ablation_table import describe_ablation
from train.fit.loop import predict
from train.fit.run_folder import load_run_model, read_json, write_json
from train.publish.card import render_model_card
from train.reports.figures import published_figures

# What LiteRT's probabilities may differ from Keras's.
SAME_PROBABILITY = 1e-4


def package_run(
    run: Path,
    output: Path,
    *,
    paths: DatasetPaths,
    ablation: Path | None = None,
) -> None:
    """Write the package of `run` to `output`: weights, settings, metrics, figures, card, examples.

    The examples are MNIST's own images: published with the package, never committed.

    What `ablate` found, if its file is named, joins the metrics and the card.

    Raises:
        RunError: the run isn't finished or hasn't been evaluated, or `ablation` isn't its ablation.
        DatasetError: the run was trained on MNIST and the file is missing or damaged.
    """
    # Whatever may be missing is found out before anything is written over.
    metrics = read_json(run / METRICS_FILE)
    if ablation:
        if metrics["architecture"] != DEFAULT_ARCHITECTURE:
            raise RunError(
                f"What `ablate` found is {DEFAULT_ARCHITECTURE}'s. Leave out --ablation."
            )
        metrics["ablation"] = describe_ablation(ablation, metrics["training"]["recipe"])
    network, settings = load_run_model(run)
    _check_calibration(metrics, settings)
    card = render_model_card(metrics)
    trained_on_mnist = "mnist" in metrics["training"]["data"]
    test = MNIST.load(paths).test if trained_on_mnist else None
    save_network(output, network, settings)
    classifier = DigitClassifier.from_pretrained(output)  # refuses what it could not serve
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


def _check_calibration(metrics: dict[str, Any], settings: PackageSettings) -> None:
    """Refuse metrics of another calibration than the model has now.

    Raises:
        RunError: the run was calibrated after it was evaluated.
    """
    threshold = metrics.get("rejection", {}).get("threshold")
    digit_score = settings.digit_score
    if metrics["training"]["temperature"] != settings.temperature or (
        threshold is not None and (digit_score is None or digit_score.threshold != threshold)
    ):
        raise RunError(
            "The run was calibrated after it was evaluated, so its metrics are not those of its "
            "model. Run `python -m train evaluate` again."
        )


def compare_with_keras(classifier: DigitClassifier, test: LabelledImages) -> dict[str, Any]:
    """How far LiteRT's probabilities are from Keras's on all of a test split.

    Raises:
        RunError: farther than rounding explains.
    """
    seen = classifier.predict_preprocessed(test.images)
    fast = np.stack([prediction.probabilities for prediction in seen])
    exact = predict(classifier.network, test.images)
    difference = float(np.abs(fast - exact).max())
    if not difference <= SAME_PROBABILITY:
        raise RunError(
            f"LiteRT answers otherwise than Keras, by up to {difference:g}: not packaged. "
            "Report it, with the versions of TensorFlow and ai-edge-litert."
        )
    return {"n": len(test), "largest_difference": difference}


def write_examples(folder: Path, test: LabelledImages, classifier: DigitClassifier) -> None:
    """Some images of a test split as `INDEX-LABEL.png`: of every digit, and some read wrong.

    They take the place of those that were there.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    answers = classifier.predict_batch(list(test.images))
    probabilities = np.stack([answer.probabilities for answer in answers])
    for index in choose_telling(test.labels, probabilities, MAX_EXAMPLES):
        path = folder / f"{index:05d}-{test.labels[index]}.png"
        Image.fromarray(test.images[index]).save(path)
