"""Train the row network: images of lines -> the symbols in them.

Takes `LineSample`s. The loss is connectionist temporal classification: the network learns by itself
at which step each symbol stands. The convolutions start from a trained `sketch-cnn`, or all layers
from an earlier row network.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sketchdigits.architectures.row_cnn import BLANK, NUM_SYMBOLS, OTHER, build_row_cnn
from sketchdigits.numbers.line_image import WIDTH_STEP
from sketchdigits.package.files import ROW_WEIGHTS_FILE
from train.distortions.lines import distort_lines
from train.fit.loop import load_checkpoint, save_checkpoint
from train.fit.recipes import Precision
from train.fit.run_folder import open_run
from train.rendering.line_images import LineSample

# The convolutions that the two networks share: each has a kernel and four vectors of normalisation.
SHARED_WEIGHTS = 6 * 5
# Lines of a batch have about the same width: they are sorted within groups of so many batches.
BATCHES_PER_GROUP = 40
# Steps until the peak of the learning rate; gradients longer than this are shortened.
WARM_UP_STEPS, MAX_GRADIENT = 500, 2.0


@dataclass(frozen=True)
class RowRecipe:
    """How the row network is trained.

    Attributes:
        rows: lines that are rendered.
        epochs: passes over them; each is distorted again each time.
        batch_size: lines per step.
        peak_learning_rate: after the warm-up; then a cosine down to 0.
        weight_decay: AdamW's.
        frozen: how many of the first convolutions stay as they are.
        averaging_momentum: of the moving average of the weights.
        precision: Keras's dtype policy.
    """

    rows: int = 80_000
    epochs: int = 9
    batch_size: int = 64
    peak_learning_rate: float = 1.5e-3
    weight_decay: float = 1e-2
    frozen: int = 0
    averaging_momentum: float = 0.998
    precision: Precision = "float32"


# To go on with a trained row network. What the first convolutions see, strokes and their ends, is
# the same in other rows. Without training them, a step takes half the time.
CONTINUED_RECIPE = RowRecipe(rows=24_000, epochs=6, peak_learning_rate=5e-4, frozen=4)


def fit_row_network(
    run: Path,
    train: Sequence[LineSample],
    validation: Sequence[LineSample],
    recipe: RowRecipe,
    start: Sequence[np.ndarray],
    *,
    settings: dict[str, Any],
    verbose: int = 1,
) -> keras.Model:
    """Train the row network, or resume its run; write the run folder.

    Args:
        run: the run's folder.
        train, validation: lines.
        recipe: how to train.
        start: weights of the first layers, or of all, in the order of `get_weights`: those of the
            convolutions of a trained `sketch-cnn`, or of a trained row network.
        settings: `seed`, and what else `run.json` records.
        verbose: as for `keras.Model.fit`.

    Returns:
        The trained network, float32; its weights are in `row.weights.h5`, too.

    Raises:
        RunError: `run` holds another run, or one that can't be resumed.
    """
    history = open_run(run, settings)
    seed = settings["seed"]
    keras.utils.set_random_seed(seed)
    if history:
        model = load_checkpoint(run, len(history))
        print(f"Resuming {run} after epoch {len(history)} of {recipe.epochs}.")
    else:
        model = _new_model(recipe, math.ceil(len(train) / recipe.batch_size), start)
    network = build_row_cnn()
    for epoch in range(len(history), recipe.epochs):
        started = time.monotonic()
        batches = LineBatches(train, recipe.batch_size, (seed, epoch))
        fitted = model.fit(
            batches, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=verbose
        )
        network.set_weights(model.get_weights())
        record = {"epoch": epoch + 1, "loss": fitted.history["loss"][0]}
        record |= measure_lines(network, validation)
        record["seconds"] = round(time.monotonic() - started, 1)
        history.append(record)
        save_checkpoint(run, model, history)
        if verbose:
            print(
                f"Epoch {epoch + 1} of {recipe.epochs} done. Numbers read right: "
                f"{record['numbers_right']:.2%}, lines with letters: {record['others_right']:.2%}",
                flush=True,
            )
    network.set_weights(model.get_weights())
    network.save_weights(run / ROW_WEIGHTS_FILE)
    return network


def _new_model(recipe: RowRecipe, steps: int, start: Sequence[np.ndarray]) -> keras.Model:
    """Build the network with the start's weights; compile it for epochs of `steps` steps."""
    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy(recipe.precision)
    try:
        model = build_row_cnn()
    finally:
        keras.config.set_dtype_policy(previous)
    model.set_weights([*start, *model.get_weights()[len(start) :]])
    _freeze(model, recipe.frozen)
    warm_up = min(WARM_UP_STEPS, steps)
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        decay_steps=recipe.epochs * steps - warm_up,
        warmup_target=recipe.peak_learning_rate,
        warmup_steps=warm_up,
    )
    optimizer = keras.optimizers.AdamW(
        rate,
        weight_decay=recipe.weight_decay,
        clipnorm=MAX_GRADIENT,
        use_ema=recipe.averaging_momentum > 0,
        ema_momentum=recipe.averaging_momentum,
    )
    # XLA would compile anew for each width.
    model.compile(optimizer, ctc_loss, jit_compile=False)
    return model


def _freeze(model: keras.Model, count: int) -> None:
    """Leave out the first `count` convolutions, and the layers between them, from training."""
    seen = 0
    for layer in model.layers:
        seen += isinstance(layer, keras.layers.Conv2D)
        layer.trainable = seen > count


class LineBatches(keras.utils.PyDataset):
    """The distorted batches of one epoch: `(batch, 32, width, 1) uint8`, and their symbols."""

    def __init__(self, lines: Sequence[LineSample], batch_size: int, seed: tuple[int, int]) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)
        widths = np.array([line.pixels.shape[1] for line in lines])
        order = rng.permutation(len(lines))
        group = batch_size * BATCHES_PER_GROUP
        batches: list[np.ndarray] = []
        for first in range(0, len(order), group):
            chosen = order[first : first + group]
            chosen = chosen[np.argsort(widths[chosen], kind="stable")]
            batches += [chosen[i : i + batch_size] for i in range(0, len(chosen), batch_size)]
        batches = [batches[index] for index in rng.permutation(len(batches))]
        # Keras takes the sizes that the first two batches have in common for those of all.
        sizes = [self._sizes(lines, batch) for batch in batches]
        for index in range(1, len(batches)):
            if all(one != other for one, other in zip(sizes[0], sizes[index], strict=True)):
                batches[1], batches[index] = batches[index], batches[1]
                break
        self._batches = batches
        self._lines, self._seed = lines, seed

    @staticmethod
    def _sizes(lines: Sequence[LineSample], batch: np.ndarray) -> tuple[int, int]:
        """The width of a batch's lines, and how many symbols the longest has."""
        chosen = [lines[index] for index in batch]
        return (
            max(line.pixels.shape[1] for line in chosen),
            max(len(line.symbols) for line in chosen),
        )

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        lines = [self._lines[number] for number in self._batches[index]]
        rng = np.random.default_rng((*self._seed, index))
        return distort_lines(stack_lines(lines), rng)[..., None], stack_symbols(lines)


def stack_lines(lines: Sequence[LineSample]) -> np.ndarray:
    """`(n, 32, width) uint8`: narrower lines are padded at the right."""
    width = max(line.pixels.shape[1] for line in lines)
    width += -width % WIDTH_STEP
    stack = np.zeros((len(lines), lines[0].pixels.shape[0], width), np.uint8)
    for image, line in zip(stack, lines, strict=True):
        image[:, : line.pixels.shape[1]] = line.pixels
    return stack


def stack_symbols(lines: Sequence[LineSample]) -> np.ndarray:
    """`(n, most) int32`: padded with the blank at the right."""
    most = max(len(line.symbols) for line in lines)
    symbols = np.full((len(lines), most), BLANK, np.int32)
    for row, line in zip(symbols, lines, strict=True):
        row[: len(line.symbols)] = line.symbols
    return symbols


@keras.saving.register_keras_serializable("sketchdigits")
def ctc_loss(symbols, logits):
    """The mean loss of a batch: `(n, most)` padded with `BLANK`, `(n, 1, steps, 24)` logits."""
    ops = keras.ops
    symbols = ops.cast(symbols, "int32")
    logits = ops.reshape(logits, (ops.shape(logits)[0], -1, NUM_SYMBOLS))
    lengths = ops.sum(ops.cast(symbols != BLANK, "int32"), axis=1)
    steps = ops.full((ops.shape(symbols)[0],), ops.shape(logits)[1], "int32")
    return ops.ctc_loss(symbols, logits, lengths, steps, mask_index=BLANK)


def measure_lines(network: keras.Model, lines: Sequence[LineSample]) -> dict[str, float]:
    """Shares of lines whose symbols are all right, 0-1: of numbers, and of lines with others."""
    right: dict[bool, list[bool]] = {False: [], True: []}
    order = sorted(range(len(lines)), key=lambda index: lines[index].pixels.shape[1])
    for first in range(0, len(order), 100):
        chosen = [lines[index] for index in order[first : first + 100]]
        logits = network.predict_on_batch(stack_lines(chosen)[..., None])
        for line, one in zip(chosen, np.asarray(logits), strict=True):
            best = one.reshape(-1, NUM_SYMBOLS).argmax(axis=1)
            kept = best[np.concatenate([[True], best[1:] != best[:-1]])]
            found = kept[kept != BLANK]
            right[bool((line.symbols == OTHER).any())].append(np.array_equal(found, line.symbols))
    return {
        "numbers_right": float(np.mean(right[False])) if right[False] else 0.0,
        "others_right": float(np.mean(right[True])) if right[True] else 0.0,
    }
