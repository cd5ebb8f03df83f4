"""Requirements: the app, a Space and the container need no TensorFlow, and the lock pins all."""

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


def test_app_and_space_install_no_tensorflow():
    for_keras = {"tensorflow", "tensorflow-cpu", "keras"}
    assert not for_keras & requirements("requirements.txt").keys()
    assert for_keras <= requirements("requirements-train.txt").keys()


def test_lock_pins_all_serving_requirements_with_hashes():
    lock = (REPOSITORY / "requirements.lock").read_text()
    pinned = requirements("requirements.lock")
    for package in requirements("requirements.txt"):
        assert "==" in pinned[package]
    entries = re.split(r"\n(?=[a-z])", lock.strip())
    assert all("--hash=sha256:" in entry for entry in entries if not entry.startswith("#"))
    assert not {"tensorflow", "tensorflow-cpu", "keras"} & pinned.keys()
