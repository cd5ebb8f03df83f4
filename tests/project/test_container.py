"""The container: the Dockerfile's steps, as far as they can run without a Docker daemon."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request

import pytest

from tests.conftest import REPOSITORY, run_python
from tests.support.plain_http import call_over_http, upload
from tests.support.running_app import running_process
from train.publish.shipped_files import list_shipped_files

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
# Runs in a process that can import only the packages in the lock.
IMPORT_APP = """
import re, sys
from importlib.metadata import packages_distributions
from pathlib import Path

def normalise(name):
    return re.sub("[-_.]+", "-", name).lower()

lock = re.findall(r"^([\\w.-]+)==", Path("requirements.lock").read_text(), re.M)
locked = {normalise(name) for name in lock}
blocked = {
    module for module, owners in packages_distributions().items()
    if not locked & {normalise(owner) for owner in owners}
}
assert {"tensorflow", "keras", "matplotlib", "scipy"} <= blocked

class OnlyLocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, OnlyLocked())
sys.modules["train"] = None
import app
assert not {"sklearn", "scipy"} & set(sys.modules)
print(app.served.classifier.predict("tests/golden/black-on-white.drawing.png").label)
"""


def copied_names() -> list[str]:
    """Files and folders that the Dockerfile copies into the image, except the lock."""
    lines = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.M)
    return [name for line in lines for name in line.split() if not name.endswith(".lock")]


def test_base_image_is_pinned_by_its_digest():
    bases = re.findall(r"^FROM (.+)$", DOCKERFILE, re.M)
    assert bases
    for base in bases:
        assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", base), base


def test_container_is_unprivileged_pinned_and_has_a_health_check():
    assert "--no-deps --require-hashes -r requirements.lock" in DOCKERFILE
    assert re.search(r"^USER (?!root)", DOCKERFILE, re.M)
    assert "/readyz" in DOCKERFILE
    assert all((REPOSITORY / name).exists() for name in copied_names())


@pytest.mark.slow
def test_app_starts_with_only_the_locked_packages():
    done = run_python("-c", IMPORT_APP)
    assert done.stdout.splitlines()[-1:] == ["2"], done.stderr[-2_000:]


@pytest.mark.install
@pytest.mark.skipif(
    not os.environ.get("ALLOW_INSTALL"),
    reason="ALLOW_INSTALL is not set: this test needs the package index",
)
def test_dockerfile_steps_make_a_server_that_is_ready_and_answers(tmp_path):
    """Run the Dockerfile's steps in a folder, except those that need root."""
    environment, folder = tmp_path / "environment", tmp_path / "app"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    [steps] = re.findall(r"^RUN (pip install .+)$", DOCKERFILE, re.M)
    steps = steps.replace("/usr/local/lib", str(environment / "lib"))
    # Byte-compiling everything takes long, and few of these modules are imported.
    variables = {**os.environ, "PIP_COMPILE": "0"}
    variables["PATH"] = f"{environment / 'bin'}:{os.environ['PATH']}"
    subprocess.run(
        steps, shell=True, check=True, cwd=REPOSITORY, env=variables, stdout=subprocess.DEVNULL
    )
    folder.mkdir()
    for name in list_shipped_files(REPOSITORY):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, folder / name)
    [settings] = re.findall(r"^ENV (.+)$", DOCKERFILE, re.M)
    changes = dict(setting.split("=") for setting in settings.split())
    del changes["GRADIO_TEMP_DIR"], changes["HF_HOME"]  # the test has its own
    python = environment / "bin" / "python"
    with running_process(tmp_path, folder / "app.py", python, **changes) as (url, process):
        [check] = re.findall(r'^HEALTHCHECK .*"-c", "(.+)"\]$', DOCKERFILE, re.M)
        check = check.replace("http://127.0.0.1:7860", url)
        subprocess.run([python, "-c", check], check=True)
        with urllib.request.urlopen(f"{url}/config", timeout=10) as response:
            components = json.load(response)["components"]
        # The sentence itself is among the translations of every page: only its key says what shows.
        values = [component["props"].get("value") for component in components]
        assert any("examples_from_sklearn" in str(value) for value in values)
        drawing = (REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png").read_bytes()
        file = {"path": upload(url, drawing), "meta": {"_type": "gradio.FileData"}}
        assert '"label": "2"' in call_over_http(url, file)
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert not re.search(r"Traceback|Error", (tmp_path / "log").read_text())
    shutil.rmtree(environment)
