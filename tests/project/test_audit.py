"""`.ci/audit` passes only if PyPI answered for every package that the lock pins."""

import os
import subprocess

import pytest

from tests.conftest import REPOSITORY
from tests.support.pypi_server import PyPI

pytestmark = pytest.mark.slow


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


def test_audit_passes_without_known_vulnerabilities(pypi):
    status, output = audit(pypi)
    assert status == 0, output
    assert "No known vulnerabilities" in output


def test_audit_fails_and_names_a_vulnerable_package(pypi):
    pypi.vulnerable.add("starlette")
    status, output = audit(pypi)
    assert status != 0
    assert "PYSEC-0000-1" in output
    assert "starlette" in output


def test_audit_fails_if_pypi_does_not_know_a_package(pypi):
    pypi.unknown.add("gradio")
    status, output = audit(pypi)
    assert status != 0
    assert "could not be audited: gradio" in output


def test_audit_fails_with_a_mirror_that_knows_no_vulnerabilities(pypi):
    pypi.is_mirror = True
    status, output = audit(pypi)
    assert status != 0
    assert "Could not check" in output


def test_audit_fails_if_pypi_is_unreachable(pypi):
    pypi.close()
    status, output = audit(pypi)
    assert status != 0
    assert "Could not check" in output
