"""The model card: `model_card.md` (Jinja) filled with what `fit` and `evaluate` wrote.

No number in it is typed: each comes out of `metrics.json`.
"""

from __future__ import annotations

from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from train import REPOSITORY
from train.fit.tutorials import TUTORIALS
from train.rendering.digits import DEFAULT_STYLE
from train.reports.formatting import duration, interval, percent

TEMPLATE = REPOSITORY / "model_card.md"
MODEL_NAME = "Sketchdigits"
# What a score was measured on, by a word of its name: the Hub's dataset type, and the dataset.
_DATASETS = {
    "MNIST": ("ylecun/mnist", "MNIST"),
    "pen writers": ("pendigits", "UCI Pen-Based Recognition of Handwritten Digits"),
    "scikit-learn": ("sklearn-digits", "scikit-learn's handwritten digits"),
}


def render_model_card(metrics: dict[str, Any], repo_id: str | None = None) -> str:
    """The card's whole text, YAML header first.

    Its examples load the model from `repo_id` on the Hub, or from the folder `model`.
    """
    card = ModelCard.from_template(
        _card_data(metrics),
        template_path=str(TEMPLATE),
        repo_id=repo_id,
        metrics=metrics,
        tutorial=TUTORIALS.get(metrics["architecture"]),
        pen_strokes_used=any("pen writers" in name for name in metrics["test"]),
        scores=metrics["test"],
        training=metrics["training"],
        data=metrics["training"]["data_sizes"],
        rejection=metrics.get("rejection"),
        ablation=metrics.get("ablation"),
        corruptions=metrics.get("corruptions"),
        consistency=metrics.get("consistency"),
        throughput=metrics.get("throughput"),
        litert=metrics.get("litert"),
        # One canvas stands for all: its digits are those of the others.
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


def _card_data(metrics: dict[str, Any]) -> ModelCardData:
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
        tags=["mnist", "handwriting", "digits", "drawing"],
        datasets=["ylecun/mnist"] if "mnist" in metrics["training"]["data"] else None,
        metrics=["accuracy"],
        model_name=f"{MODEL_NAME} {name}"
        if (name := metrics["architecture"]) in TUTORIALS
        else MODEL_NAME,
        eval_results=results,
    )
