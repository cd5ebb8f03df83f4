"""What is installed where: serving needs little, and all of it is pinned."""

import re

from tests.conftest import REPOSITORY


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
