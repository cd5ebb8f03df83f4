"""Score a finished run, once, on images that it has never seen.

Takes a run folder that `fit` finished, or the copy of a package that is scored again after a change
of the preprocessing. Writes `metrics.json` and `figures/` to the folder.

    python -m train evaluate --run runs/sketch-cnn --mnist mnist.npz --pendigits ...
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from sketchdigits.architectures import NUM_CLASSES
from sketchdigits.package.files import METRICS_FILE
from sketchdigits.package.settings import PackageSettings
from train.datasets import DatasetPaths
from train.datasets.labelled_images import LabelledImages
from train.distortions.corruptions import corrupt_images
from train.evaluate.accuracy import score_mnist, summarise
from train.evaluate.evaluation_data import (
    DRAWING_SEED,
    MNIST_FULL_PATH,
    EvaluationData,
    choose_example_images,
    choose_for_rejection,
    count_training_data,
    draw_look_alikes,
    draw_non_digits,
    is_unseen,
    load_evaluation_data,
    render_test_digits,
    render_validation_digits,
)
from train.evaluate.rejection_scores import score_acceptance, score_rejection
from train.evaluate.robustness import score_consistency, score_corruptions
from train.evaluate.throughput import measure_throughput
from train.fit.prediction import predict
from train.fit.run_folder import (
    load_run_model,
    read_history,
    read_json,
    read_run_settings,
    write_json,
)
from train.fit.runs import current_commit
from train.fit.temperature import end_at_logits
from train.reports.figures import draw_corruptions, draw_figures, draw_rejection, save_figure
from train.reports.image_grids import draw_first_images, draw_refused, draw_worst_mistakes


def evaluate_run(run: Path, paths: DatasetPaths) -> dict[str, Any]:
    """Score the run on the test sets; write and return the metrics, and draw the figures.

    Every run is scored on scikit-learn's digits, and on the test split of each dataset that it was
    trained on. If it was trained on pendigits or UNIPEN, or their file is named, it is scored on
    the drawings of the test's writers and donors, also in printed frames. A run trained on MNIST
    and pendigits is also scored on corrupted images and on one drawing on many canvases. A run that
    learned to refuse is also scored on non-digits.

    Raises:
        RunError: the run isn't finished.
        ModelPackageError: its model is damaged.
        DatasetError: a dataset is missing or damaged.
    """
    settings = read_run_settings(run)
    model, packaged = load_run_model(run)
    data = load_evaluation_data(settings["data"], paths)
    as_published = settings["as_published"]
    digits = render_test_digits(data)
    examples = choose_example_images(data)
    # The unpreprocessed test split is predicted only once, here.
    probabilities = predict(model, examples.images) if examples else None
    sizes = count_training_data(
        data,
        as_published=as_published,
        learned_to_refuse=bool(packaged.digit_score),
        calibrated_on=settings.get("calibrated_on", ()),
    )
    metrics = {
        "architecture": settings["architecture"],
        "parameters": model.count_params(),
        "training": {
            **settings,
            "temperature": packaged.temperature,
            "data_sizes": sizes,
            "hours": _training_hours(run, settings),
        },
        "scored_at": current_commit(),
        "test": _score_test_sets(model, data, digits, probabilities),
        **_ablation_in_package(run),
        **_score_robustness(model, packaged, data, digits),
    }
    if settings["recipe"]["augmentation"]:
        classes = NUM_CLASSES + 1 if packaged.digit_score else NUM_CLASSES
        metrics["throughput"] = measure_throughput(settings, classes)
    figures = run / "figures"
    if examples and probabilities is not None:
        metrics["first_test_images"] = _first_predictions(examples, probabilities)
        draw_first_images(figures / "first_test_images.png", examples, probabilities)
        draw_worst_mistakes(figures / "worst_test_mistakes.png", examples, probabilities)
    _draw_plots(figures, metrics, read_history(run))
    if packaged.digit_score:
        for name, images in digits.items():
            if is_unseen(name):
                scores = packaged.digit_score.score(predict(end_at_logits(model), images.images))
                path = figures / f"refused_{name.replace(', ', '_').replace(' ', '_')}.png"
                refused = scores < packaged.digit_score.threshold
                draw_refused(path, images[refused], scores[refused], len(images))
    for name, images in render_validation_digits(data, as_published=as_published).items():
        path = figures / f"worst_validation_mistakes_{name}.png"
        draw_worst_mistakes(path, images, predict(model, images.images))
    write_json(run / METRICS_FILE, metrics)
    return metrics


def _score_test_sets(
    model: keras.Model,
    data: EvaluationData,
    digits: dict[str, LabelledImages],
    probabilities: np.ndarray | None,
) -> dict[str, Any]:
    """Return accuracy and calibration on each test set, by name.

    Args:
        model: the network.
        data: the datasets.
        digits: as `render_test_digits` returns them.
        probabilities: for MNIST's unpreprocessed test split, if the run is scored on it.
    """
    scores: dict[str, Any] = {}
    for name, images in digits.items():
        if name == MNIST_FULL_PATH:
            assert data.mnist is not None
            assert probabilities is not None
            scores |= score_mnist(model, data.mnist.test.labels, probabilities, images)
        else:
            scores[name] = summarise(predict(model, images.images), images.labels)
    return scores


def _score_robustness(
    model: keras.Model,
    packaged: PackageSettings,
    data: EvaluationData,
    digits: dict[str, LabelledImages],
) -> dict[str, Any]:
    """Return the scores on non-digits, corruptions and other canvases, as far as they apply."""
    scores: dict[str, Any] = {}
    if packaged.digit_score and (data.characters or data.donors):
        logits_model = end_at_logits(model)
        scores["acceptance"] = score_acceptance(
            logits_model, packaged.digit_score, digits, is_unseen
        )
        scores["rejection"] = score_rejection(
            logits_model,
            packaged.digit_score,
            choose_for_rejection(digits),
            draw_non_digits(data),
            draw_look_alikes(data),
        )
    if data.mnist and data.pen and data.trained_on_pen:
        corrupted = corrupt_images(data.mnist.test, DRAWING_SEED)
        scores["corruptions"] = score_corruptions(model, corrupted)
        scores["consistency"] = score_consistency(model, data.pen.test, DRAWING_SEED)
    return scores


def _draw_plots(
    figures: Path, metrics: dict[str, Any], history: list[dict[str, Any]] | None
) -> None:
    """Draw the plots of the metrics and of the training."""
    draw_figures(figures, metrics, history)
    if "rejection" in metrics:
        save_figure(figures / "rejection.png", draw_rejection(metrics["rejection"]))
    if "corruptions" in metrics:
        save_figure(figures / "corruptions.png", draw_corruptions(metrics["corruptions"]))


def _training_hours(run: Path, settings: dict[str, Any]) -> float:
    history = read_history(run)
    if history is None:
        return settings["hours"]
    return sum(epoch["seconds"] for epoch in history) / 3600


def _ablation_in_package(run: Path) -> dict[str, Any]:
    """Return the ablation that `package` added to a package's metrics, to keep it."""
    if read_history(run) is None and (found := read_json(run / METRICS_FILE).get("ablation")):
        return {"ablation": found}
    return {}


def _first_predictions(test: LabelledImages, probabilities: np.ndarray) -> list[dict[str, Any]]:
    """Return label, answer and probability of the first ten images, which every tutorial prints."""
    return [
        {"label": int(label), "answer": int(shares.argmax()), "probability": float(shares.max())}
        for label, shares in zip(test.labels[:10], probabilities, strict=False)
    ]
