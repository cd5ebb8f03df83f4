"""Load mutants of one file of a package in this process, as `from_pretrained` does.

    python -m tests.support.try_package_mutants FILE COUNT NARROW FOLDER

FILE is `sketchdigits.json`, `model.tflite` or `model.weights.h5`. NARROW is the folder of a package
that `save_narrow_package` wrote, and FOLDER is for temporary files. Most mutants are of the narrow
package: with the default one, hashing and copying weights would take most of the time.

Before each mutant, its number is written to FOLDER/number: if this process dies, the file names the
mutant. Prints JSON: `{"ended": {how: how many}, "examples": {how: [number, message]},
"slowest": [CPU seconds of this process, number]}`. A mutant ends with "loaded", with the class of
one of our errors, or "unexpected" and the class of another one. What happened to the process that
copies weights is counted too: "crashed the copy", "kept the copy busy", and "not checked" if it
failed in a way for which our message blames the machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from sketchdigits import DigitClassifier, SketchdigitsError
from sketchdigits.package.files import LITERT_FILE, SETTINGS_FILE, WEIGHTS_FILE
from sketchdigits.package.known_answer import known_image
from sketchdigits.package.litert_layout import known_layouts
from tests.support.narrow_package import (
    ARCHITECTURE,
    build_narrow_network,
    register_narrow_network,
)
from tests.support.package_copies import change_settings, copy_package
from tests.support.package_mutants import litert_mutant, settings_mutant

# Of so many mutants of settings or of LiteRT files, one is of the default package. An odd number:
# mutants of even and of odd numbers are of two kinds.
DEFAULT = 9
# Every so many mutants of the weights, the whole package is loaded, which takes half a second; of
# the others the weights are loaded into one network.
WHOLE = 300
Load = Callable[[int], None]


def load_and_predict(package: Path) -> None:
    """Load the package with LiteRT, and read an image."""
    classifier = DigitClassifier.from_pretrained(package)
    [answer] = classifier.predict_preprocessed(known_image()[None])
    assert np.isfinite(answer.probabilities).all()
    assert answer.digit_score is None or 0 <= answer.digit_score <= 1
    json.dumps(answer.top(), allow_nan=False)


def load_settings(narrow: Path, default: Path) -> Load:
    bases = {package: (package / SETTINGS_FILE).read_bytes() for package in (narrow, default)}

    def load(number: int) -> None:
        package = narrow if number % DEFAULT else default
        (package / SETTINGS_FILE).write_bytes(settings_mutant(bases[package], number))
        load_and_predict(package)

    return load


def load_litert(narrow: Path, default: Path) -> Load:
    layouts = {narrow: known_layouts()[ARCHITECTURE], default: known_layouts()["sketch-cnn"]}
    bases = {package: (package / LITERT_FILE).read_bytes() for package in layouts}

    def load(number: int) -> None:
        package = narrow if number % DEFAULT else default
        content = litert_mutant(bases[package], layouts[package], number)
        (package / LITERT_FILE).write_bytes(content)
        change_settings(package, litert_sha256=hashlib.sha256(content).hexdigest())
        load_and_predict(package)

    return load


def load_weights(package: Path, ended: Counter[str]) -> Load:
    from sketchdigits.package import hdf5_check, keras_files
    from tests.support.copy_in_forks import MAX_CPU_SECONDS
    from tests.support.hdf5_mutants import hdf5_mutant

    network = build_narrow_network()
    base = (package / WEIGHTS_FILE).read_bytes()
    loaded: set[str] = set()

    def load_once(copy: Path) -> None:
        """Load weights, unless an equal copy was loaded: many mutants have all arrays unchanged."""
        digest = hashlib.sha256(copy.read_bytes()).hexdigest()
        if digest not in loaded:
            network.load_weights(copy)
            loaded.add(digest)

    loading: Any = SimpleNamespace(load_weights=load_once)
    copying = subprocess.Popen(
        [sys.executable, "-m", "tests.support.copy_in_forks"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert copying.stdin
    assert copying.stdout
    requests, responses = copying.stdin, copying.stdout

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        """In place of `subprocess.run`, let a fork do the work of the process that copies."""
        requests.write(json.dumps(command[-2:]) + "\n")
        requests.flush()
        status, printed = json.loads(responses.readline())
        if status in (-signal.SIGXCPU, -signal.SIGALRM):
            ended["kept the copy busy"] += 1
            raise subprocess.TimeoutExpired(command, MAX_CPU_SECONDS)
        ended["crashed the copy"] += status < 0
        return subprocess.CompletedProcess(command, status, printed.encode(), b"")

    hdf5_check.subprocess = SimpleNamespace(  # type: ignore[assignment]
        run=run, TimeoutExpired=subprocess.TimeoutExpired
    )

    def load(number: int) -> None:
        content = hdf5_mutant(base, number)
        if number % WHOLE:
            keras_files._load_into(lambda: loading, content, ARCHITECTURE, WEIGHTS_FILE)
            return
        (package / WEIGHTS_FILE).write_bytes(content)
        change_settings(package, weights_sha256=hashlib.sha256(content).hexdigest())
        DigitClassifier.from_pretrained(package, runtime="keras")

    return load


def try_all(file_name: str, count: int, narrow: Path, folder: Path) -> None:
    """Load all mutants, one after another."""
    register_narrow_network(narrow)
    ended: Counter[str] = Counter()
    examples: dict[str, tuple[int, str]] = {}
    slowest = (0.0, 0)
    if file_name == WEIGHTS_FILE:
        load = load_weights(copy_package(folder / "narrow", "keras", package=narrow), ended)
    else:
        load_file = {SETTINGS_FILE: load_settings, LITERT_FILE: load_litert}[file_name]
        load = load_file(
            copy_package(folder / "narrow", "litert", package=narrow),
            copy_package(folder / "default", "litert"),
        )
    last = os.open(folder / "number", os.O_CREAT | os.O_WRONLY)
    for number in range(count):
        os.pwrite(last, str(number).encode(), 0)
        started, message = time.process_time(), ""
        try:
            load(number)
            how = "loaded"
        except SketchdigitsError as error:
            how, message = type(error).__name__, str(error)
        except BaseException as error:  # noqa: BLE001  the test fails if there is one
            how, message = f"unexpected {type(error).__name__}", str(error)
        slowest = max(slowest, (time.process_time() - started, number))
        ended[how] += 1
        examples[how] = (number, message)
        if "can't be checked" in message:
            ended["not checked"] += 1
            examples["not checked"] = (number, message)
    print(json.dumps({"ended": ended, "examples": examples, "slowest": slowest}))


if __name__ == "__main__":
    try_all(sys.argv[1], int(sys.argv[2]), *map(Path, sys.argv[3:]))
