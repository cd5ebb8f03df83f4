"""Runs an app in a fork of a process that has imported its libraries: less than half the work.

Importing Gradio takes longer than everything else in a start. The fork imports our own modules
itself, so it may run another copy of them, and other environment variables of ours. Whatever else
could differ from `python app.py` is not forked: see `can_fork`.

    python -m tests.support.forked_app FD

runs the process that forks. Each message on the socket FD is a start in JSON, with the descriptors
of the log and of a pipe, to which it writes the app's process id, and its exit status once it ends.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from select import select
from typing import BinaryIO

REPOSITORY = Path(__file__).parent.parent.parent
# What an app imports at its start; the first one takes most of the time.
LIBRARIES = ("gradio", "uvicorn", "limits", "pydantic.networks", "ai_edge_litert.interpreter")
# The variables that a forked app may have of its own: only our modules read them, or libraries
# after the fork. (Found by recording what is read while gradio 6.31.0 and the others are imported.)
OWN_VARIABLES = {
    *("FEEDBACK", "FEEDBACK_DIR", "MODEL_ID", "MODEL_REVISION", "PAD"),
    *("RATE_LIMIT", "SYSTEM"),
    *("GRADIO_ROOT_PATH", "GRADIO_TEMP_DIR", "PYTEST_CURRENT_TEST"),
    *("GATE", "PREDICTION_TIMEOUT"),  # of slow_app.py
    *("SKETCHDIGITS_MNIST", "SKETCHDIGITS_PENDIGITS", "SKETCHDIGITS_OMNIGLOT"),  # of tests that
    *("SKETCHDIGITS_UNIPEN", "HF_TOKEN"),  # share an app with others
    *("HF_HUB_CACHE", "GRADIO_SERVER_PORT"),  # see READ_BY_LIBRARIES
}
# Variables that libraries set when the tests import them; those of an app don't read them.
SET_IN_TESTS = {
    *("ENABLE_RUNTIME_UPTIME_TELEMETRY", "HDF5_PLUGIN_PATH", "HF_HUB_DISABLE_TELEMETRY"),
    *("KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "TF2_BEHAVIOR"),
    *("TPU_ML_PLATFORM", "TPU_ML_PLATFORM_VERSION"),
}
# Variables that were read before the fork: the constant that a fork has to replace.
READ_BY_LIBRARIES = {
    "GRADIO_SERVER_PORT": ("gradio.node_server", "INITIAL_PORT_VALUE", int),
    "HF_HUB_CACHE": ("huggingface_hub.constants", "HF_HUB_CACHE", str),
}


class ForkedApp:
    """A running app, with as much of `subprocess.Popen` as tests use.

    Attributes:
        pid: its process id.
        returncode: None until `poll` or `wait` has seen its end; negative if a signal ended it.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: BinaryIO) -> None:
        start = {"command": [*command], "environment": environment}
        reading, writing = os.pipe()
        self._news = open(reading)  # noqa: SIM115  `wait` closes it
        with open(writing, "w"):
            message = json.dumps(start).encode()
            socket.send_fds(_forking_process(), [message], [log.fileno(), writing])
        self.pid = int(self._news.readline())
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises `subprocess.TimeoutExpired`, as Popen does."""
        if self.returncode is None:
            if not select([self._news], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("the app", timeout or 0)
            with self._news:
                self.returncode = int(self._news.readline())
        return self.returncode

    def poll(self) -> int | None:
        """Its exit status, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, kind: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, kind)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def can_fork(environment: dict[str, str]) -> bool:
    """Whether an app with these variables would be the same in a fork."""
    return sys.platform == "linux" and _common_part(environment) == _variables_of_all_forks()


def _common_part(environment: dict[str, str]) -> dict[str, str]:
    """The variables that forks have in common, as `app.py` prepares them for Gradio."""
    from page.server.environment import prepare_environment  # not in the process that forks

    ignored = OWN_VARIABLES | SET_IN_TESTS
    common = {name: value for name, value in environment.items() if name not in ignored}
    common["GRADIO_TEMP_DIR"] = "unused"
    prepare_environment(common)
    return common


@functools.cache
def _variables_of_all_forks() -> dict[str, str]:
    """Those that this process has when it asks for the first time."""
    return _common_part(dict(os.environ))


@functools.cache
def _forking_process() -> socket.socket:
    """Start the process that forks; returns the socket for requests."""
    from page.server.own_requests import hidden_proxies

    environment = dict(_variables_of_all_forks())
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs, hidden_proxies(environment):
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], cwd=REPOSITORY, env=environment
        )

    @atexit.register
    def end() -> None:
        ours.close()
        process.wait()

    return ours


def _fork_at_request(requests: socket.socket) -> tuple[dict, int]:
    """Fork for each request. Returns in forks: what to start, and the descriptor of its log."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks that wait
    # Ctrl-C is for pytest, which ends the rest. In the background, a shell may have ignored it.
    on_interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, 10**6, 2)
        if not message:
            sys.exit()
        if os.fork() == 0:
            break
        for descriptor in descriptors:
            os.close(descriptor)
    requests.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log, news = descriptors
    app = os.fork()
    if app == 0:
        signal.signal(signal.SIGINT, on_interrupt)
        os.close(news)
        return json.loads(message), log
    os.close(log)
    os.write(news, b"%d\n" % app)
    status = os.waitstatus_to_exitcode(os.waitpid(app, 0)[1])
    os.write(news, b"%d\n" % status)
    os._exit(0)


def _run(start: dict, log: int) -> None:
    """Run the app in this process, as `python app.py` would."""
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    os.close(log)
    os.environ.clear()
    os.environ.update(start["environment"])
    for variable, (module, constant, kind) in READ_BY_LIBRARIES.items():
        if variable in os.environ:
            setattr(sys.modules[module], constant, kind(os.environ[variable]))
    sys.argv = start["command"]
    folder = os.path.dirname(sys.argv[0])
    os.chdir(folder)
    sys.path[0] = folder
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    _run(*_fork_at_request(socket.socket(fileno=int(sys.argv[1]))))
