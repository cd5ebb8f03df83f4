"""The Space has all files that it needs, and serves the pinned model at its first start."""

import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from huggingface_hub import hf_hub_download, metadata_load
from PIL import Image

from sketchdigits.package.report import REPORT_FILES
from tests.conftest import EXAMPLE_LABELS, REPOSITORY
from tests.support.hub_repository import Repository, validate_card
from tests.support.package_copies import change_settings, needed_files
from tests.support.running_app import running_app
from train.__main__ import main
from train.publish.space import SPACE_FOLDERS, build_space, resolve_model


@pytest.fixture
def space(published, tmp_path):
    """The folder of a Space that serves `owner/name`."""
    folder = tmp_path / "space"
    folder.mkdir()
    build_space(folder, "owner/name", *resolve_model("owner/name", None, None))
    return folder


def test_space_holds_what_it_needs_and_nothing_else(space):
    top = {path.name for path in space.iterdir()}
    assert top == {"app.py", "requirements.txt", "README.md", "LICENSE", *SPACE_FOLDERS}
    model = {
        path.relative_to(space / "model").as_posix() for path in (space / "model").rglob("*.*")
    }
    assert model == {*needed_files(), *REPORT_FILES}
    assert not [path for path in space.rglob("*") if path.suffix == ".pyc"]
    tracked = subprocess.run(
        ["git", "ls-files", "sketchdigits", "page"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    sent = {path.relative_to(space).as_posix() for path in space.rglob("*.*")}
    assert {*tracked} <= sent


def header_of(space: Path) -> dict:
    return metadata_load(space / "README.md") or {}


def test_header_pins_gradio_python_and_the_model(space, published):
    header = header_of(space)
    assert header["sdk"] == "gradio"
    assert header["python_version"] == "3.11"
    assert f"gradio=={header['sdk_version']}" in (space / "requirements.txt").read_text()
    assert header["models"] == ["owner/name"]
    [line] = header["preload_from_hub"]
    examples = [f"examples/{index:05d}-{digit}.png" for index, digit in enumerate(EXAMPLE_LABELS)]
    files = ",".join([*needed_files(), *REPORT_FILES, *examples])
    assert line == f"owner/name {files} {published.main.sha}"
    assert validate_card((space / "README.md").read_text())["errors"] == []


def preload(space):
    """Download the files that the Space's build downloads before the first start."""
    [line] = header_of(space)["preload_from_hub"]
    repo_id, names, commit = line.split(" ")
    for name in names.split(","):
        hf_hub_download(repo_id, name, revision=commit)


def read_a_drawing(url, drawing, folder) -> tuple[str, str]:
    """Return the label that the endpoint answers with, and the page's configuration as text."""
    Image.fromarray(drawing).save(folder / "drawing.png")
    answer = Client(url, verbose=False).predict(
        handle_file(folder / "drawing.png"), api_name="/predict"
    )
    with urllib.request.urlopen(f"{url}/config", timeout=10) as response:
        return answer["label"], response.read().decode()


def test_space_serves_the_preloaded_model_without_asking_the_hub(hub, space, drawing, tmp_path):
    preload(space)
    hub.requests.clear()
    with running_app(tmp_path, space / "app.py", SYSTEM="spaces") as url:
        label, page = read_a_drawing(url, drawing, tmp_path)
    assert label == "2"
    assert 'key\\": \\"examples_from_package' in page
    assert 'elem_id": "notice"' not in page
    assert not [path for path in hub.paths() if "owner/name" in path]


@pytest.mark.slow  # the test of another app without the Hub is in `test_served_model.py`
def test_space_without_hub_and_cache_serves_the_built_in_model(hub, space, drawing, tmp_path):
    shutil.rmtree(tmp_path / "hub-cache")
    hub.misbehave(503)
    with running_app(tmp_path, space / "app.py", SYSTEM="spaces") as url:
        label, page = read_a_drawing(url, drawing, tmp_path)
    assert label == "2"
    assert 'key\\": \\"using_builtin_model' in page


def publish_space(*options: str) -> int:
    return main(["publish-space", "--repo-id", "owner/space", "--model", "owner/name", *options])


def test_command_uploads_the_space_in_one_commit(hub, published, logged_in, capsys):
    assert publish_space() == 0
    space = hub.repositories["spaces/owner/space"]
    assert len(space.commits) == 2
    assert {"app.py", "requirements.txt", "sketchdigits/preprocessing/pipeline.py"} < {
        *space.main.files
    }
    assert published.main.sha in space.main.files["README.md"].decode()
    assert space.main.sha in capsys.readouterr().out


def test_space_is_pinned_to_the_given_revision(hub, published, logged_in):
    old = published.main.sha
    published.commit({"notes.txt": b"new"})
    assert publish_space("--revision", old) == 0
    assert old in hub.repositories["spaces/owner/space"].main.files["README.md"].decode()


def test_dry_run_uploads_nothing(hub, published, capsys):
    assert publish_space("--dry-run") == 0
    assert list(hub.repositories) == ["models/owner/name"]
    assert "sketchdigits/classifier.py" in capsys.readouterr().out


@pytest.mark.parametrize("trouble", ["missing", "no package", "bad weights", "no file for LiteRT"])
def test_space_for_a_model_that_cannot_be_loaded_is_not_uploaded(
    hub, logged_in, package_folder, capsys, trouble
):
    if trouble == "no file for LiteRT":
        change_settings(package_folder, removed=["litert_sha256"], format_version=2)
    if trouble != "missing":
        repository = hub.repositories["models/owner/name"] = Repository()
    if trouble in ("bad weights", "no file for LiteRT"):
        repository.commit_folder(package_folder)
    if trouble == "bad weights":
        repository.commit({"model.tflite": b"no weights"})
    assert publish_space() == 1
    printed = capsys.readouterr().err
    assert "Traceback" not in printed
    assert ("has no model.tflite. Load it with runtime='keras'" in printed) == (
        trouble == "no file for LiteRT"
    )
    assert "spaces/owner/space" not in hub.repositories


def test_cached_model_is_not_pinned_when_the_hub_is_silent(hub, published, logged_in, capsys):
    """The cached model may be outdated."""
    publish_space()
    del hub.repositories["spaces/owner/space"]
    hub.misbehave(503, at="/owner/name/")
    assert publish_space() == 1
    assert "server error (503)" in capsys.readouterr().err
    assert "spaces/owner/space" not in hub.repositories


@pytest.mark.install
@pytest.mark.skipif(
    not os.environ.get("ALLOW_INSTALL"),
    reason="ALLOW_INSTALL is not set: this test needs the package index",
)
def test_space_runs_in_a_fresh_environment(hub, space, drawing, tmp_path):
    """Install only requirements.txt, as the Space's build does, and start the page."""
    preload(space)
    python = python_with_only(space / "requirements.txt", tmp_path / "environment")
    with running_app(tmp_path, space / "app.py", python) as url:
        label, page = read_a_drawing(url, drawing, tmp_path)
    assert label == "2"
    assert 'key\\": \\"examples_from_package' in page
    assert not re.search(r"Traceback|Error", (tmp_path / "log").read_text())
    shutil.rmtree(tmp_path / "environment", ignore_errors=True)


def python_with_only(requirements: Path, folder: Path) -> Path:
    """The Python of a fresh environment with these requirements, which is made in `folder`.

    `.ci/run` has made one already, by README's first command: FRESH_ENVIRONMENT names it.
    """
    if made := os.environ.get("FRESH_ENVIRONMENT"):
        assert requirements.read_text() == (REPOSITORY / "requirements.txt").read_text()
        python = Path(made) / "bin" / "python"
        done = subprocess.run([python, "-c", "import pytest"], stderr=subprocess.PIPE, check=False)
        assert b"No module named 'pytest'" in done.stderr, "the environment isn't fresh any more"
        return python
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    # Byte-compiling everything takes most of the time, and few of these modules are imported.
    pip = str(folder / "bin" / "pip")
    subprocess.run([pip, "install", "-q", "--no-compile", "-r", str(requirements)], check=True)
    return folder / "bin" / "python"
