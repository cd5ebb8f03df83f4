"""3,000 mutants of each file of a package: each is loaded, or refused with our own error."""

import json
from typing import Any

import pytest

from sketchdigits.package.files import LITERT_FILE, SETTINGS_FILE, WEIGHTS_FILE
from tests.conftest import run_python
from tests.support.narrow_package import save_narrow_package

MUTANTS = 3_000
# CPU time of this process for one mutant, in seconds. The process that copies weights has its own
# limit. Loading a whole package with Keras takes a second.
MAX_SECONDS = {SETTINGS_FILE: 1.0, LITERT_FILE: 1.0, WEIGHTS_FILE: 5.0}


@pytest.fixture(scope="module")
def narrow_package(tmp_path_factory):
    """The folder of a package that loads quickly."""
    folder = tmp_path_factory.mktemp("narrow")
    save_narrow_package(folder)
    return folder


def try_mutants(file_name: str, narrow: Any, folder: Any) -> dict[str, Any]:
    # A warning of NumPy's would be an error for who turns warnings into errors.
    command = ("-W", "error::RuntimeWarning", "-m", "tests.support.try_package_mutants")
    done = run_python(*command, file_name, MUTANTS, narrow, folder, timeout=900)
    last = (folder / "number").read_text()
    assert done.returncode == 0, f"mutant {last} ended the process: {done.stderr[-2_000:]}"
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("file_name", [SETTINGS_FILE, LITERT_FILE, WEIGHTS_FILE])
def test_no_mutant_ends_the_process_or_gives_another_error_than_ours(
    narrow_package, tmp_path, file_name
):
    tried = try_mutants(file_name, narrow_package, tmp_path)
    ended = tried["ended"]
    assert not {how for how in ended if how.startswith("unexpected")}, tried["examples"]
    assert ended.get("not checked", 0) == 0, tried["examples"]
    # Mutants of both kinds, or the test would show nothing.
    assert ended["loaded"] > MUTANTS / 50, ended
    assert MUTANTS - ended["loaded"] > MUTANTS / 5, ended
    assert tried["slowest"][0] < MAX_SECONDS[file_name], tried["slowest"]
