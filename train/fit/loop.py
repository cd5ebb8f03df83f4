"""Train one architecture and keep what is needed to go on, to evaluate and to package.

Enters: `TrainingData`. Leaves a run folder:
    run.json        what was asked for, with which versions, at which commit
    history.json    loss and accuracies of every finished epoch
    checkpoints/    the model and optimizer after the last finished epoch
and, once it is finished, the trained and calibrated model:
    model.keras     in one file
    config.json     the architecture as JSON, with the weights in model.weights.h5 beside it
    sketchdigits.json   which makes the folder a package that `DigitClassifier` loads

    python -m train fit --architecture sketch-cnn --mnist mnist.npz --pendigits pendigits-orig.tra
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sketchdigits.architectures import ARCHITECTURES, NUM_CLASSES
from sketchdigits.package.settings import PackageSettings
from train.datasets.labelled_images import LabelledImages
from train.distortions.augmentation import augment
from train.errors import RunError
from train.fit.calibrate import calibrate_network
from train.fit.calibration import end_at_logits
from train.fit.recipes import Recipe
from train.fit.rejection import add_outlier_logit, measure_auroc
from train.fit.run_folder import HISTORY_FILE, open_run, read_json, save_run_model, write_json
from train.fit.training_data import TrainingData

MODEL_FILE = "model.keras"
CHECKPOINT_FOLDER = "checkpoints"


def fit_model(
    run: Path,
    data: TrainingData,
    recipe: Recipe,
    settings: dict[str, Any],
    *,
    calibrate: bool = True,
    make_batches: Callable[..., EpochBatches] | None = None,
    verbose: int = 1,
) -> keras.Model:
    """Train `settings["architecture"]` for `settings["epochs"]`, or go on where `run` stopped.

    `settings` also holds the `seed`; what else it holds is written to `run.json`. The same
    settings, data and machine give the same weights, killed and resumed or not. `calibrate` fits
    the temperature on validation: not for a run whose validation images are to score it.
    `make_batches` takes what `EpochBatches` takes, and may label them otherwise.

    Raises:
        RunError: `run` holds another run, or one that can't be resumed.
    """
    history = open_run(run, settings)
    epochs, seed = settings["epochs"], settings["seed"]
    keras.utils.set_random_seed(seed)
    steps = math.ceil(data.images_per_epoch / recipe.batch_size)
    if history:
        model = _load_checkpoint(run, len(history))
        print(f"Resuming {run} after epoch {len(history)} of {epochs}.")
    else:
        model = new_model(settings["architecture"], recipe, data.num_classes, epochs, steps)

    logits_model = end_at_logits(model)
    watched = _with_probabilities(model)
    learns_to_reject = data.num_classes > NUM_CLASSES and bool(data.non_digits)
    for epoch in range(len(history), epochs):
        started = time.monotonic()
        varied = replace(recipe, augmentation=recipe.augmentation_in(epoch, epochs))
        batches = (make_batches or EpochBatches)(data, varied, seed, epoch)
        fitted = model.fit(
            batches, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=verbose
        )
        record = {"epoch": epoch + 1, **{k: v[0] for k, v in fitted.history.items()}}
        for name, images in data.validation.items():
            loss, accuracy = _measure(watched, images)
            record.setdefault("validation_loss", {})[name] = loss
            record.setdefault("validation_accuracy", {})[name] = accuracy
        if learns_to_reject:
            record["validation_auroc"] = measure_auroc(
                logits_model, data.validation, data.non_digits
            )
        record["seconds"] = round(time.monotonic() - started, 1)
        history.append(record)
        _save_checkpoint(run, model, history)
        if verbose:
            accuracies = record["validation_accuracy"].items()
            watched_on = ", ".join(f"{name} {value:.2%}" for name, value in accuracies)
            if "validation_auroc" in record:
                watched_on += f", digits against others: AUROC {record['validation_auroc']:.2%}"
            print(f"Epoch {epoch + 1} of {epochs} done. Watched on {watched_on}", flush=True)
    # Bare: no optimizer, whole to its softmax, float32.
    network = ARCHITECTURES[settings["architecture"]]()
    network.set_weights(model.get_weights())
    packaged = PackageSettings(settings["architecture"], temperature=1.0, digit_score=None)
    if calibrate:
        non_digits = data.non_digits if learns_to_reject else {}
        packaged = calibrate_network(network, packaged, data.validation, non_digits)
    save_run_model(run, network, packaged)
    return network


def new_model(
    architecture: str, recipe: Recipe, num_classes: int, epochs: int, steps: int
) -> keras.Model:
    """The untrained network, compiled for `epochs` of `steps`, as the recipe's loss takes it.

    It ends at the logits, `num_classes` of them, if the recipe is `from_logits`.
    """
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(recipe.precision)
    try:
        model = ARCHITECTURES[architecture]()
    finally:
        keras.config.set_dtype_policy(usual)
    if recipe.from_logits:
        model = end_at_logits(model)
    if num_classes > NUM_CLASSES:
        model = add_outlier_logit(model)
    recipe.compile(model, epochs, steps)
    return model


class EpochBatches(keras.utils.PyDataset):
    """One epoch's augmented batches: `(batch, 28, 28, 1) uint8` with labels as the loss has them.

    What an epoch holds depends on the seed and the epoch's number alone.
    """

    def __init__(self, data: TrainingData, recipe: Recipe, seed: int, epoch: int) -> None:
        super().__init__()
        self._seed = (seed, epoch)
        self._recipe = recipe
        self._num_classes = data.num_classes
        rng = np.random.default_rng(self._seed)
        chosen = [
            source[rng.choice(len(source), count, replace=False)]
            for source, count in data.sources.values()
        ]
        together = sum(chosen[1:], start=chosen[0])
        self._images: LabelledImages = together[rng.permutation(len(together))]

    def __len__(self) -> int:
        return math.ceil(len(self._images) / self._recipe.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        size = self._recipe.batch_size
        batch = self._images[slice(index * size, (index + 1) * size)]
        images = batch.images
        if self._recipe.augmentation:
            rng = np.random.default_rng((*self._seed, index))
            images = augment(images, rng, self._recipe.augmentation)
        return images[..., None], self._recipe.encode_labels(batch.labels, self._num_classes)


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The loss of each prediction in nats, `(n,)`; finite where a probability is 0."""
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return -np.log(np.maximum(chosen, np.finfo(np.float32).tiny))


def _measure(model: keras.Model, dataset: LabelledImages) -> tuple[float, float]:
    """The mean cross-entropy, and the share that `model` reads right."""
    probabilities = predict(model, dataset.images)
    right = probabilities.argmax(axis=1) == dataset.labels
    return float(cross_entropy(probabilities, dataset.labels).mean()), float(right.mean())


def _with_probabilities(model: keras.Model) -> keras.Model:
    """The same layers, with a softmax behind the ten logits."""
    network = keras.Model(model.inputs, keras.layers.Softmax()(model.get_layer("logits").output))
    network.jit_compile = False
    return network


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """`(n, 28, 28) uint8` -> `(n, 10) float32` probabilities."""
    return model.predict(images[..., None], batch_size=500, verbose=0)


def _checkpoint_path(run: Path, epoch: int) -> Path:
    return run / CHECKPOINT_FOLDER / f"epoch-{epoch:03d}.keras"


def _save_checkpoint(run: Path, model: keras.Model, history: list[dict[str, Any]]) -> None:
    """Model first, history second: whatever the history names is there after a kill."""
    path = _checkpoint_path(run, len(history))
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part.keras")
    model.save(part)
    os.replace(part, path)
    write_json(path.with_suffix(".dropout.json"), [s.numpy().tolist() for s in _dropout(model)])
    write_json(run / HISTORY_FILE, history)
    for older in path.parent.iterdir():
        if older.name.split(".")[0] != path.stem:
            older.unlink()


def _load_checkpoint(run: Path, epoch: int) -> keras.Model:
    path = _checkpoint_path(run, epoch)
    try:
        model = keras.saving.load_model(path)
        states = read_json(path.with_suffix(".dropout.json"))
        for state, saved in zip(_dropout(model), states, strict=True):
            state.assign(saved)
    except (OSError, ValueError) as error:
        raise RunError(
            f"The checkpoint {path} is missing or damaged. Delete {run} and train again."
        ) from error
    model.jit_compile = False
    return model


def _dropout(model: keras.Model) -> list[keras.Variable]:
    """The random states of the dropout layers, which Keras 3.15 doesn't keep in its files."""
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    return [layer.seed_generator.state for layer in layers if layer.rate]
