"""Fixtures that the tests of several rooms share: the default model, a Hub on loopback, data."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tests.support.compiled_libraries import compile_libraries
from tests.support.corrections_store import wait_for
from tests.support.hub_repository import Repository
from tests.support.hub_server import TOKEN, Hub
from tests.support.polylines import DIGITS, draw
from tests.support.running_app import REPOSITORY, running_app

# Before anything imports Gradio or TensorFlow.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# The Hub's client reads these when it is imported, so all tests share one server.
_HUB = Hub()
_HF_HOME = tempfile.mkdtemp(prefix="sketchdigits-tests-")
os.environ |= {"HF_ENDPOINT": _HUB.endpoint, "HF_HUB_DISABLE_XET": "1", "HF_HOME": _HF_HOME}
for variable in ("HF_TOKEN", "HF_HUB_OFFLINE", "HF_HUB_CACHE", "MODEL_ID", "MODEL_REVISION"):
    os.environ.pop(variable, None)

EXAMPLE_LABELS = [5, 8] * 10

# Files that take longest, mostly in the slow tests. They start first, or one of pytest-xdist's
# workers would end alone. Each worker gets two files at the start, so a long one is followed by a
# short one. Browser tests alternate with others, because Chromium needs both cores.
LONGEST_FILES = (
    "sketchdigits/test_real_data.py",
    "page/ui/test_browser_page.py",
    "sketchdigits/package/test_mutants.py",
    "page/ui/test_browser_drawing.py",
    "project/test_container.py",
    "train/publish/test_space.py",
    "project/test_wheel.py",
    "project/test_notebook.py",
    "page/ui/test_browser_screens.py",
    "train/fit/test_loop.py",
    "sketchdigits/preprocessing/test_cpu_time.py",
    "page/ui/test_browser_ten_digits.py",
    "train/evaluate/test_rejection_scores.py",
    "page/server/test_memory_over_time.py",
    "page/ui/test_browser_numbers.py",
    "sketchdigits/preprocessing/test_photo_of_pen_strokes.py",
    "page/ui/test_browser_pens.py",
    "sketchdigits/package/test_hostile_package.py",
    "page/ui/test_browser_first_stroke.py",
    "sketchdigits/preprocessing/test_hostile_images.py",
    "train/evaluate/test_ablation.py",
    "page/ui/test_browser_behind_proxy.py",
    "project/test_docs.py",
    "train/fit/test_rejection.py",
    "train/fit/test_calibrate.py",
    "train/fit/test_tutorials.py",
)


def pytest_sessionstart(session):
    """In the process that starts pytest-xdist's workers, before it starts them."""
    if getattr(session.config.option, "numprocesses", None):
        compile_libraries()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Put the tests of `LONGEST_FILES` first; the order within a file stays."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST_FILES)}
    assert all(path.is_file() for path in places), "a file of LONGEST_FILES is gone"
    items.sort(key=lambda item: places.get(item.path, len(places)))


# The environment variables that name the datasets' files.
_DATASET_FILES = {
    name: value for name, value in os.environ.items() if name.startswith("SKETCHDIGITS_")
}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Only tests marked `data` see the datasets: any other would load minutes of images."""
    for variable, path in _DATASET_FILES.items():
        if item.get_closest_marker("data"):
            os.environ[variable] = path
        else:
            os.environ.pop(variable, None)


def pytest_unconfigure():
    _HUB.close()
    shutil.rmtree(_HF_HOME, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def equal_networks_are_converted_once(tmp_path_factory):
    """Keep LiteRT files: an equal network gives an equal file, and converting ours takes seconds.

    Many tests save or push the same network, in all of pytest-xdist's workers.
    `test_equal_networks_are_converted_to_equal_files` shows that the files are equal.
    """
    from sketchdigits.package import keras_files

    convert = keras_files.convert_to_litert
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "converted"
    folder.mkdir(exist_ok=True)

    def convert_once(network, architecture, *file_name):
        weights = b"".join(array.tobytes() for array in network.get_weights())
        kept = folder / f"{architecture}-{hashlib.sha256(weights).hexdigest()}.tflite"
        if kept.exists():
            return kept.read_bytes()
        content = convert(network, architecture, *file_name)
        if content:  # otherwise the next call warns too
            written = folder / f"{kept.name}-{os.getpid()}"
            written.write_bytes(content)
            written.rename(kept)  # a worker never reads half a file
        return content

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras_files, "convert_to_litert", convert_once)
        yield


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """An empty Hub on loopback, and an empty download cache."""
    _HUB.reset()
    # The client pauses before it tries again; when a test ends, its pauses end too.
    for module in (
        "huggingface_hub.file_download",
        "huggingface_hub.utils._http",
        "sketchdigits.hub.transfer",
    ):
        pausing = SimpleNamespace(sleep=_HUB.pause)
        monkeypatch.setattr(f"{module}.time", pausing)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub-cache"))  # for processes we start
    yield _HUB
    _HUB.release()
    from sketchdigits.hub.deadline import THREAD_NAME

    # Calls that passed their time limit go on in threads: they must end before the next test.
    for thread in threading.enumerate():
        if thread.name == THREAD_NAME:
            thread.join(30)
            assert not thread.is_alive(), "a call that passed its time limit still goes on"


@pytest.fixture
def logged_in(monkeypatch):
    """Set a valid token, as `hf auth login` does."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)


@pytest.fixture
def published(hub, package_folder):
    """`owner/name` on the Hub, with the default package and examples."""
    repository = hub.repositories["models/owner/name"] = Repository()
    repository.commit_folder(package_folder)
    return repository


@pytest.fixture
def package_folder(tmp_path):
    """A copy of the default package, with examples of our own."""
    folder = tmp_path / "package"
    shutil.copytree(REPOSITORY / "model", folder, ignore=shutil.ignore_patterns("examples"))
    (folder / "examples").mkdir()
    for index, digit in enumerate(EXAMPLE_LABELS):
        seen = Image.fromarray(draw(digit, size=28, extent=0.7, ink=(255,), background=(0,)))
        seen.save(folder / "examples" / f"{index:05d}-{digit}.png")
    return folder


@pytest.fixture
def publish(hub, logged_in, package_folder, capsys):
    """A function that runs `python -m train publish`: returns its exit status and its output."""

    def run(*options: str) -> tuple[int, str]:
        arguments = ["publish", "--repo-id", "owner/name", "--package", str(package_folder)]
        from train.__main__ import main

        status = main([*arguments, *options])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


@pytest.fixture
def impatient(monkeypatch):
    """Uploads give up after a second."""
    monkeypatch.setattr("sketchdigits.hub.timeouts.UPLOAD_REQUESTS_TIMEOUT", 1.0)


@pytest.fixture(scope="session")
def tiny_data():
    """`TrainingData` of 192 digits to train on and 64 to validate on."""
    from train.datasets.sklearn_digits import load_sklearn_digits
    from train.fit.training_data import TrainingData, preprocess_images

    digits = preprocess_images(load_sklearn_digits().train[:256], "preprocessing")
    return TrainingData({"digits": (digits[:192], 192)}, {"digits": digits[192:]})


@pytest.fixture
def small_mnist(monkeypatch):
    """See `use_small_mnist`."""
    return use_small_mnist(monkeypatch)


def use_small_mnist(monkeypatch):
    """Replace MNIST by 500 of scikit-learn's digits, and pendigits by ten drawings of ours.

    Scikit-learn's digits themselves are only 100.

    Returns the `Splits` that take the place of MNIST.
    """
    from train.datasets import MNIST, PENDIGITS, SKLEARN_DIGITS
    from train.datasets.labelled_images import Splits
    from train.datasets.pendigits import PenDigit, PenSplits
    from train.datasets.sklearn_digits import load_sklearn_digits
    from train.fit.training_data import preprocess_images

    digits = load_sklearn_digits()
    parts = (digits.train[:300], digits.validation[:100], digits.test[:100])
    splits = Splits(*(preprocess_images(part, "preprocessing") for part in parts))
    strokes = {
        digit: tuple(np.array(stroke, np.float32) for stroke in polylines)
        for digit, polylines in DIGITS.items()
    }
    pen = [PenDigit(drawn, digit, writer=3) for digit, drawn in strokes.items()]
    few = Splits(digits.train[300:360], digits.validation[100:120], digits.test[100:120])
    monkeypatch.setattr(MNIST, "load_file", lambda path: splits)
    monkeypatch.setattr(SKLEARN_DIGITS, "load_file", lambda path: few)
    monkeypatch.setattr(PENDIGITS, "load_file", lambda path: PenSplits(pen, pen, pen))
    monkeypatch.setattr("train.evaluate.accuracy.CORRECTED_MNIST_LABELS", {0: 1})
    return splits


@pytest.fixture
def drawing() -> np.ndarray:
    """A 2, as someone drew it."""
    return draw(2)


@pytest.fixture
def answer(drawing):
    """A prediction: a 2, 82 % sure."""
    from sketchdigits import Prediction, preprocess_drawing

    probabilities = np.full(10, 0.02, np.float32)
    probabilities[2] = 0.82
    return Prediction(probabilities, preprocess_drawing(drawing), digit_score=0.98765432)


@pytest.fixture
def open_store(tmp_path):
    """A function that opens a corrections store in the test's own folder."""
    stores = []

    from page.corrections.store import open_corrections

    def run(**environment):
        store = open_corrections({"FEEDBACK_DIR": str(tmp_path / "kept"), **environment})
        assert store is not None
        stores.append(store)
        return store

    yield run
    for store in stores:
        if store.uploader and store.uploader.started:
            wait_for(lambda store=store: store.uploader.scheduler).stop()


@pytest.fixture(scope="session")
def app_url(tmp_path_factory):
    """The address of `python app.py`, running as a user would start it, on a free port."""
    with running_app(tmp_path_factory.mktemp("app")) as url:
        yield url


@pytest.fixture(scope="session")
def classifier():
    """The classifier of the default package, in `model/`."""
    from sketchdigits import DigitClassifier

    return DigitClassifier.from_pretrained(REPOSITORY / "model")


def run_python(*arguments, **options) -> subprocess.CompletedProcess[str]:
    """Run Python in the repository and wait for its end; `options` are those of subprocess.run."""
    command = [sys.executable, *map(str, arguments)]
    options = {"cwd": REPOSITORY, "capture_output": True, "text": True, **options}
    return subprocess.run(command, check=False, **options)


def dataset_file(dataset) -> Path:
    """The dataset's file, from its environment variable; skips the test if none is named."""
    path = os.environ.get(dataset.file.variable)
    if not path:
        pytest.skip(f"{dataset.file.variable} names no file: this test needs the dataset")
    return Path(path)
