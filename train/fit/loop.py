"""Train one network and write its run folder.

Takes `TrainingData` and a `Recipe`. Writes:
    run.json        the options, versions and commit
    history.json    loss and accuracies of every finished epoch
    checkpoints/    the model and optimizer after the last finished epoch
and at the end the trained and calibrated model:
    model.keras         in one file
    config.json         the architecture; its weights are in model.weights.h5
    sketchdigits.json   the settings: with them the folder is a package for `DigitClassifier`

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
from train.fit.fine_tuning import FineTuningStart, keep_share
from train.fit.prediction import predict
from train.fit.recipes import Recipe
from train.fit.rejection import add_outlier_logit, measure_auroc
from train.fit.run_folder import HISTORY_FILE, open_run, read_json, save_run_model, write_json
from train.fit.temperature import end_at_logits
from train.fit.training_data import TrainingData

CHECKPOINT_FOLDER = "checkpoints"


def fit_network(
    run: Path,
    data: TrainingData,
    recipe: Recipe,
    settings: dict[str, Any],
    *,
    start: FineTuningStart | None = None,
    calibrate: bool = True,
    make_batches: Callable[..., EpochBatches] | None = None,
    verbose: int = 1,
) -> keras.Model:
    """Train one network, or resume its run; write the run folder.

    `fit_run` calls it for `fit`; `cross_validate` calls it for each fold, `ablate` for each
    variant. The same settings, data and machine give the same weights, also if the run is killed
    and resumed.

    Args:
        run: the run's folder.
        data: training and validation images.
        recipe: how to train.
        settings: `architecture`, `epochs` and `seed`; all of it is written to `run.json`.
        start: the network to start from; None: random weights.
        calibrate: fit the temperature and the digit score on validation. False for a run whose
            validation images will score it.
        make_batches: takes the arguments of `EpochBatches` and returns the batches of an epoch.
        verbose: as for `keras.Model.fit`; 0 also leaves out our line after each epoch.

    Returns:
        The trained network, float32, from pixels to the softmax of the ten digits.

    Raises:
        RunError: `run` holds another run, or one that can't be resumed.
    """
    history = open_run(run, settings)
    epochs, seed = settings["epochs"], settings["seed"]
    keras.utils.set_random_seed(seed)
    steps = math.ceil(data.images_per_epoch / recipe.batch_size)
    if history:
        model = load_checkpoint(run, len(history))
        print(f"Resuming {run} after epoch {len(history)} of {epochs}.")
    else:
        model = new_model(settings["architecture"], recipe, data.num_classes, epochs, steps)
        if start:
            # The eleventh logit has no weights.
            model.set_weights(start.weights)

    logits_model = end_at_logits(model)
    probabilities_model = _with_probabilities(model)
    learns_to_reject = data.num_classes > NUM_CLASSES and bool(data.non_digits)
    for epoch in range(len(history), epochs):
        started = time.monotonic()
        epoch_recipe = replace(recipe, augmentation=recipe.augmentation_in(epoch, epochs))
        batches = (make_batches or EpochBatches)(data, epoch_recipe, seed, epoch)
        fitted = model.fit(
            batches, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=verbose
        )
        record = {"epoch": epoch + 1, **{k: v[0] for k, v in fitted.history.items()}}
        for name, images in data.validation.items():
            loss, accuracy = _measure(probabilities_model, images)
            record.setdefault("validation_loss", {})[name] = loss
            record.setdefault("validation_accuracy", {})[name] = accuracy
        if learns_to_reject:
            record["validation_auroc"] = measure_auroc(
                logits_model, data.validation, data.non_digits
            )
        record["seconds"] = round(time.monotonic() - started, 1)
        history.append(record)
        save_checkpoint(run, model, history)
        if verbose:
            accuracies = record["validation_accuracy"].items()
            measured = ", ".join(f"{name} {value:.2%}" for name, value in accuracies)
            if "validation_auroc" in record:
                measured += f", digits against non-digits: AUROC {record['validation_auroc']:.2%}"
            print(f"Epoch {epoch + 1} of {epochs} done. Accuracy: {measured}", flush=True)
    # A new network with the same weights: no optimizer, float32, with its softmax.
    network = ARCHITECTURES[settings["architecture"]]()
    network.set_weights(model.get_weights())
    if start:
        keep_share(network, start)
    packaged = PackageSettings(settings["architecture"], temperature=1.0, digit_score=None)
    if calibrate:
        non_digits = data.non_digits if learns_to_reject else {}
        packaged = calibrate_network(network, packaged, data.validation, non_digits)
    save_run_model(run, network, packaged)
    return network


def new_model(
    architecture: str, recipe: Recipe, num_classes: int, epochs: int, steps: int
) -> keras.Model:
    """Build an untrained network and compile it for `epochs` epochs of `steps` steps.

    If the recipe is `from_logits`, the network ends at `num_classes` logits, otherwise at the
    softmax.
    """
    previous_policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(recipe.precision)
    try:
        model = ARCHITECTURES[architecture]()
    finally:
        keras.config.set_dtype_policy(previous_policy)
    if recipe.from_logits:
        model = end_at_logits(model)
    if num_classes > NUM_CLASSES:
        model = add_outlier_logit(model)
    recipe.compile(model, epochs, steps)
    return model


class EpochBatches(keras.utils.PyDataset):
    """The augmented batches of one epoch: `(batch, 28, 28, 1) uint8`, and labels for the loss.

    The content of an epoch depends only on the data, the recipe, the seed and the epoch's number.
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
    """Return each prediction's loss in nats, `(n,)`; it is finite even if a probability is 0."""
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return -np.log(np.maximum(chosen, np.finfo(np.float32).tiny))


def _measure(model: keras.Model, dataset: LabelledImages) -> tuple[float, float]:
    """Return the mean cross-entropy and the accuracy."""
    probabilities = predict(model, dataset.images)
    right = probabilities.argmax(axis=1) == dataset.labels
    return float(cross_entropy(probabilities, dataset.labels).mean()), float(right.mean())


def _with_probabilities(model: keras.Model) -> keras.Model:
    """Return the model with a softmax after its ten logits. Weights are shared."""
    network = keras.Model(model.inputs, keras.layers.Softmax()(model.get_layer("logits").output))
    network.jit_compile = False
    return network


def _checkpoint_path(run: Path, epoch: int) -> Path:
    return run / CHECKPOINT_FOLDER / f"epoch-{epoch:03d}.keras"


def save_checkpoint(run: Path, model: keras.Model, history: list[dict[str, Any]]) -> None:
    """Write the model first and the history second.

    If the process is killed between the two, every epoch in the history still has its checkpoint.
    """
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


def load_checkpoint(run: Path, epoch: int) -> keras.Model:
    """Load the model and the optimizer as they were after an epoch, counted from 1.

    Raises:
        RunError: the file is missing or damaged.
    """
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
    """Return the random states of the dropout layers. Keras 3.15 doesn't save them in its files."""
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    return [layer.seed_generator.state for layer in layers if layer.rate]
