import json
import re
import subprocess
import sys

import yaml

from tests.conftest import REPOSITORY
from train.__main__ import build_parser
from train.fit.loop import fit_network
from train.fit.recipes import RECIPES
from train.fit.tutorials import TUTORIALS
from train.reports.formatting import interval, percent

README = (REPOSITORY / "README.md").read_text()


def test_results_are_those_that_evaluate_wrote():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    for name, score in metrics["test"].items():
        row = f"| {name} | {score['n']:,} | {percent(score['accuracy'])} | {interval(score)} |"
        assert row in README
    for side in ("digits", "non_digits"):
        for name, found in metrics["rejection"][side].items():
            verb = "accepted" if side == "digits" else "refused"
            row = (
                f"{name} | {found['n']:,} | {percent(found['share'])} {verb} | {interval(found)} |"
            )
            assert row in README
    for figure in (
        metrics["rejection"]["auroc"],
        metrics["rejection"]["accepted_at_90_refused"],
        metrics["corruptions"]["mean"],
        metrics["consistency"]["any_size_or_polarity"]["share"],
    ):
        assert percent(figure) in README


def test_commands_and_code_of_the_hub_section_run_as_printed(hub, logged_in):
    section = README.split("## On the Hub")[1].split("\n## ")[0]
    [shell] = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    [code] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    commands = [line.split("#")[0].split() for line in shell.splitlines() if " publish" in line]
    assert len(commands) == 2
    for python, *arguments in commands:
        assert python == ".venv/bin/python"
        given = [word for word in arguments if word not in ("--mnist", "mnist.npz")]
        subprocess.run([sys.executable, *given], cwd=REPOSITORY, check=True)
    assert {*hub.repositories} == {"models/owner/name", "spaces/owner/space"}
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)


def test_every_training_command_is_one():
    commands = re.findall(r"python -m train ([^`#\n]+)", README)
    assert len(commands) > 15
    for command in commands:
        build_parser().parse_args(command.replace("NAME", "tf-cnn").split())


def test_code_of_the_tutorials_section_runs_as_printed(tiny_data, tmp_path):
    settings = {"architecture": "mlp-512", "epochs": 1, "seed": 0}
    run = tmp_path / "runs" / "mlp-512"
    fit_network(run, tiny_data, RECIPES["mlp-512"], settings, verbose=0)
    section = README.split("## Coming from a tutorial")[1].split("\n## ")[0]
    [code] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_tutorials_are_named_with_their_sources():
    for name, tutorial in TUTORIALS.items():
        assert f"| `{name}` | {tutorial.source} |" in README


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


def test_space_header_names_the_app_and_the_pinned_gradio():
    header = yaml.safe_load(README.split("---")[1])
    assert header["sdk"] == "gradio"
    assert (REPOSITORY / header["app_file"]).is_file()
    assert header["python_version"] == "3.11"
    requirements = (REPOSITORY / "requirements.txt").read_text()
    assert f"gradio=={header['sdk_version']}\n" in requirements
    assert len(header["short_description"]) <= 60
