"""Requirements: the Space and the container install the same versions, and the lock pins all."""

import re

from tests.conftest import REPOSITORY


def requirements(name: str) -> dict[str, str]:
    """Parse a requirements file: `{package: its whole line}`."""
    lines = (REPOSITORY / name).read_text().splitlines()
    found = (re.match(r"([A-Za-z0-9_.-]+)", line) for line in lines)
    return {
        match[1].lower().replace("_", "-"): line
        for match, line in zip(found, lines, strict=True)
        if match
    }


def test_space_requirements_include_the_serving_requirements():
    space = requirements("requirements.txt")
    for package, line in requirements("requirements-serve.txt").items():
        assert space[package] == line


def test_lock_pins_all_serving_requirements_with_hashes():
    lock = (REPOSITORY / "requirements-serve.lock").read_text()
    pinned = requirements("requirements-serve.lock")
    for package in requirements("requirements-serve.txt"):
        assert "==" in pinned[package]
    entries = re.split(r"\n(?=[a-z])", lock.strip())
    assert all("--hash=sha256:" in entry for entry in entries if not entry.startswith("#"))
    assert not {"tensorflow", "tensorflow-cpu", "keras"} & pinned.keys()
