"""What tests share: the default model, and where the marked tests find their data."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

# Before anything imports Gradio or TensorFlow.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def app_url(tmp_path_factory):
    """The address of `python app.py`, running as a user would start it, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("app")
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "uploads"),
    }
    environment.pop("MODEL_ID", None)
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "app.py")],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
            env=environment,
        )
    try:
        _wait_until_it_answers(url, process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_it_answers(url, process, log):
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the app did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def classifier():
    """The classifier of the package that the repository carries."""
    from sketchdigits import DigitClassifier

    return DigitClassifier.from_pretrained(REPOSITORY / "model")


def dataset_path(variable: str) -> str:
    """The file that an environment variable names; a skip, with its reason, where there is none."""
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"{variable} names no file: this test needs the dataset")
    return path
