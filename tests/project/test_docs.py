"""README and docs/: their numbers, commands, code, links and file names are right."""

import json
import re
import subprocess
import sys

import pytest
import yaml

from tests.conftest import REPOSITORY
from train.__main__ import build_parser, main
from train.fit.loop import fit_network
from train.fit.recipes import RECIPES
from train.fit.tutorials import TUTORIALS
from train.reports.formatting import interval, percent

README = (REPOSITORY / "README.md").read_text()
DOCS = {path.name: path.read_text() for path in sorted((REPOSITORY / "docs").glob("*.md"))}
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
PAGES += [f"docs/{name}" for name in DOCS]
MAX_README_WORDS = 1_000
TREE = README.split("## Where things are")[1].split("```\n")[1]


@pytest.fixture(scope="module")
def metrics():
    return json.loads((REPOSITORY / "model" / "metrics.json").read_text())


@pytest.fixture(scope="module")
def result_rows(metrics):
    """Rows of the results tables, as Markdown, from what `evaluate` wrote."""
    rows = [
        f"| {name} | {score['n']:,} | {percent(score['accuracy'])} | {interval(score)} |"
        for name, score in metrics["test"].items()
    ]
    rejection = metrics["rejection"]
    for kind, verb, counts in (
        ("digit", "accepted", metrics["acceptance"]),
        ("not a digit", "refused", rejection["non_digits"]),
        ("looks like a digit", "refused", rejection["look_alikes"]),
    ):
        for name, found in counts.items():
            share = f"{percent(found['share'])} {verb}"
            rows.append(f"| {kind}: {name} | {found['n']:,} | {share} | {interval(found)} |")
    numbers = metrics["numbers"]
    for name, found in numbers["rows"].items():
        accepted = f"{found['accepted_but_wrong']} of {found['accepted']:,} accepted are wrong"
        share = f"{percent(found['share'], 1)} right, {accepted}"
        rows.append(f"| number: {name} | {found['n']:,} | {share} | {interval(found)} |")
    for name, found in numbers["non_numbers"].items():
        share = f"{percent(found['share'], 1)} refused"
        rows.append(f"| not a number: {name} | {found['n']:,} | {share} | {interval(found)} |")
    return rows


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def section(text: str, heading: str) -> str:
    return text.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]


def table_rows(text: str) -> list[str]:
    """Rows of the tables with a 95 % interval, without their headers."""
    tables = re.findall(r"^\|.*95 % interval \|\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [row for table in tables for row in table.splitlines()]


def test_readme_has_at_most_two_screens():
    body = README.split("---\n", 2)[2]
    assert len(body.split()) <= MAX_README_WORDS


def test_results_page_has_every_result_that_evaluate_wrote(metrics, result_rows):
    assert table_rows(DOCS["results.md"]) == result_rows
    for figure in (
        metrics["rejection"]["auroc"],
        metrics["rejection"]["accepted_at_90_refused"],
        metrics["corruptions"]["mean"],
        metrics["consistency"]["any_size_or_polarity"]["share"],
    ):
        assert percent(figure) in DOCS["results.md"]
    assert interval(metrics["consistency"]["any_size_or_polarity"]) in DOCS["results.md"]


def test_readme_shows_some_of_these_results(result_rows):
    shown = table_rows(section(README, "Results"))
    assert len(shown) >= 5
    assert set(shown) <= set(result_rows)


def test_readme_shows_sources_that_no_training_saw_first(metrics):
    shown = table_rows(section(README, "Results"))
    names = [row.split("|")[1].strip() for row in shown]
    # MNIST's images as they are have a score, but nobody is asked to accept them.
    read = [
        metrics["acceptance"].get(name, {"unseen": False})
        for name in names
        if name in metrics["test"]
    ]
    is_unseen = [found["unseen"] for found in read]
    assert is_unseen[0]
    assert is_unseen == sorted(is_unseen, reverse=True)


def test_code_in_readme_is_that_of_the_docs():
    [reader] = code_blocks(section(README, "From Python"), "python")
    [documented] = code_blocks(DOCS["python.md"], "python")
    assert [line.split("  #")[0] for line in reader.splitlines()] == [
        line.split("  #")[0] for line in documented.splitlines()
    ]
    [curl] = code_blocks(section(README, "Over the network"), "sh")
    assert curl in code_blocks(DOCS["serving.md"], "sh")


@pytest.mark.parametrize("heading", ["From Python", "Over the network"])
def test_readme_needs_five_lines_of_code_to_use_it(heading):
    blocks = code_blocks(section(README, heading), r"\w+")
    assert 1 <= len("".join(blocks).splitlines()) <= 5


@pytest.mark.slow
def test_commands_and_code_of_the_hub_page_run_as_printed(hub, logged_in, monkeypatch):
    shell = "".join(code_blocks(DOCS["hub.md"], "sh"))
    [code] = code_blocks(DOCS["hub.md"], "python")
    commands = [line.split("#")[0].split() for line in shell.splitlines() if " publish" in line]
    assert len(commands) == 2
    monkeypatch.chdir(REPOSITORY)
    for command in commands:
        assert command[:3] == [".venv/bin/python", "-m", "train"]
        # In this process, which has TensorFlow already.
        assert main([word for word in command[3:] if word not in ("--mnist", "mnist.npz")]) == 0
    assert {*hub.repositories} == {"models/owner/name", "spaces/owner/space"}
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)


def test_every_training_command_can_be_parsed():
    text = "\n".join([README, *DOCS.values()])
    commands = re.findall(r"python -m train ([^`#\n]+)", text)
    assert len(commands) > 20
    for command in commands:
        build_parser().parse_args(command.replace("NAME", "tf-cnn").split())


@pytest.mark.slow
def test_code_of_the_tutorials_page_runs_as_printed(tiny_data, tmp_path):
    settings = {"architecture": "mlp-512", "epochs": 1, "seed": 0}
    run = tmp_path / "runs" / "mlp-512"
    fit_network(run, tiny_data, RECIPES["mlp-512"], settings, verbose=0)
    [code] = code_blocks(DOCS["tutorials.md"], "python")
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_tutorials_are_named_with_their_sources():
    for name, tutorial in TUTORIALS.items():
        assert f"| `{name}` | {tutorial.source} |" in DOCS["tutorials.md"]


def test_every_file_in_the_tree_exists():
    folder = REPOSITORY
    for line in TREE.splitlines():
        name = line.split()[0]
        if not line.startswith(" "):
            folder = REPOSITORY / name if name.endswith("/") else REPOSITORY
        place = folder / name if line.startswith(" ") else REPOSITORY / name
        assert place.exists(), line


def test_every_room_is_in_the_tree():
    rooms = re.findall(r"^\w[^\n]*/ (?:.*\n(?:  .*\n)*)", TREE, re.MULTILINE)
    listed = {
        f"{room.split('/')[0]}/{line.split()[0]}"
        for room in rooms
        for line in room.splitlines()[1:]
    }
    for package in ("sketchdigits", "page", "train"):
        for path in (REPOSITORY / package).glob("*/__init__.py"):
            assert f"{package}/{path.parent.name}/" in listed


@pytest.mark.parametrize("page", PAGES)
def test_links_point_to_files_and_headings(page):
    text = (REPOSITORY / page).read_text()
    links = re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", text)
    for link in ("".join(pair) for pair in links):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (REPOSITORY / page).parent / path if path else REPOSITORY / page
        assert target.is_file(), link
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in [heading.lower().replace(" ", "-") for heading in headings]


def test_every_page_of_docs_is_linked_from_readme():
    for name in DOCS:
        assert f"(docs/{name})" in README


def test_files_named_in_contributing_exist():
    """In the table "To change X, open Y" and in the rest of the page."""
    text = (REPOSITORY / "CONTRIBUTING.md").read_text()
    table = section(text, "To change something")
    assert len(re.findall(r"^\| .*`[\w/.]+`", table, re.MULTILINE)) >= 10
    # A path has a folder or a suffix; a word such as `slow` has neither.
    paths = re.findall(r"`((?:[\w.-]+/)+(?:[\w-]+\.\w+)?)`", text)
    assert len(paths) > 15
    assert not [path for path in paths if not (REPOSITORY / path).exists()]


def test_space_header_names_the_app_and_the_pinned_gradio():
    header = yaml.safe_load(README.split("---")[1])
    assert header["sdk"] == "gradio"
    assert (REPOSITORY / header["app_file"]).is_file()
    assert header["python_version"] == "3.11"
    requirements = (REPOSITORY / "requirements.txt").read_text()
    assert f"gradio=={header['sdk_version']}\n" in requirements
    assert len(header["short_description"]) <= 60
