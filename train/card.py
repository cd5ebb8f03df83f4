"""The model card: `model_card.md` (Jinja) filled with what `fit` and `evaluate` wrote.

No number in it is typed: each comes out of `metrics.json`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

CARD_FILE = "README.md"
TEMPLATE = Path(__file__).parent.parent / "model_card.md"
MODEL_NAME = "Sketchdigits"
# What each score was measured on: the Hub's dataset type, its name, the split.
_DATASETS = {
    "MNIST": ("ylecun/mnist", "MNIST", "test"),
    "6 pen": ("pendigits", "UCI Pen-Based Recognition of Handwritten Digits", "6 writers"),
    "sciki": ("sklearn-digits", "scikit-learn's handwritten digits", "all"),
}


def render_model_card(metrics: dict[str, Any]) -> str:
    """The card's whole text, YAML header first."""
    card = ModelCard.from_template(
        _card_data(metrics),
        template_path=str(TEMPLATE),
        metrics=metrics,
        scores=metrics["test"],
        training=metrics["training"],
        per_digit_rows=[name for name in metrics["test"] if not name.startswith("6 pen")]
        + ["6 pen writers kept out, black on white, 400x400"],
        percent=percent,
        interval=interval,
    )
    return str(card)


def _card_data(metrics: dict[str, Any]) -> ModelCardData:
    results = []
    for name, score in metrics["test"].items():
        dataset_type, dataset_name, split = _DATASETS[name[:5]]
        results.append(
            EvalResult(
                task_type="image-classification",
                dataset_type=dataset_type,
                dataset_name=dataset_name,
                dataset_split=split,
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
        datasets=["ylecun/mnist"],
        metrics=["accuracy"],
        model_name=MODEL_NAME,
        eval_results=results,
    )


def percent(share: float, digits: int = 2) -> str:
    return f"{share * 100:.{digits}f} %"


def interval(score: dict[str, Any]) -> str:
    low, high = score["interval_95"]
    return f"{low * 100:.2f}-{high * 100:.2f}"
