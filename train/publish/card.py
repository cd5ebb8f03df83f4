"""Metrics -> the model card: the Jinja template `model_card.md`, filled with `metrics.json`.

The template contains no measured number and no count of data: they come from the metrics, or from
the constants of the code that measured them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from sketchdigits.architectures import NUM_CLASSES
from sketchdigits.preprocessing.image_limits import MAX_PIXELS, MIN_LONGEST_SIDE
from train import REPOSITORY
from train.evaluate.accuracy import CORRECTED_MNIST_LABELS
from train.evaluate.robustness import SIZES_AND_POLARITIES
from train.fit.rejection import PLAINLY_REFUSED_DIGITS, REFUSED_DIGITS
from train.fit.tutorials import TUTORIALS
from train.rendering.digits import DEFAULT_STYLE
from train.reports.formatting import duration, interval, percent

TEMPLATE = REPOSITORY / "model_card.md"
MODEL_NAME = "Sketchdigits"
# The Hub's dataset type and the dataset's name, by a word in the name of a score.
_DATASETS = {
    "UNIPEN": ("unipen", "UNIPEN train_r01_v07"),
    "frames": ("unipen", "UNIPEN train_r01_v07 and UCI pendigits, in printed frames"),
    "MNIST": ("ylecun/mnist", "MNIST"),
    "pen writers": ("pendigits", "UCI Pen-Based Recognition of Handwritten Digits"),
    "scikit-learn": ("sklearn-digits", "scikit-learn's handwritten digits"),
}


# How many examples the Hub offers to those who try a model on its page.
MAX_WIDGET_EXAMPLES = 3


def render_model_card(
    metrics: dict[str, Any],
    repo_id: str | None = None,
    *,
    space_id: str | None = None,
    examples: Sequence[str] = (),
) -> str:
    """Return the text of the card, with its YAML header.

    Args:
        metrics: the content of `metrics.json`.
        repo_id: the examples in the card load the model from here; None: from the folder `model`.
        space_id: the Space that serves the model, to which the card links; None: none.
        examples: paths of the package's examples in the repository, such as
            "examples/00000-7.png"; the header offers the first ones to the Hub's widget.
    """
    flips = metrics.get("consistency", {}).get("flips", {})
    card = ModelCard.from_template(
        _card_data(metrics, _widget(repo_id, examples) if repo_id else None),
        template_path=str(TEMPLATE),
        repo_id=repo_id,
        space_id=space_id,
        metrics=metrics,
        tutorial=TUTORIALS.get(metrics["architecture"]),
        pen_strokes_used=any("pen writers" in name for name in metrics["test"]),
        scores=metrics["test"],
        training=metrics["training"],
        data=metrics["training"]["data_sizes"],
        rejection=metrics.get("rejection"),
        acceptance=metrics.get("acceptance"),
        refused_digits=REFUSED_DIGITS,
        plainly_refused_digits=PLAINLY_REFUSED_DIGITS,
        # Packages before format 4 have one threshold.
        has_unusual="refusal_threshold" in metrics.get("rejection", {}),
        ablation=metrics.get("ablation"),
        corruptions=metrics.get("corruptions"),
        consistency=metrics.get("consistency"),
        throughput=metrics.get("throughput"),
        litert=metrics.get("litert"),
        numbers=metrics.get("numbers"),
        row_network=metrics.get("row_network"),
        min_side=MIN_LONGEST_SIDE,
        max_side=math.isqrt(MAX_PIXELS),
        num_classes=NUM_CLASSES,
        corrected_labels=len(CORRECTED_MNIST_LABELS),
        bins=max(len(score["reliability"]) for score in metrics["test"].values()),
        # They come first, because `score_consistency` scores them first.
        size_and_polarity_rows=len(flips.keys() & SIZES_AND_POLARITIES.keys()),
        # All canvases have the same digits of the pen writers, so one of them is enough.
        per_digit_rows=[
            name
            for name in metrics["test"]
            if "pen writers" not in name or name.endswith(DEFAULT_STYLE)
        ],
        percent=percent,
        interval=interval,
        duration=duration,
    )
    return str(card)


def _widget(repo_id: str, examples: Sequence[str]) -> list[dict[str, str]] | None:
    """The header's `widget`: images with titles, for the Hub's page of the model."""
    return [
        {
            "src": f"https://huggingface.co/{repo_id}/resolve/main/{path}",
            "example_title": f"A {PurePosixPath(path).stem.partition('-')[2]}",
        }
        for path in examples[:MAX_WIDGET_EXAMPLES]
    ] or None


def _card_data(metrics: dict[str, Any], widget: list[dict[str, str]] | None) -> ModelCardData:
    results = []
    for name, score in metrics["test"].items():
        [(dataset_type, dataset_name)] = [_DATASETS[word] for word in _DATASETS if word in name]
        results.append(
            EvalResult(
                task_type="image-classification",
                dataset_type=dataset_type,
                dataset_name=dataset_name,
                dataset_split="test",
                dataset_config=name,
                metric_type="accuracy",
                metric_name=f"accuracy, {name}",
                metric_value=score["accuracy"],
            )
        )
    return ModelCardData(
        language="en",
        license="apache-2.0",
        library_name="keras",
        pipeline_tag="image-classification",
        tags=["sketchdigits", "mnist", "handwriting", "digits", "drawing"],
        datasets=["ylecun/mnist"] if "mnist" in metrics["training"]["data"] else None,
        metrics=["accuracy"],
        model_name=f"{MODEL_NAME} {name}"
        if (name := metrics["architecture"]) in TUTORIALS
        else MODEL_NAME,
        eval_results=results,
        widget=widget,
    )
