"""What is installed where: serving needs little, and all of it is pinned."""

import re

import pytest

from tests.conftest import REPOSITORY, run_python


def requirements(name: str) -> dict[str, str]:
    """`{package: its whole line}` of a requirements file."""
    lines = (REPOSITORY / name).read_text().splitlines()
    found = (re.match(r"([A-Za-z0-9_.-]+)", line) for line in lines)
    return {
        match[1].lower().replace("_", "-"): line
        for match, line in zip(found, lines, strict=True)
        if match
    }


def test_a_space_installs_all_that_serving_needs_in_the_same_versions():
    space = requirements("requirements.txt")
    for package, line in requirements("requirements-serve.txt").items():
        assert space[package] == line


def test_lock_pins_all_that_serving_needs_with_hashes():
    lock = (REPOSITORY / "requirements-serve.lock").read_text()
    pinned = requirements("requirements-serve.lock")
    for package in requirements("requirements-serve.txt"):
        assert "==" in pinned[package]
    entries = re.split(r"\n(?=[a-z])", lock.strip())
    assert all("--hash=sha256:" in entry for entry in entries if not entry.startswith("#"))
    assert not {"tensorflow", "tensorflow-cpu", "keras"} & pinned.keys()


def test_container_is_unprivileged_pinned_and_watched():
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    assert "--require-hashes -r requirements-serve.lock" in dockerfile
    assert re.search(r"^USER (?!root)", dockerfile, re.M)
    assert "/readyz" in dockerfile
    for copied in re.findall(r"^COPY (\S+)", dockerfile, re.M):
        assert (REPOSITORY / copied).exists()
        assert f"!{copied}\n" in (REPOSITORY / ".dockerignore").read_text()


@pytest.mark.parametrize("blocked", [("tensorflow", "keras", "h5py", "matplotlib", "train")])
def test_app_is_built_without_what_only_training_needs(blocked):
    """As in the container, where none of these is installed."""
    done = run_python(
        "-c",
        f"import sys; sys.modules |= dict.fromkeys({blocked!r})\n"
        "import app\n"
        "print(app.served.classifier.predict('tests/golden/black-on-white.drawing.png').label)",
    )
    assert done.stdout.splitlines()[-1:] == ["2"], done.stderr[-2_000:]
