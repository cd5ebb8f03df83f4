"""Compiles the largest libraries once, before all of pytest-xdist's workers import them.

pip compiles what it installs, unless it was told not to, as by `.ci/run`. Then each worker would
compile TensorFlow and Keras, all at the same time: two thirds of the time of their first import.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

# Two processes at a time: TensorFlow doesn't need Keras until it is asked for it. The tests of
# Keras, and what it needs for other libraries than TensorFlow, are never imported.
PROGRAMS = (
    "import tensorflow",
    """
import compileall, re, sys
never = re.compile(r"_test\\.py|backend/(jax|numpy|openvino|torch)/")
compileall.compile_dir(sys.argv[1], quiet=2, rx=never)
import h5py, matplotlib.pyplot, playwright.sync_api
""",
)


def compile_libraries() -> None:
    """Run the programs, if Keras was never imported in this environment."""
    keras = importlib.util.find_spec("keras")
    if sys.dont_write_bytecode or not keras or not keras.origin:
        return
    if Path(importlib.util.cache_from_source(keras.origin)).exists():
        return
    source = Path(keras.origin).parent / "src"
    silent = subprocess.DEVNULL
    programs = [
        subprocess.Popen([sys.executable, "-c", code, source], stdout=silent, stderr=silent)
        for code in PROGRAMS
    ]
    for program in programs:
        program.wait()
