"""A fork that runs an app is like `python app.py`: most tests of the running app rely on it."""

import json
import os
import signal
import sys

import pytest

from tests.support.corrections_store import wait_for
from tests.support.forked_app import ForkedApp, can_fork
from tests.support.running_app import starting_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="apps are forked on Linux only")
# An app that prints what it finds. It ends as `app.py` does if the model is missing.
REPORT = """
import json, os, signal, sys, threading
print(json.dumps({
    "name": __name__,
    "file": __file__,
    "words": sys.argv,
    "path": sys.path,
    "folder": os.getcwd(),
    "environment": dict(os.environ),
    "signals": {kind: str(signal.getsignal(kind)) for kind in signal.valid_signals()},
    "blocked": [*signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    "group": os.getpgid(0),
    "files": len(os.listdir("/proc/self/fd")),
    "threads": len(os.listdir("/proc/self/task")),
    "buffered": [sys.stdout.line_buffering, sys.stderr.line_buffering],
    "ours": sorted({name.partition(".")[0] for name in sys.modules} & {"app", "page", "train"}),
}), flush=True)
raise SystemExit("no model")
"""
LIBRARIES = """
import json, os
from gradio import http_server, node_server
from huggingface_hub import constants
ports = http_server.INITIAL_PORT_VALUE, node_server.INITIAL_PORT_VALUE
print(json.dumps([*ports, constants.HF_HUB_CACHE, "numpy" in __import__("sys").modules]))
"""


def run(folder, script, *, forks, **changes):
    """Run a script to its end; its exit status, and what it printed without the port."""
    (folder / "app.py").write_text(script)
    start = starting_process(
        folder, folder / "app.py", arguments=["one", "two"], forks=forks, **changes
    )
    with start as (url, process):
        assert isinstance(process, ForkedApp) == forks
        status = process.wait(timeout=60)
    return status, (folder / "log").read_text().replace(url.rpartition(":")[2], "PORT")


def test_fork_finds_the_same_as_a_process_that_just_started(tmp_path):
    (status, printed), fork = (run(tmp_path, REPORT, forks=forks) for forks in (False, True))
    assert status == 1
    assert "no model" in printed
    assert fork == (status, printed)


def test_constants_that_libraries_read_from_variables_are_those_of_the_fork(tmp_path):
    changes = {"HF_HUB_CACHE": "/a/cache", "GRADIO_SERVER_PORT": "7999"}
    status, printed = run(tmp_path, LIBRARIES, forks=True, **changes)
    assert status == 0, printed
    assert json.loads(printed) == [7999, 7999, "/a/cache", True]


def test_end_by_a_signal_is_told_as_popen_tells_it(tmp_path):
    app = tmp_path / "app.py"
    app.write_text("print('up', flush=True)\nwhile True: pass")
    with starting_process(tmp_path, app, forks=True) as (_, process):
        wait_for(lambda: "up" in (tmp_path / "log").read_text())
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == process.poll() == process.returncode == -signal.SIGTERM


def test_app_with_variables_that_libraries_read_before_the_fork_is_not_forked():
    own = {"MODEL_ID": "a/b", "GRADIO_SERVER_PORT": "1", "SKETCHDIGITS_MNIST": "mnist.npz"}
    assert can_fork({**os.environ, **own})
    of_libraries = {"HDF5_PLUGIN_PATH": "disable", "OPENBLAS_NUM_THREADS": "1"}
    assert can_fork({**os.environ, **of_libraries})
    assert not can_fork({**os.environ, "OPENBLAS_NUM_THREADS": "4"})
    assert not can_fork({**os.environ, "HF_HUB_OFFLINE": "1"})
    assert not can_fork({name: text for name, text in os.environ.items() if name != "HF_HOME"})
