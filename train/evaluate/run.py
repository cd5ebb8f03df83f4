"""Score a finished run, once, on images that it has never seen.

Takes a run folder that `fit` finished, or the copy of a package that is scored again after a change
of the preprocessing. Writes `metrics.json` and `figures/` to the folder.

    python -m train evaluate --run runs/sketch-cnn --mnist mnist.npz --pendigits ...
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sketchdigits import DigitClassifier
from sketchdigits.architectures import NUM_CLASSES
from sketchdigits.package.files import METRICS_FILE
from sketchdigits.package.settings import PackageSettings
from sketchdigits.prediction import DigitScore
from train.datasets import DatasetPaths
from train.datasets.labelled_images import LabelledImages
from train.distortions.corruptions import corrupt_images
from train.evaluate.accuracy import score_mnist, summarise
from train.evaluate.answers import Answers, answer_all, with_logits
from train.evaluate.evaluation_data import (
    DRAWING_SEED,
    MNIST_FULL_PATH,
    SKLEARN_TEST,
    EvaluationData,
    choose_for_rejection,
    count_training_data,
    draw_look_alikes,
    draw_non_digits,
    is_unseen,
    load_evaluation_data,
    render_test_digits,
    render_validation_digits,
)
from train.evaluate.numbers import score_numbers
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
from train.rendering.number_sets import find_hands
from train.reports.figures import draw_corruptions, draw_figures, draw_rejection, save_figure
from train.reports.image_grids import draw_first_images, draw_refused, draw_worst_mistakes


def evaluate_run(run: Path, paths: DatasetPaths) -> dict[str, Any]:
    """Score the run on the test sets; write and return the metrics, and draw the figures.

    Every run is scored on scikit-learn's digits, and on the test split of each dataset that it was
    trained on. If it was trained on pendigits or UNIPEN, or their file is named, it is scored on
    the drawings of the test's writers and donors, also in printed frames. A run trained on MNIST
    and pendigits is also scored on corrupted images, on one drawing on many canvases, and on whole
    numbers. A run that learned to refuse is also scored on non-digits. Every test set is rendered
    and predicted once, for all scores and figures.

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
    network = with_logits(model)
    answers = answer_all(network, digits)
    examples = _answer_examples(model, data, digits, answers)
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
        "test": _score_test_sets(digits, answers, examples),
        **_kept_in_package(run),
        **_score_refusals(network, packaged.digit_score, data, digits, answers),
        **_score_robustness(model, data),
        **_score_numbers(run, model, packaged, data),
    }
    if settings["recipe"]["augmentation"]:
        classes = NUM_CLASSES + 1 if packaged.digit_score else NUM_CLASSES
        metrics["throughput"] = measure_throughput(settings, classes)
    figures = run / "figures"
    if examples:
        metrics["first_test_images"] = _first_predictions(*examples)
        draw_first_images(figures / "first_test_images.png", *examples)
        draw_worst_mistakes(figures / "worst_test_mistakes.png", *examples)
    _draw_plots(figures, metrics, read_history(run))
    if packaged.digit_score:
        for name, images in digits.items():
            if is_unseen(name):
                scores = packaged.digit_score.score(answers[name].logits)
                path = figures / f"refused_{name.replace(', ', '_').replace(' ', '_')}.png"
                refused = scores < packaged.digit_score.threshold
                draw_refused(path, images[refused], scores[refused], len(images))
    for name, images in render_validation_digits(data, as_published=as_published).items():
        path = figures / f"worst_validation_mistakes_{name}.png"
        draw_worst_mistakes(path, images, predict(model, images.images))
    write_json(run / METRICS_FILE, metrics)
    return metrics


def _answer_examples(
    model: keras.Model,
    data: EvaluationData,
    digits: Mapping[str, LabelledImages],
    answers: Mapping[str, Answers],
) -> tuple[LabelledImages, np.ndarray] | None:
    """Return the test split whose single images the report shows, and its `(n, 10)` probabilities.

    It is MNIST's, not preprocessed, or else scikit-learn's, preprocessed. None if the run was
    trained on neither.

    Args:
        model: the network.
        data: the datasets.
        digits: as `render_test_digits` returns them.
        answers: for `digits`.
    """
    if data.mnist:
        return data.mnist.test, predict(model, data.mnist.test.images)
    if data.digits:
        return digits[SKLEARN_TEST], answers[SKLEARN_TEST].probabilities
    return None


def _score_test_sets(
    digits: Mapping[str, LabelledImages],
    answers: Mapping[str, Answers],
    examples: tuple[LabelledImages, np.ndarray] | None,
) -> dict[str, Any]:
    """Return accuracy and calibration on each test set, by name.

    Args:
        digits: as `render_test_digits` returns them.
        answers: for `digits`.
        examples: as `_answer_examples` returns them; MNIST's images, if it is among the digits.
    """
    scores: dict[str, Any] = {}
    for name, images in digits.items():
        if name == MNIST_FULL_PATH:
            assert examples is not None
            mnist, raw = examples
            scores |= score_mnist(mnist.labels, raw, answers[name].probabilities)
        else:
            scores[name] = summarise(answers[name].probabilities, images.labels)
    return scores


def _score_refusals(
    network: keras.Model,
    digit_score: DigitScore | None,
    data: EvaluationData,
    digits: Mapping[str, LabelledImages],
    answers: Mapping[str, Answers],
) -> dict[str, Any]:
    """Return the scores on digits and non-digits, if the run learned to refuse.

    Args:
        network: the result of `with_logits`.
        digit_score: the package's, if it has one.
        data: the datasets; without letters and signs, there is nothing to refuse.
        digits: as `render_test_digits` returns them.
        answers: for `digits`.
    """
    if not digit_score or not (data.characters or data.donors):
        return {}
    labels = {name: images.labels for name, images in digits.items()}
    non_digits, look_alikes = (
        answer_all(network, drawings)
        for drawings in (draw_non_digits(data), draw_look_alikes(data))
    )
    inside, outside, alike = (
        {name: digit_score.score(answer.logits) for name, answer in found.items()}
        for found in (answers, non_digits, look_alikes)
    )
    return {
        "acceptance": score_acceptance(digit_score, inside, labels, is_unseen),
        "rejection": score_rejection(digit_score, choose_for_rejection(inside), outside, alike),
    }


def _score_robustness(model: keras.Model, data: EvaluationData) -> dict[str, Any]:
    """Return the scores on corruptions and other canvases, if the run is scored on them."""
    scores: dict[str, Any] = {}
    if data.mnist and data.pen and data.trained_on_pen:
        corrupted = corrupt_images(data.mnist.test, DRAWING_SEED)
        scores["corruptions"] = score_corruptions(model, corrupted)
        scores["consistency"] = score_consistency(model, data.pen.test, DRAWING_SEED)
    return scores


def _score_numbers(
    run: Path, model: keras.Model, packaged: PackageSettings, data: EvaluationData
) -> dict[str, Any]:
    """Return the scores on whole numbers, if the run is scored on them.

    A package is loaded as users load it, with its row network; a run has none.
    """
    if not (data.mnist and data.pen and data.trained_on_pen and packaged.digit_score):
        return {}
    donors = data.donors.test if data.donors else None
    hands = find_hands(data.mnist.test, data.pen.test, donors)
    if packaged.row_network:
        classifier = DigitClassifier.from_pretrained(run)
    else:
        classifier = DigitClassifier(model, packaged)
    return {"numbers": score_numbers(classifier, hands, data.pen.test, DRAWING_SEED)}


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


def _kept_in_package(run: Path) -> dict[str, Any]:
    """Return what `package` added to a package's metrics, to keep it."""
    if read_history(run) is not None:
        return {}
    metrics = read_json(run / METRICS_FILE)
    return {name: metrics[name] for name in ("ablation", "row_network") if name in metrics}


def _first_predictions(test: LabelledImages, probabilities: np.ndarray) -> list[dict[str, Any]]:
    """Return label, answer and probability of the first ten images, which every tutorial prints."""
    return [
        {"label": int(label), "answer": int(shares.argmax()), "probability": float(shares.max())}
        for label, shares in zip(test.labels[:10], probabilities, strict=False)
    ]
