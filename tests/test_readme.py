import json
import re

import yaml

from tests.conftest import REPOSITORY
from train.card import interval, percent

README = (REPOSITORY / "README.md").read_text()


def test_results_are_those_that_evaluate_wrote():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    for name, score in metrics["test"].items():
        row = f"| {name} | {score['n']:,} | {percent(score['accuracy'])} | {interval(score)} |"
        assert row in README


def test_every_file_in_the_tree_exists():
    tree = README.split("## Where things are")[1].split("```")[1]
    folder = REPOSITORY
    for line in tree.strip().splitlines():
        names = re.match(r" *([^\s,]+(?:, [^\s,]+)*)", line)
        assert names
        if not line.startswith(" "):
            folder = REPOSITORY / names[1] if names[1].endswith("/") else REPOSITORY
        for name in names[1].split(", "):
            place = folder / name if line.startswith(" ") else REPOSITORY / name
            assert place.exists(), line


def test_space_header_names_the_app_and_a_gradio_that_requirements_allow():
    header = yaml.safe_load(README.split("---")[1])
    assert header["sdk"] == "gradio"
    assert (REPOSITORY / header["app_file"]).is_file()
    assert header["python_version"] == "3.11"
    requirements = (REPOSITORY / "requirements.txt").read_text()
    [(low, high)] = re.findall(r"gradio>=([\d.]+),<(\d+)", requirements)
    version = tuple(map(int, header["sdk_version"].split(".")))
    assert tuple(map(int, low.split("."))) <= version < (int(high),)
    assert len(header["short_description"]) <= 60
