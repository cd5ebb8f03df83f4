"""Compare our model with the five tutorials: all measured in one run on one machine.

Takes MNIST, the test's pen writers and our package. Writes the tutorials' run folders and returns
the content of comparison.json, which `reports/comparison.py` writes.

    python -m train compare
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sketchdigits import preprocess_drawing
from sketchdigits.architectures import DEFAULT_ARCHITECTURE
from sketchdigits.package.files import METRICS_FILE, WEIGHTS_FILE
from sketchdigits.package.keras_files import load_network
from sketchdigits.package.known_answer import known_image
from train.datasets import MNIST, PENDIGITS, DatasetPaths
from train.datasets.labelled_images import LabelledImages
from train.datasets.pendigits import PenDigit
from train.evaluate.accuracy import summarise
from train.evaluate.cross_validation import cross_validate, describe_folds
from train.evaluate.evaluation_data import DRAWING_SEED, count_writers
from train.evaluate.other_preprocessing import resize_whole_image
from train.fit.prediction import predict
from train.fit.run_folder import HISTORY_FILE, read_json
from train.fit.runs import choose_recipe, describe_machine, fit_run, verbosity
from train.fit.temperature import end_at_logits, logits_cross_entropy
from train.fit.tutorials import TUTORIALS, check_claim
from train.rendering.digits import EVALUATION_STYLES, render_evaluation_drawings

# No tutorial inverts an image, so only bright ink on a dark background can look like MNIST.
CANVAS = "white on black"
FOLDS = 5
FOLD_SEED = 1
TIMED_ROUNDS = 300  # forward passes of each network


def compare(
    runs: Path,
    ours: Path,
    *,
    seed: int = 0,
    paths: DatasetPaths,
) -> dict[str, Any]:
    """Train the tutorials unless they are trained already, and measure all models.

    A tutorial is cross-validated if its source does that.

    Args:
        runs: the folder of the tutorials' run folders.
        ours: our package.
        seed: of the tutorials' runs.
        paths: where the datasets' files are.

    Returns:
        The content of comparison.json.

    Raises:
        RunError: a run folder holds something else, or a run with other settings.
        ModelPackageError: our package can't be loaded.
        DatasetError: a file is missing or damaged.
    """
    mnist = MNIST.load(paths)
    everything = mnist.train + mnist.validation
    pen = PENDIGITS.load(paths)
    # Find a damaged package before the long work begins.
    load_network(ours)
    _read_training(ours)
    for number, name in enumerate(TUTORIALS, start=1):
        print(f"{number} of {len(TUTORIALS)}: {name}", flush=True)
        fit_run(runs / name, name, seed=seed, paths=paths)
    folds = {
        name: _cross_validate_as_published(runs / f"{name}-crossval", name, everything)
        for name, tutorial in TUTORIALS.items()
        if tutorial.cross_validation_batch_size
    }
    print("Measuring all of them ...", flush=True)
    folders = {DEFAULT_ARCHITECTURE: ours, **{name: runs / name for name in TUTORIALS}}
    models = measure_models(folders, mnist.test, pen.test)
    for name, model in models.items():
        model["training"] = _read_training(folders[name])
    return {
        "seed": seed,
        **describe_machine(),
        "canvas": CANVAS,
        "writers": count_writers(pen.test),
        "models": models,
        "cross_validation": folds,
        "claims": [
            {"architecture": name, **check_claim(claim, models[name], folds.get(name))}
            for name, tutorial in TUTORIALS.items()
            for claim in tutorial.claims
        ],
    }


def _cross_validate_as_published(
    folder: Path, name: str, dataset: LabelledImages
) -> dict[str, Any]:
    recipe = choose_recipe(name, TUTORIALS[name].cross_validation_batch_size)
    settings = describe_folds(
        name, recipe, data=MNIST.name, epochs=recipe.epochs, seed=FOLD_SEED, folds=FOLDS
    )
    print(f"{FOLDS}-fold cross-validation of {name}", flush=True)
    return cross_validate(folder, dataset, recipe, settings, folds=FOLDS, verbose=verbosity())


def measure_models(
    folders: Mapping[str, Path], test: LabelledImages, pen: list[PenDigit]
) -> dict[str, Any]:
    """Score and time packages on MNIST's test split and on drawings by the test's pen writers.

    Every model gets the same drawings twice: the whole image resized, and preprocessed.

    Args:
        folders: packages or run folders by name.
        test: MNIST's test split.
        pen: the pen strokes.
    """
    style = EVALUATION_STYLES[CANVAS]
    resized = render_evaluation_drawings(pen, style, DRAWING_SEED, resize_whole_image)
    preprocessed = render_evaluation_drawings(pen, style, DRAWING_SEED, preprocess_drawing)
    measured: dict[str, Any] = {}
    networks: dict[str, keras.Model] = {}
    for name, folder in folders.items():
        network, settings = load_network(folder)
        networks[name] = network
        measured[name] = {
            "parameters": network.count_params(),
            "file_bytes": (folder / WEIGHTS_FILE).stat().st_size,
            "mnist": _score(network, test),
            "mnist_loss": _measure_loss(network, test, settings.temperature),
            "drawings_resized": _score(network, resized),
            "drawings_preprocessed": _score(network, preprocessed),
        }
    for name, milliseconds in _time_one_image(networks).items():
        measured[name]["milliseconds"] = milliseconds
    return measured


def _score(network: keras.Model, dataset: LabelledImages) -> dict[str, Any]:
    score = summarise(predict(network, dataset.images), dataset.labels)
    return {key: score[key] for key in ("n", "correct", "accuracy", "interval_95")}


def _measure_loss(
    network: keras.Model, dataset: LabelledImages, temperature: float
) -> dict[str, Any]:
    """Return the mean cross-entropy in nats before calibration: the tutorials don't calibrate.

    `temperature` is what the network's logits are divided by.
    """
    logits = predict(end_at_logits(network), dataset.images)
    losses = logits_cross_entropy(logits, dataset.labels, scale=temperature)
    mean, reach = losses.mean(), 1.96 * losses.std() / np.sqrt(len(losses))
    return {"loss": float(mean), "interval_95": [float(mean - reach), float(mean + reach)]}


def _time_one_image(networks: Mapping[str, keras.Model]) -> dict[str, float]:
    """Return the median milliseconds of a forward pass.

    The networks take turns, so that a busy moment of the machine slows all of them.
    """
    image = known_image()[None, ..., None]
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(TIMED_ROUNDS):
        for name, network in networks.items():
            started = time.perf_counter()
            network.predict_on_batch(image)
            seconds[name].append(time.perf_counter() - started)
    return {name: float(np.median(times)) * 1000 for name, times in seconds.items()}


def _read_training(folder: Path) -> dict[str, Any]:
    """Return the training's seconds and last accuracy, and whether the model was only loaded."""
    if (folder / HISTORY_FILE).is_file():
        history = read_json(folder / HISTORY_FILE)
        seconds = sum(epoch["seconds"] for epoch in history)
        return {"seconds": seconds, "accuracy": history[-1]["accuracy"], "loaded": False}
    return {"seconds": read_json(folder / METRICS_FILE)["training"]["hours"] * 3600, "loaded": True}
