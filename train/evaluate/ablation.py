"""Ablation: what each ingredient of our recipe brings, by short runs scored on validation only.

Takes the datasets of the whole recipe. Writes `ablation.json`, one entry after each run; `package`
puts it into the model card.

    python -m train ablate --mnist mnist.npz --pendigits ... --omniglot ...
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import keras

from sketchdigits.architectures import DEFAULT_ARCHITECTURE
from train.datasets import MNIST, PENDIGITS, DatasetPaths
from train.datasets.labelled_images import LabelledImages
from train.datasets.pendigits import PenDigit
from train.distortions.augmentation import AugmentationStrength
from train.distortions.corruptions import corrupt_images
from train.errors import RunError
from train.evaluate.ablation_table import ABLATION_FILE
from train.evaluate.other_preprocessing import centre_by_box, resize_whole_image
from train.evaluate.robustness import score_corruptions
from train.fit.distillation import taught_by
from train.fit.loop import fit_network
from train.fit.prediction import predict
from train.fit.recipes import Precision
from train.fit.rejection import measure_auroc
from train.fit.run_folder import is_finished, load_run_model, open_run, read_json, write_json
from train.fit.runs import OWN_DATA, choose_recipe, describe_machine, describe_run
from train.fit.temperature import end_at_logits
from train.fit.training_data import DEGRADED, VALIDATION_SEED, TrainingData, load_training_data
from train.rendering.canvas import CanvasStyle
from train.rendering.digits import render_evaluation_drawings

WHOLE = "the whole recipe"
CORRUPTED_IMAGES = 1_000


@dataclass(frozen=True)
class Variant:
    """How a run differs from the whole recipe.

    Attributes:
        without: sources of the training data that are left out.
        recipe: settings with another value.
        taught: whether the networks of the whole recipe, one per seed, teach it by distillation.
    """

    without: tuple[str, ...] = ()
    recipe: dict[str, Any] = field(default_factory=dict)
    taught: bool = False


VARIANTS: dict[str, Variant] = {
    WHOLE: Variant(),
    "taught by three networks": Variant(taught=True),
    "with averaged weights": Variant(recipe={"averaging_momentum": 0.99}),
    "with half the turn and slant": Variant(
        recipe={"augmentation": AugmentationStrength(turn=3.0, shear=0.05)}
    ),
    "without pen strokes": Variant(("pendigits", DEGRADED.format("pendigits"))),
    "without any outliers": Variant(("omniglot", "drawn-non-digits")),
    "without thicker and thinner strokes": Variant(
        recipe={"augmentation": AugmentationStrength(thicken=0, thin=0)}
    ),
    "without poor captures": Variant(
        tuple(DEGRADED.format(name) for name in ("mnist", "pendigits", "drawn-digits"))
    ),
    "without digits drawn by program": Variant(("drawn-digits", DEGRADED.format("drawn-digits"))),
    "without any variation of the 28x28": Variant(recipe={"augmentation": None}),
    "without Omniglot's letters": Variant(("omniglot",)),
    "without non-digits drawn by program": Variant(("drawn-non-digits",)),
    "without calm last epochs": Variant(recipe={"calm_share": 0.0}),
    "with label smoothing": Variant(recipe={"label_smoothing": 0.05}),
    "in full precision": Variant(recipe={"precision": "float32"}),
}


def ablate(
    output: Path,
    runs: Path,
    *,
    epochs: int,
    seeds: Sequence[int],
    precision: Precision | None = None,
    paths: DatasetPaths,
    verbose: int = 2,
) -> dict[str, Any]:
    """Train and score every variant with the first seed, and the whole recipe with all seeds.

    Runs that are measured already are not repeated; a run that was stopped is resumed.

    Args:
        output: the folder of `ablation.json`.
        runs: the folder of the runs' folders.
        epochs: of each run.
        seeds: the first one is also the variants' seed.
        precision: None: the recipe's.
        paths: where the datasets' files are.
        verbose: as for `fit_network`.

    Returns:
        The content of `ablation.json`.

    Raises:
        RunError: a folder holds something else, or runs with other settings.
        DatasetError: a file is missing or damaged.
    """
    recipe = choose_recipe(DEFAULT_ARCHITECTURE, precision=precision)
    command = f"ablate --epochs {epochs}" + (f" --precision {precision}" if precision else "")
    path = output / ABLATION_FILE
    output.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = _begin(path, {"epochs": epochs, "recipe": asdict(recipe)})
    data = load_training_data(OWN_DATA, recipe, paths)
    images = _draw_validation(data, PENDIGITS.load(paths).validation)
    mnist = MNIST.load(paths).validation[slice(CORRUPTED_IMAGES)]
    corrupted = corrupt_images(mnist, VALIDATION_SEED)
    # The whole recipe first: its networks are the teachers.
    plan = [(WHOLE, seed) for seed in seeds]
    plan += [
        (name, seeds[0])
        for name, variant in VARIANTS.items()
        if variant != Variant(recipe={key: getattr(recipe, key) for key in variant.recipe})
    ]
    for number, (name, seed) in enumerate(plan, start=1):
        if any(run["variant"] == name and run["seed"] == seed for run in found["runs"]):
            continue
        print(f"{number} of {len(plan)}: {name}, seed {seed}", flush=True)
        run = _run_folder(runs, name, seed)
        variant = VARIANTS[name]
        changed = replace(recipe, **variant.recipe)
        settings = describe_run(
            DEFAULT_ARCHITECTURE,
            changed,
            data=[source for source in data.sources if source not in variant.without],
            epochs=epochs,
            seed=seed,
            command=command,
        )
        open_run(run, settings)  # refuses a finished run with other settings
        if not is_finished(run):
            kept = _leave_out(data, variant)
            whole = [_run_folder(runs, WHOLE, other) for other in seeds if variant.taught]
            teachers = [load_run_model(folder)[0] for folder in whole]
            make_batches = taught_by(teachers, kept.num_classes)
            fit_network(run, kept, changed, settings, make_batches=make_batches, verbose=verbose)
        model, _ = load_run_model(run)
        found["runs"].append(
            {"variant": name, "seed": seed, **_score(model, data, images, corrupted)}
        )
        write_json(path, found)
    return found


def _begin(path: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Read the results at `path` to continue them, or begin with no runs.

    Raises:
        RunError: they were measured with other settings.
    """
    if not path.exists():
        return {**settings, **describe_machine(), "runs": []}
    found = read_json(path)
    # Compare as JSON, which turns tuples into lists.
    if {key: found.get(key) for key in settings} != json.loads(json.dumps(settings)):
        raise RunError(
            f"{path} was measured with another recipe or number of epochs. "
            "Choose another folder with --output and --runs."
        )
    return found


def _run_folder(runs: Path, name: str, seed: int) -> Path:
    return runs / f"{name.replace(' ', '-')}-seed-{seed}"


def _leave_out(data: TrainingData, variant: Variant) -> TrainingData:
    sources = {name: data.sources[name] for name in data.sources if name not in variant.without}
    return replace(data, sources=sources)


def _draw_validation(data: TrainingData, writers: list[PenDigit]) -> dict[str, LabelledImages]:
    """Return the images on which accuracy is measured, by name: `(n, 28, 28) uint8`."""
    seed = VALIDATION_SEED
    # White on black, as the tutorials' networks expect it.
    dark = CanvasStyle(ink=(255,), background=(0,))
    resized = render_evaluation_drawings(writers, dark, seed, resize_whole_image)
    return {
        **data.validation,
        "pendigits, 28x28 canvas": render_evaluation_drawings(writers, CanvasStyle(size=28), seed),
        "pendigits, centred by box": render_evaluation_drawings(writers, dark, seed, centre_by_box),
        "pendigits, whole image resized": resized,
    }


def _score(
    model: keras.Model,
    data: TrainingData,
    images: dict[str, LabelledImages],
    corrupted: dict[str, LabelledImages],
) -> dict[str, float]:
    """Return accuracies on validation, and the AUROC of digits against Omniglot's characters."""
    characters = {"omniglot": data.non_digits["omniglot"]}
    return {
        **{name: _accuracy(model, found) for name, found in images.items()},
        "mnist, corrupted": score_corruptions(model, corrupted)["mean"],
        "AUROC, omniglot": measure_auroc(end_at_logits(model), data.validation, characters),
    }


def _accuracy(model: keras.Model, images: LabelledImages) -> float:
    return float((predict(model, images.images).argmax(axis=1) == images.labels).mean())
