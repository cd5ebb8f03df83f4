"""A hostile weights file can't crash this process, delay it, or change after it was hashed."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from sketchdigits import DigitClassifier, ModelPackageError
from sketchdigits.package import hdf5_check, keras_files
from sketchdigits.package.files import WEIGHTS_FILE
from sketchdigits.package.hdf5_check import copy_weights
from tests.conftest import REPOSITORY
from tests.support.package_copies import needed_files

WEIGHTS = REPOSITORY / "model" / WEIGHTS_FILE
BIAS = "layers/dense/vars/1"


def entries(path):
    """Every group and array by its path; the value of a group is None."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda where, entry: found.update(
                {where: entry[()] if isinstance(entry, h5py.Dataset) else None}
            )
        )
    return found


def damage(content, positions, generator):
    """Overwrite a few bytes at random positions; half of the values are copied from elsewhere."""
    damaged = bytearray(content)
    for position in generator.choice(positions, generator.choice([1, 2, 8, 30])):
        other = content[generator.choice(positions)]
        damaged[position] = generator.choice([other, generator.integers(256)])
    return bytes(damaged)


@pytest.fixture
def fake_python(monkeypatch, tmp_path):
    """Replace the Python of the process that copies by a shell script."""

    def replace(script):
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(path))

    return replace


def test_copy_has_every_array_to_the_last_bit(tmp_path):
    copy_weights(WEIGHTS, tmp_path / "copy.h5", "weights")
    given, copy = entries(WEIGHTS), entries(tmp_path / "copy.h5")
    assert given.keys() == copy.keys()
    for where, array in given.items():
        assert (array is None) == (copy[where] is None)
        assert array is None or array.tobytes() == copy[where].tobytes()


def test_file_that_crashes_the_library_is_refused(fake_python, tmp_path):
    fake_python("kill -SEGV $$")
    with pytest.raises(ModelPackageError, match="it has no readable HDF5 data"):
        copy_weights(WEIGHTS, tmp_path / "copy.h5", "weights")


READ_FOR_EVER = """
import itertools
from sketchdigits.package import hdf5_check

hdf5_check.MAX_COPY_CPU_TIME = 1
hdf5_check.read_weights = lambda path: sum(itertools.repeat(0))
hdf5_check._main("given", "copy")
"""


def test_process_that_reads_for_ever_is_ended_by_its_cpu_time():
    done = subprocess.run([sys.executable, "-c", READ_FOR_EVER], cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGXCPU


TAKE_MEMORY = """
from sketchdigits.package import hdf5_check

hdf5_check.read_weights = lambda path: bytearray(hdf5_check.MAX_COPY_MEMORY)
hdf5_check._main("given", "copy")
"""


def test_process_that_copies_gets_no_more_than_its_memory():
    command = [sys.executable, "-c", TAKE_MEMORY]
    done = subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith("MemoryError\n")


def test_signal_of_too_much_cpu_time_refuses_the_file(fake_python, tmp_path):
    fake_python("kill -XCPU $$")
    with pytest.raises(ModelPackageError, match="takes too long to read"):
        copy_weights(WEIGHTS, tmp_path / "copy.h5", "weights")


def test_busy_machine_is_not_blamed_on_the_file(fake_python, monkeypatch, tmp_path):
    fake_python("exec sleep 60")
    monkeypatch.setattr(hdf5_check, "COPY_TIMEOUT", 0.2)
    with pytest.raises(ModelPackageError, match="this machine may be busy: try again"):
        copy_weights(WEIGHTS, tmp_path / "copy.h5", "weights")


@pytest.mark.parametrize("count", [8, pytest.param(30, marks=pytest.mark.slow)])
def test_damaged_files_are_copied_or_refused(tmp_path, count):
    content = WEIGHTS.read_bytes()
    is_structure = np.frombuffer(content, np.uint8) != 0
    with h5py.File(WEIGHTS) as file:
        for where, array in entries(WEIGHTS).items():
            if array is not None:
                start = file[where].id.get_offset()
                is_structure[start : start + array.nbytes] = False
    generator, refusals = np.random.default_rng(0), []
    given, copy = tmp_path / "given.h5", tmp_path / "copy.h5"
    for _ in range(count):
        given.write_bytes(damage(content, np.flatnonzero(is_structure), generator))
        started = time.monotonic()
        try:
            copy_weights(given, copy, "weights")
            assert entries(copy)
        except ModelPackageError as error:
            refusals.append(str(error))
        assert time.monotonic() - started < hdf5_check.COPY_TIMEOUT + 10
    assert refusals
    assert all("was not written by Sketchdigits" in refusal for refusal in refusals)


@pytest.mark.parametrize("script", ["echo no such module >&2; exit 1", None])
def test_process_that_cannot_do_its_work_is_reported(fake_python, monkeypatch, tmp_path, script):
    if script:
        fake_python(script)
    else:
        monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))
    with pytest.raises(ModelPackageError, match=r"weights can't be checked .*(no such|No such)"):
        copy_weights(WEIGHTS, tmp_path / "copy.h5", "weights")


def test_hashed_bytes_are_loaded_even_if_the_file_changes(tmp_path, monkeypatch):
    for name in needed_files("keras"):
        shutil.copy(REPOSITORY / "model" / name, tmp_path)
    weights, read_pinned = tmp_path / WEIGHTS_FILE, keras_files.read_pinned
    bias = entries(weights)[BIAS]
    swapped = []

    def read_and_swap(path: Path, *arguments):
        content = read_pinned(path, *arguments)
        with h5py.File(path, "r+") as file:  # too little to change the known answer
            file[BIAS][...] += np.float32(1e-4)
        swapped.append(path)
        return content

    monkeypatch.setattr(keras_files, "read_pinned", read_and_swap)
    classifier = DigitClassifier.from_pretrained(tmp_path, runtime="keras")
    assert swapped == [weights]
    assert not np.array_equal(entries(weights)[BIAS], bias)
    np.testing.assert_array_equal(classifier.network.get_layer("logits").get_weights()[1], bias)
