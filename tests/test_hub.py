"""Models from a Hub, by the real client; the Hub is ours, on loopback."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from tests.conftest import REPOSITORY
from tests.hub_server import COMMIT, serve_hub
from tests.polylines import draw


@pytest.fixture
def hub(tmp_path):
    """The environment of a process that knows no Hub but ours, with one model on it."""
    folder = tmp_path / "repository"
    shutil.copytree(REPOSITORY / "model", folder, ignore=shutil.ignore_patterns("examples"))
    (folder / "examples").mkdir()
    for index, digit in enumerate((5, 8)):
        seen = Image.fromarray(draw(digit, size=28, extent=0.7, ink=(255,), ground=(0,)))
        seen.save(folder / "examples" / f"{index:05d}-{digit}.png")
    with serve_hub({"owner/name": folder}) as endpoint:
        yield {
            **os.environ,
            "HF_ENDPOINT": endpoint,
            "HF_HUB_DISABLE_XET": "1",
            "HF_HOME": str(tmp_path / "cache"),
        }


def run(code: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


LOAD = (
    "import sys; from sketchdigits import DigitClassifier, ModelPackageError;"
    "c = DigitClassifier.from_pretrained({arguments});"
    "print(c.predict('tests/golden/black-on-white.drawing.png').label)"
)


@pytest.mark.parametrize("revision", ["None", "'main'", f"'{COMMIT}'"])
def test_model_is_loaded_by_its_hub_id(hub, revision):
    assert run(LOAD.format(arguments=f"'owner/name', revision={revision}"), hub) == "2"


def test_only_the_two_files_that_loading_needs_are_downloaded(hub, tmp_path):
    run(LOAD.format(arguments="'owner/name'"), hub)
    downloaded = {path.name for path in (tmp_path / "cache").rglob("snapshots/*/*")}
    assert downloaded == {"model.weights.h5", "sketchdigits.json"}


def test_cached_model_is_loaded_without_asking_the_hub(hub):
    run(LOAD.format(arguments="'owner/name'"), hub)
    nowhere = {**hub, "HF_ENDPOINT": "http://127.0.0.1:9"}
    assert run(LOAD.format(arguments="'owner/name', local_files_only=True"), nowhere) == "2"


@pytest.mark.parametrize(
    "arguments", ["'owner/other'", "'owner/name', revision='v9'"], ids=["model", "revision"]
)
def test_what_the_hub_does_not_have_is_said(hub, arguments):
    code = (
        "from sketchdigits import DigitClassifier, ModelPackageError\n"
        f"try:\n    DigitClassifier.from_pretrained({arguments})\n"
        "except ModelPackageError as error:\n    print(error)"
    )
    assert "Check the name, the revision" in run(code, hub)


def test_app_serves_the_hub_model_and_its_gallery(hub):
    code = (
        "import json, app;"
        "examples, source = app.load_examples(app.MODEL_ID, app.MODEL_REVISION);"
        "print(json.dumps([[e.label for e in examples], source, app.demo.title]))"
    )
    environment = {**hub, "MODEL_ID": "owner/name", "MODEL_REVISION": COMMIT}
    labels, source, _ = json.loads(run(code, environment))
    assert labels == [5, 8]
    assert "MNIST" in source
