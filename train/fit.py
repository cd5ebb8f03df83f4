"""Train one architecture and keep what is needed to go on, to evaluate and to package.

Enters: `TrainingData`. Leaves a run folder:
    run.json        what was asked for, with which versions, at which commit
    history.json    loss and accuracies of every finished epoch
    checkpoints/    the model and optimizer after the last finished epoch
    model.keras     the trained and calibrated model, once the run is finished
    calibration.json  the temperature that its logits were divided by

    python -m train fit --architecture sketch-cnn --mnist mnist.npz --pendigits pendigits-orig.tra
"""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sketchdigits.architectures import ARCHITECTURES, NUM_CLASSES
from train.augmentation import augment
from train.calibration import apply_temperature, fit_temperature
from train.data import LabelledImages
from train.errors import RunError
from train.recipes import Recipe
from train.training_data import TrainingData

RUN_FILE = "run.json"
HISTORY_FILE = "history.json"
CALIBRATION_FILE = "calibration.json"
MODEL_FILE = "model.keras"
CHECKPOINT_FOLDER = "checkpoints"


def fit_model(
    run: Path, data: TrainingData, recipe: Recipe, settings: dict[str, Any], *, verbose: int = 1
) -> keras.Model:
    """Train `settings["architecture"]` for `settings["epochs"]`, or go on where `run` stopped.

    `settings` also holds the `seed`; what else it holds is written to `run.json`. The same
    settings, data and machine give the same weights, killed and resumed or not.

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
        model = ARCHITECTURES[settings["architecture"]]()
        recipe.compile(model, epochs, steps)

    for epoch in range(len(history), epochs):
        started = time.monotonic()
        batches = EpochBatches(data, recipe, seed, epoch)
        fitted = model.fit(
            batches, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=verbose
        )
        record = {"epoch": epoch + 1, **{k: v[0] for k, v in fitted.history.items()}}
        record["validation_accuracy"] = {
            name: measure_accuracy(model, images) for name, images in data.validation.items()
        }
        record["seconds"] = round(time.monotonic() - started, 1)
        history.append(record)
        _save_checkpoint(run, model, history)
        if verbose:
            accuracies = record["validation_accuracy"].items()
            print("  validation", *(f"{name} {value:.2%}" for name, value in accuracies))
    temperature = fit_temperature(model, list(data.validation.values()))
    apply_temperature(model, temperature)
    write_json(run / CALIBRATION_FILE, {"temperature": temperature})
    model.save(run / "model.part.keras", include_optimizer=False)
    os.replace(run / "model.part.keras", run / MODEL_FILE)
    return model


class EpochBatches(keras.utils.PyDataset):
    """One epoch's augmented batches: `(batch, 28, 28, 1) uint8` with one-hot `(batch, 10)`.

    What an epoch holds depends on the seed and the epoch's number alone.
    """

    def __init__(self, data: TrainingData, recipe: Recipe, seed: int, epoch: int) -> None:
        super().__init__()
        self._seed = (seed, epoch)
        self._recipe = recipe
        rng = np.random.default_rng(self._seed)
        chosen = [
            source[rng.choice(len(source), count, replace=False)] for source, count in data.sources
        ]
        together = sum(chosen[1:], start=chosen[0])
        self._images: LabelledImages = together[rng.permutation(len(together))]

    def __len__(self) -> int:
        return math.ceil(len(self._images) / self._recipe.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        size = self._recipe.batch_size
        batch = self._images[slice(index * size, (index + 1) * size)]
        rng = np.random.default_rng((*self._seed, index))
        images = augment(batch.images, rng, self._recipe.augmentation)
        return images[..., None], keras.utils.to_categorical(batch.labels, NUM_CLASSES)


def measure_accuracy(model: keras.Model, dataset: LabelledImages) -> float:
    """The share of `dataset` that `model` reads right, 0-1."""
    return float((predict(model, dataset.images).argmax(axis=1) == dataset.labels).mean())


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """`(n, 28, 28) uint8` -> `(n, 10) float32` probabilities."""
    return model.predict(images[..., None], batch_size=500, verbose=0)


def read_json(path: Path) -> Any:
    """The contents of one of a run's JSON files.

    Raises:
        RunError: it is missing or damaged.
    """
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise RunError(
            f"No {path.name} in {path.parent}: expected a folder that `python -m train fit` wrote."
        ) from error
    except (OSError, ValueError) as error:
        raise RunError(
            f"{path} is damaged ({error}). Delete the folder and train again."
        ) from error


def write_json(path: Path, content: Any) -> None:
    """Write `content` whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2) + "\n")
    os.replace(part, path)


# What may differ between the first start of a run and its resumption.
_INCIDENTAL = ("commit", "versions", "machine")


def open_run(run: Path, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Create the run's folder, or check that it is ours to go on with; return its history.

    Raises:
        RunError: the folder holds something else, or epochs of a run with other settings.
    """
    if not (run / RUN_FILE).exists() and run.exists() and any(run.iterdir()):
        raise RunError(f"{run} holds something else. Choose another folder with --run.")
    if not (run / HISTORY_FILE).exists():  # nothing to go on with, and nothing to lose
        run.mkdir(parents=True, exist_ok=True)
        write_json(run / RUN_FILE, settings)
        return []
    begun = read_json(run / RUN_FILE)
    differing = [
        key
        for key in sorted({*begun, *settings})
        if key not in _INCIDENTAL and begun.get(key) != settings.get(key)
    ]
    if differing:
        raise RunError(
            f"{run} was begun with another {', '.join(differing)} "
            f"({', '.join(repr(begun.get(key)) for key in differing)}). "
            "Use the same options to resume it, or another folder with --run."
        )
    return read_json(run / HISTORY_FILE)


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
