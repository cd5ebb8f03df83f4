"""`.ci/audit` passes only where PyPI could be asked about all that the lock pins."""

import os
import subprocess

import pytest

from tests.conftest import REPOSITORY
from tests.support.pypi_server import PyPI


@pytest.fixture
def pypi(tmp_path):
    server = PyPI(tmp_path)
    yield server
    server.close()


def audit(pypi) -> tuple[int, str]:
    done = subprocess.run(
        ["bash", REPOSITORY / ".ci" / "audit"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **pypi.environment},
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_lock_without_known_holes_passes(pypi):
    status, told = audit(pypi)
    assert status == 0, told
    assert "No known vulnerabilities" in told


def test_known_hole_fails_and_is_named(pypi):
    pypi.holes.add("starlette")
    status, told = audit(pypi)
    assert status != 0
    assert "PYSEC-0000-1" in told
    assert "starlette" in told


def test_package_that_pypi_does_not_know_fails(pypi):
    pypi.unknown.add("gradio")
    status, told = audit(pypi)
    assert status != 0
    assert "could not be audited: gradio" in told


def test_mirror_that_knows_of_no_holes_fails(pypi):
    pypi.is_mirror = True
    status, told = audit(pypi)
    assert status != 0
    assert "Could not check" in told


def test_pypi_out_of_reach_fails(pypi):
    pypi.close()
    status, told = audit(pypi)
    assert status != 0
    assert "Could not check" in told
