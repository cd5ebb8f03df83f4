"""The wheel: its files, its metadata, and how it works where it is installed."""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.support.plain_http import call_over_http, upload
from tests.support.running_app import running_process
from train.publish.shipped_files import SHIPPED, list_shipped_files

PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
DESCRIPTION = (REPOSITORY / PYPROJECT["project"]["readme"]).read_text()
DRAWING = REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png"
# Where the wheel has the folders of the repository.
PLACES = {
    "model/": "sketchdigits/model/",
    "page/": "sketchdigits/page_app/page/",
    "docs/": "sketchdigits/page_app/docs/",
    "app.py": "sketchdigits/page_app/app.py",
}
USE = """
import multiprocessing, sys
from sketchdigits import DigitClassifier

if __name__ == "__main__":
    classifier = DigitClassifier.from_pretrained()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        [answer] = pool.map(classifier.predict, sys.argv[1:])
    loaded = {"gradio", "page", "train", "keras", "huggingface_hub"} & set(sys.modules)
    print(answer.label, sorted(loaded))
"""
needs_index = pytest.mark.skipif(
    not os.environ.get("ALLOW_INSTALL"),
    reason="ALLOW_INSTALL is not set: this test needs the package index",
)


def place_in_wheel(name: str) -> str:
    """Where the wheel has a file of the repository."""
    for start, place in PLACES.items():
        if name.startswith(start):
            return place + name.removeprefix(start)
    return name


def requirements(lines: list[str]) -> dict[str, str]:
    """`{package: what follows its name}` of requirements, without comments, options and markers."""
    found = (re.match(r"(\w[\w.-]*)([^;#]*)", line) for line in lines)
    return {match[1].lower().replace("_", "-"): match[2].strip() for match in found if match}


def test_files_of_the_wheel_are_those_of_a_space():
    build = PYPROJECT["tool"]["hatch"]["build"]
    given = [name.removeprefix("/") for name in build["include"]]
    given += build["targets"]["wheel"]["force-include"]
    assert sorted(given) == sorted({*SHIPPED} - {"LICENSE"})


@pytest.mark.parametrize(
    ("extras", "files"),
    [
        (["page"], ["requirements.txt"]),
        (["page", "keras", "train"], ["requirements.txt", "requirements-train.txt"]),
    ],
    ids=["page", "all"],
)
def test_extras_need_what_the_requirements_files_name(extras, files):
    project = PYPROJECT["project"]
    lists = [project["optional-dependencies"][extra] for extra in extras]
    own = requirements(sum(lists, project["dependencies"]))
    text = "\n".join((REPOSITORY / file).read_text() for file in files)
    named = requirements(text.splitlines())
    # Only requirements.txt is resolved by uv too, which needs the bound on this one.
    assert own.keys() - {"sketchdigits"} == named.keys() - {"backports-strenum"}
    for name in named.keys() & own.keys():
        # Here a bound is for a known reason only, there for what was tested.
        assert named[name].startswith(own[name]), name


def test_description_for_the_index_has_no_header_and_no_relative_links():
    assert DESCRIPTION.startswith("# Sketchdigits\n")
    targets = re.findall(r"\]\(([^)]+)\)|src=\"([^\"]+)\"", DESCRIPTION)
    assert all("".join(pair).startswith("https://") for pair in targets)


def test_description_credits_the_same_data_as_readme():
    def credit(text: str) -> str:
        section = text.split("## Licence and credit\n")[1]
        return " ".join(section.split()).partition(" If a model package")[0]

    assert credit(DESCRIPTION) == credit((REPOSITORY / "README.md").read_text())


def test_code_of_the_description_runs_as_printed(tmp_path, monkeypatch, capsys):
    (tmp_path / "drawing.png").write_bytes(DRAWING.read_bytes())
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(r"```python\n(.*?)```", DESCRIPTION, re.DOTALL)
    exec(compile(code, "pypi.md", "exec"), {})
    assert capsys.readouterr().out.startswith("2 [(2, ")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel. `.ci/run` has built one already, from a source package: BUILT_WHEEL names it."""
    if built := os.environ.get("BUILT_WHEEL"):
        return Path(built)
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, REPOSITORY]
    subprocess.run(build, check=True)
    [path] = folder.glob("*.whl")
    return path


@pytest.mark.install
@needs_index
def test_wheel_has_the_shipped_files_and_the_default_model_unchanged(wheel):
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    expected = {
        place_in_wheel(name): (REPOSITORY / name).read_bytes()
        for name in list_shipped_files(REPOSITORY)
        if name != "LICENSE"
    }
    inside = {name: raw for name, raw in contents.items() if ".dist-info/" not in name}
    assert inside.keys() == expected.keys()
    assert [name for name, raw in inside.items() if raw != expected[name]] == []
    assert wheel.stat().st_size < 5_500_000
    [metadata] = [name for name in contents if name.endswith("/METADATA")]
    parsed = Parser().parsestr(contents[metadata].decode())
    assert parsed["Description-Content-Type"].startswith("text/markdown")
    assert str(parsed.get_payload()).strip() == DESCRIPTION.strip()


@pytest.fixture(scope="module")
def programs(wheel, tmp_path_factory) -> Path:
    """The programs of an environment that has the wheel and what it depends on, and no more.

    `.ci/run` has made one already: WHEEL_ENVIRONMENT names it.
    """
    if made := os.environ.get("WHEEL_ENVIRONMENT"):
        return Path(made) / "bin"
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    install = [environment / "bin" / "pip", "install", "-q", "--no-compile", wheel]
    subprocess.run(install, check=True)
    return environment / "bin"


@pytest.mark.install
@needs_index
def test_wheel_installed_alone_reads_offline_from_another_folder(programs, tmp_path):
    (tmp_path / "use.py").write_text(USE)
    # No request can leave: nothing listens on port 9.
    variables = {**os.environ, "https_proxy": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "1"}

    def run(*command: object) -> subprocess.CompletedProcess[str]:
        words = [str(word) for word in command]
        options = {"cwd": tmp_path, "env": variables, "capture_output": True, "text": True}
        return subprocess.run(words, check=False, **options)

    done = run(programs / "python", "use.py", DRAWING)
    assert done.stdout == "2 []\n", done.stderr
    done = run(programs / "sketchdigits", "predict", DRAWING, "--format", "csv")
    assert done.stdout.splitlines()[1].startswith(f"{DRAWING},2,"), done.stderr
    done = run(programs / "sketchdigits", "info")
    assert "sketch-cnn" in done.stdout, done.stderr
    assert "MNIST test" in done.stdout
    done = run(programs / "sketchdigits", "serve")
    assert done.returncode == 1
    assert "sketchdigits[page]" in done.stderr


@pytest.mark.install
@needs_index
def test_example_of_the_docs_reads_in_the_workers_of_ray(wheel, programs, tmp_path):
    """Run this after the test of the wheel alone: it adds Ray to the environment."""
    subprocess.run([programs / "pip", "install", "-q", "--no-compile", f"{wheel}[ray]"], check=True)
    (tmp_path / "drawing.png").write_bytes(DRAWING.read_bytes())
    page = (REPOSITORY / "docs" / "python.md").read_text()
    blocks = re.findall(r"```py\n(.*?)```", page, re.DOTALL)
    [code] = [block for block in blocks if "import ray" in block]
    # Ray's processes meet at sockets in this folder, whose name must be short.
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:
        done = subprocess.run(
            [programs / "python", "-c", code],
            cwd=tmp_path,
            env={**os.environ, "RAY_TMPDIR": folder, "RAY_USAGE_STATS_ENABLED": "0"},
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.stdout.splitlines()[-1:] == [str([[2] * 100] * 4)], done.stderr[-2_000:]


@pytest.mark.install
@needs_index
def test_page_in_the_wheel_starts_from_another_folder_and_reads(wheel, tmp_path):
    """With the libraries of the tests: they are those of `sketchdigits[page]`, and more."""
    target = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-compile"]
    subprocess.run([*install, "--target", target, wheel], check=True)
    command = target / "bin" / "sketchdigits"
    with running_process(tmp_path, command, arguments=["serve"], PYTHONPATH=str(target)) as (
        url,
        process,
    ):
        file = {"path": upload(url, DRAWING.read_bytes()), "meta": {"_type": "gradio.FileData"}}
        assert '"label": "2"' in call_over_http(url, file)
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert not re.search(r"Traceback|Error", (tmp_path / "log").read_text())
