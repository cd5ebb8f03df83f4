"""The model card is valid on the Hub, agrees with metrics.json, and its examples run."""

import json
import os
import re

import pytest
from huggingface_hub import ModelCard, ModelCardData

from sketchdigits import HubError
from sketchdigits.hub.upload import upload_folder
from tests.conftest import EXAMPLE_LABELS, REPOSITORY, run_python
from tests.support.hub_repository import Repository, validate_card
from train.evaluate.robustness import SIZES_AND_POLARITIES
from train.publish.card import render_model_card


def repository(hub) -> Repository:
    return hub.repositories["models/owner/name"]


def test_card_names_only_the_data_that_the_model_was_trained_on():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    metrics["training"]["data"] = ["digits"]
    metrics["training"]["data_sizes"] = {"digits": {"train": 1197, "validation": 300}}
    name = "scikit-learn digits, never trained on"
    metrics["test"] = {"scikit-learn digits, test split": metrics["test"][name]}
    card = render_model_card(metrics)
    credit = card.split("**Data and credit.**")[1].split("\n## ")[0]
    assert "MNIST" not in credit
    assert "Pen strokes" not in credit
    assert "set only" not in credit
    assert "ylecun/mnist" not in card.split("model-index")[0]


def test_card_is_valid_and_its_results_are_those_of_the_metrics(hub, publish):
    publish()
    text = repository(hub).main.files["README.md"].decode()
    card = ModelCard(text)
    assert isinstance(card.data, ModelCardData)
    card.validate()
    assert validate_card(text)["errors"] == []
    header = card.data.to_dict()
    assert header["library_name"] == "keras"
    assert header["pipeline_tag"] == "image-classification"
    assert header["license"] == "apache-2.0"
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    results = card.data.eval_results or []
    published = {result.dataset_config: result.metric_value for result in results}
    assert published == {name: score["accuracy"] for name, score in metrics["test"].items()}


def test_card_has_our_tag_the_link_to_the_space_and_examples_for_the_widget(hub, publish):
    status, output = publish("--space", "owner/space")
    assert status == 0, output
    text = repository(hub).main.files["README.md"].decode()
    assert "[owner/space](https://huggingface.co/spaces/owner/space)" in text
    header = ModelCard(text).data.to_dict()
    assert "sketchdigits" in header["tags"]
    assert len(header["widget"]) == 3
    address = "https://huggingface.co/owner/name/resolve/main/"
    for example, label in zip(header["widget"], EXAMPLE_LABELS, strict=False):
        assert example["example_title"] == f"A {label}"
        assert example["src"].startswith(address)
        assert example["src"].removeprefix(address) in repository(hub).main.files


def test_card_without_space_and_examples_names_neither():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    card = render_model_card(metrics, "owner/name")
    assert "/spaces/" not in card
    assert "widget" not in card


def test_error_quotes_the_hub_when_it_refuses_the_card(hub, logged_in, package_folder):
    (package_folder / "README.md").write_text("---\nlicense: none-such\n---\n# A card\n")
    with pytest.raises(HubError, match=r'(?s)refuses the card.*"license" must be'):
        upload_folder(package_folder, "owner/name", commit_message="mine")
    assert len(repository(hub).commits) == 1


def test_committed_card_is_the_template_filled_from_metrics():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    assert (REPOSITORY / "model" / "README.md").read_text() == render_model_card(metrics)


def test_counts_in_the_card_come_from_the_metrics():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    assert "under 15 corruptions" in render_model_card(metrics)
    assert "(the first 7 rows)" in render_model_card(metrics)
    assert "over 15 bins" in render_model_card(metrics)
    del metrics["corruptions"]["accuracy"]["fog"]
    del metrics["consistency"]["flips"]["280 px, red on blue"]
    for score in metrics["test"].values():
        del score["reliability"][12:]
    card = render_model_card(metrics)
    assert "under 14 corruptions" in card
    assert "(the first 6 rows)" in card
    assert "over 12 bins" in card


def test_card_explains_the_verdict_if_there_are_two_thresholds():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    rejection = metrics["rejection"]
    datasets = [*rejection["digits"].values(), *rejection["non_digits"].values()]
    rejection.pop("refusal_threshold", None)
    rejection.pop("look_alikes", None)
    metrics.pop("acceptance", None)
    assert "unusual" not in render_model_card(metrics)
    for count, dataset in enumerate(datasets, 1234):
        dataset["unusual"] = count
    card = render_model_card({**metrics, "rejection": {**rejection, "refusal_threshold": 0.0123}})
    assert 'Between 0.012 and that, `verdict` is\n"unusual"' in card
    assert "`digit_score` (0-1), `is_digit` and `verdict`, and the 28x28" in card
    last = [*rejection["non_digits"]][-1]
    assert f"; {1233 + len(datasets):,} of {last}.\n\nThe mean AUROC" in card
    assert "|\n\nUnusual, and not counted as accepted: 1,234 of " in card


def test_sizes_and_polarities_are_the_first_rows_of_the_table():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    rows = list(metrics["consistency"]["flips"])
    assert rows[: len(SIZES_AND_POLARITIES)] == list(SIZES_AND_POLARITIES)


def test_card_names_the_commit_of_a_later_calibration():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    assert "calibrated again" not in render_model_card(metrics)
    metrics["training"]["calibrated_at"] = "0123abc"
    assert "fitted on validation; calibrated again at commit `0123abc` |" in render_model_card(
        metrics
    )


def test_card_tells_how_whole_numbers_are_read():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    metrics.pop("numbers", None)
    assert "read_number" not in render_model_card(metrics)
    share = {"n": 1234, "share": 0.5, "interval_95": [0.47, 0.53]}
    row = {"right": 617, "accepted": 432, "accepted_but_wrong": 3}
    metrics["numbers"] = {
        "rows": {"plain rows": {**share, **row, "expected_calibration_error": 0.021}},
        "non_numbers": {"words": {**share, "refused": 617}},
        "one_digit": {**share, "same": 617},
        "time": {"ratio": 5.44},
    }
    card = render_model_card(metrics)
    right = "| 1,234 | 617 | 50.0 % | 47.00-53.00 |"
    assert f"| plain rows {right} 432 | 3 | 2.1 % |" in card
    assert f"| words {right}" in card
    assert "Of 1,234 drawings of one digit, 50.00 % are read as `predict` reads them" in card
    assert "5.4 times as long as one digit" in card


@pytest.mark.slow
def test_examples_in_the_card_run(hub, publish, tmp_path):
    """All Python blocks run in one process, one after the other: the three ways of loading."""
    publish()
    text = repository(hub).main.files["README.md"].decode()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 4
    done = run_python(
        "-W",
        "error",
        "-c",
        "\n".join(blocks),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert done.returncode == 0, done.stderr
    ours, stock, folder = done.stdout.strip().splitlines()[-3:]
    assert ours.startswith("[(7, 0.9")
    assert stock == "[1]"
    assert "7" in folder
