"""What commands print to the console: the logs of compiled libraries, and everything else."""

import os

from tests.conftest import REPOSITORY, run_python

WRITE = """
import logging, os, sys
from sketchdigits.cli.console import hidden_native_log
with hidden_native_log():
    os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\\n")
    os.write(2, b"W0000 00:00:1764264000.5 1 file.cc:9] computation placer already registered\\n")
    os.write(2, b"2026-11-27 17:00:00.1: I tensorflow/core/util/port.cc:153] oneDNN is on\\n")
    os.write(2, b"E0000 00:00:1764264000.5 1 file.cc:9] out of memory\\n")
    print("progress", file=sys.stderr)
    logging.getLogger("sketchdigits").warning("falling back")
    raise SystemExit("the end")
"""


def test_only_what_libraries_log_about_their_start_is_hidden():
    done = run_python("-c", WRITE)
    assert done.stderr.splitlines() == [
        "progress",
        "falling back",
        "E0000 00:00:1764264000.5 1 file.cc:9] out of memory",
        "the end",
    ]


def test_command_works_without_stderr():
    drawing = REPOSITORY / "tests" / "golden" / "black-on-white.drawing.png"
    command = ["-m", "sketchdigits", "predict", drawing]
    done = run_python(*command, preexec_fn=lambda: os.close(2), capture_output=True)
    assert done.returncode == 0
    assert " 2 " in done.stdout
