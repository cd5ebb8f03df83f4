"""Score a finished run, once, on what it has never seen.

Enters: a run folder that `fit` finished, or the copy of a package, which newer preprocessing is to
be scored with; MNIST's test split, the pen writers kept out, scikit-learn's digits, and what is no
digit. Leaves, in the folder, `metrics.json` and `figures/`.

    python -m train evaluate --run runs/sketch-cnn --mnist mnist.npz --pendigits ...
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sketchdigits import preprocess_drawing
from sketchdigits.architectures import NUM_CLASSES
from sketchdigits.package.files import METRICS_FILE
from train.datasets import MNIST, OMNIGLOT, PENDIGITS, SKLEARN_DIGITS, DatasetPaths
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.datasets.omniglot import TEST_ALPHABETS, Characters
from train.datasets.pendigits import PenDigit
from train.distortions.corruptions import corrupt_images
from train.evaluate.accuracy import score_mnist, score_sklearn_digits, summarise
from train.evaluate.robustness import score_consistency, score_corruptions
from train.evaluate.throughput import measure_throughput
from train.fit.calibration import end_at_logits
from train.fit.loop import predict
from train.fit.rejection import score_rejection
from train.fit.run_folder import (
    load_run_model,
    read_history,
    read_json,
    read_run_settings,
    write_json,
)
from train.fit.runs import current_commit
from train.fit.training_data import preprocess_images
from train.rendering.canvas import CanvasStyle
from train.rendering.digits import DEFAULT_STYLE, EVALUATION_STYLES, render_evaluation_drawings
from train.rendering.outliers import render_characters
from train.rendering.unseen_non_digits import draw_unseen_non_digits
from train.reports.figures import draw_corruptions, draw_figures, draw_rejection, save_figure
from train.reports.image_grids import draw_first_images, draw_worst_mistakes

DRAWING_SEED = 2026
UNSEEN_NON_DIGITS = 1000


def evaluate_run(
    run: Path,
    paths: DatasetPaths,
) -> dict[str, Any]:
    """Score the run on the test sets; write and return the metrics, and draw the figures.

    Scored are the test split of what it was trained on, scikit-learn's digits, and the pen writers
    kept out, if it was trained on others or their file is named. A run on scikit-learn's digits
    alone needs no file. A run that learned from drawings is scored on corrupted images and on
    one drawing on many canvases as well; one that learned to refuse, on what is no digit.

    Raises:
        RunError: the run isn't finished.
        ModelPackageError: its model is damaged.
        DatasetError: a dataset is missing or damaged.
    """
    settings = read_run_settings(run)
    model, packaged = load_run_model(run)
    scores: dict[str, Any] = {}
    # Images; writers for pendigits; characters for omniglot.
    data: dict[str, dict[str, int]] = {}
    test, test_probabilities = None, None
    validation: dict[str, LabelledImages] = {}
    digits_seen: dict[str, LabelledImages] = {}
    learned = settings["data"]
    # First: a missing file is found out before minutes of scoring.
    characters = OMNIGLOT.load(paths) if OMNIGLOT.name in learned else None

    if "mnist" in learned:
        mnist = MNIST.load(paths)
        digits_seen["MNIST test"] = preprocess_images(mnist.test, "preprocessing mnist test")
        test, test_probabilities = mnist.test, predict(model, mnist.test.images)
        scores |= score_mnist(model, test.labels, test_probabilities, digits_seen["MNIST test"])
        if settings["as_published"]:
            data["mnist"] = {"train": len(mnist.train) + len(mnist.validation), "validation": 0}
        else:
            data["mnist"] = {"train": len(mnist.train), "validation": len(mnist.validation)}
            held_out = preprocess_images(mnist.validation, "preprocessing mnist validation")
            validation["mnist"] = held_out
    if "pendigits" in learned or paths.find(PENDIGITS):
        pen = PENDIGITS.load(paths)
        if "pendigits" in learned:
            writers = {"train": _writers(pen.train), "validation": _writers(pen.validation)}
            data["pendigits"] = writers
            validation["pendigits"] = render_evaluation_drawings(pen.validation, CanvasStyle(), 0)
        drawings = _draw_pen_writers(pen.test)
        scores |= {
            name: summarise(predict(model, seen.images), seen.labels)
            for name, seen in drawings.items()
        }
        digits_seen |= {
            name: seen for name, seen in drawings.items() if name.endswith(DEFAULT_STYLE)
        }
    if "digits" in learned:
        digits = SKLEARN_DIGITS.load(paths)
        data["digits"] = {"train": len(digits.train), "validation": len(digits.validation)}
        if test is None:
            test = preprocess_images(digits.test, "preprocessing scikit-learn's test split")
            test_probabilities = predict(model, test.images)
    scores |= score_sklearn_digits(model, trained_on="digits" in learned)

    metrics = {
        "architecture": settings["architecture"],
        "parameters": model.count_params(),
        "training": {
            **settings,
            "temperature": packaged.temperature,
            "data_sizes": data,
            "hours": _training_hours(run, settings),
        },
        "scored_at": current_commit(),
        "test": scores,
        **_ablation_in_package(run),
    }
    if packaged.digit_score and characters:
        data["omniglot"] = {
            "train": len(set(characters.train.names)),
            "validation": len(set(characters.validation.names)),
        }
        others = draw_non_digits(characters.test)
        metrics["rejection"] = score_rejection(
            end_at_logits(model), packaged.digit_score, digits_seen, others
        )
    if "mnist" in learned and "pendigits" in learned:
        metrics["corruptions"] = score_corruptions(model, corrupt_images(mnist.test, DRAWING_SEED))
        metrics["consistency"] = score_consistency(model, pen.test, DRAWING_SEED)
    if settings["recipe"]["augmentation"]:
        classes = NUM_CLASSES + 1 if packaged.digit_score else NUM_CLASSES
        metrics["throughput"] = measure_throughput(settings, classes)
    if test is not None and test_probabilities is not None:
        metrics["first_test_images"] = _first_predictions(test, test_probabilities)
    _draw_pictures(run, metrics)
    if test is not None and test_probabilities is not None:
        _draw_test_images(run / "figures", test, test_probabilities)
    for name, held_out in validation.items():
        path = run / "figures" / f"worst_validation_mistakes_{name}.png"
        draw_worst_mistakes(path, held_out, predict(model, held_out.images))
    write_json(run / METRICS_FILE, metrics)
    return metrics


def _draw_pictures(run: Path, metrics: dict[str, Any]) -> None:
    """Draw the plots of the metrics and of the training."""
    figures = run / "figures"
    draw_figures(figures, metrics, read_history(run))
    if "rejection" in metrics:
        save_figure(figures / "rejection.png", draw_rejection(metrics["rejection"]))
    if "corruptions" in metrics:
        save_figure(figures / "corruptions.png", draw_corruptions(metrics["corruptions"]))


def _draw_test_images(figures: Path, test: LabelledImages, probabilities: np.ndarray) -> None:
    """Draw single test images: the first ones, and the worst mistakes."""
    draw_first_images(figures / "first_test_images.png", test, probabilities)
    draw_worst_mistakes(figures / "worst_test_mistakes.png", test, probabilities)


def _training_hours(run: Path, settings: dict[str, Any]) -> float:
    history = read_history(run)
    if history is None:
        return settings["hours"]
    return sum(epoch["seconds"] for epoch in history) / 3600


def _ablation_in_package(run: Path) -> dict[str, Any]:
    """What `package` had put into the metrics of a package, to be kept when it is scored again."""
    if read_history(run) is None and (found := read_json(run / METRICS_FILE).get("ablation")):
        return {"ablation": found}
    return {}


def _first_predictions(test: LabelledImages, probabilities: np.ndarray) -> list[dict[str, Any]]:
    """The first ten, as every tutorial prints them: label, answer, and how sure."""
    return [
        {"label": int(label), "answer": int(shares.argmax()), "probability": float(shares.max())}
        for label, shares in zip(test.labels[:10], probabilities, strict=False)
    ]


def draw_non_digits(characters: Characters) -> dict[str, LabelledImages]:
    """What no training saw and is no digit: the test's alphabets, and drawings by program."""
    canvases = draw_unseen_non_digits(UNSEEN_NON_DIGITS, DRAWING_SEED)
    drawn = np.stack([preprocess_drawing(canvas) for canvas in canvases])
    return {
        f"Omniglot, {' and '.join(TEST_ALPHABETS)}": render_characters(characters, 1, DRAWING_SEED),
        "drawn by program, another style": LabelledImages(drawn, np.full(len(drawn), NON_DIGIT)),
    }


def _draw_pen_writers(digits: list[PenDigit]) -> dict[str, LabelledImages]:
    """Their digits on every canvas, by the names that their scores have."""
    return {
        f"{_writers(digits)} pen writers kept out, {name}": render_evaluation_drawings(
            digits, style, DRAWING_SEED
        )
        for name, style in EVALUATION_STYLES.items()
    }


def _writers(digits: list[PenDigit]) -> int:
    return len({digit.writer for digit in digits})
