"""Copies the weights of an HDF5 file that nobody trusts, before Keras loads them.

HDF5 can hold links to other files, arrays stored in other files, compressed arrays that unpack to
any size, and arrays without stored data. Keras 3.15 refuses some of these, others only above
4 GiB. Weights that Keras wrote have none of them: each array is float32 and uncompressed in the
file, so loading it needs no more memory than the file has bytes.

A damaged file can also crash the HDF5 library itself, or keep it busy for ever. So a process of its
own opens the file and writes the arrays to a new one, and this process opens only that one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

from sketchdigits.errors import ModelPackageError

# Groups and arrays, and how deeply they are nested. Our largest architecture has fewer than 100, at
# depth 4. Opening thousands of deeply nested ones takes minutes.
MAX_ENTRIES = 2_000
MAX_DEPTH = 16
# Seconds. Starting Python and h5py takes most of the time: 0.2 seconds. The CPU time tells a file
# that keeps the library busy from a busy machine.
MAX_COPY_CPU_TIME = 10
COPY_TIMEOUT = 20.0
MAX_COPY_MEMORY = 2 * 2**30
# Exit status of the process that copies, if it refuses the file.
REFUSED = 3

Weights = dict[str, np.ndarray | None]


class _UnfitFileError(Exception):
    """The message names what the file has, and shouldn't."""


def copy_weights(given: Path, copy: Path, name: str) -> None:
    """Write the arrays of an HDF5 file to a new one, in a process of its own.

    Args:
        given: the file. Its size must be bounded.
        copy: the new file. It holds the groups and the plain float32 arrays, nothing else.
        name: of the given file in messages.

    Raises:
        ModelPackageError: the file is not HDF5, holds more than plain float32 arrays, crashes the
            HDF5 library or keeps it busy; or the process can't do its work.
    """
    # The process finds the libraries where this one found them. More threads would only take
    # memory.
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    environment = {**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", __name__, str(given), str(copy)]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=COPY_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        reason = f"it took over {COPY_TIMEOUT:g} s; this machine may be busy: try again"
        raise ModelPackageError(_not_checked(name, reason)) from error
    except OSError as error:
        raise ModelPackageError(_not_checked(name, str(error.strerror))) from error
    printed = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines() or [""]
    if done.returncode == REFUSED:
        raise ModelPackageError(_refusal(name, printed[-1]))
    if done.returncode == -getattr(signal, "SIGXCPU", 0):
        raise ModelPackageError(_refusal(name, "data that takes too long to read"))
    if done.returncode < 0:  # a signal ended the process
        raise ModelPackageError(_refusal(name, "no readable HDF5 data"))
    if done.returncode:
        raise ModelPackageError(_not_checked(name, printed[-1][:200]))


def read_weights(path: Path) -> Weights:
    """Read every array of an HDF5 file by its path in the file; the value of a group is None.

    Raises:
        _UnfitFileError: the file is not HDF5, or holds more than plain float32 arrays.
    """
    found: list[tuple[str, object]] = []

    def visit(where: str, link: object) -> bool | None:
        found.append((where, link))
        # Any value except None ends the walk.
        return True if len(found) > MAX_ENTRIES or where.count("/") > MAX_DEPTH else None

    try:
        with h5py.File(path, "r") as file:
            if file.visititems_links(visit):
                raise _UnfitFileError("too many entries, or too deeply nested ones")
            if not all(isinstance(link, h5py.HardLink) for _, link in found):
                raise _UnfitFileError("links")
            entries = {where: file[where] for where, _ in found}
            for entry in (file, *entries.values()):
                _check_attributes(entry)
            arrays = [entry for entry in entries.values() if not isinstance(entry, h5py.Group)]
            for array in arrays:
                _check_array(array)
            # Loading must not need more memory than the file has.
            if sum(array.nbytes for array in arrays) > os.path.getsize(path):
                raise _UnfitFileError("arrays larger than the file")
            return {
                where: None if isinstance(entry, h5py.Group) else np.asarray(entry[()])
                for where, entry in entries.items()
            }
    except _UnfitFileError:
        raise
    except Exception as error:  # h5py raises many types for a damaged file
        raise _UnfitFileError("no readable HDF5 data") from error


def _check_attributes(entry: h5py.Group | h5py.Dataset) -> None:
    """Count the attributes, without reading them: reading a hostile one may crash the library."""
    # Keras gives each group "vars" one attribute, the layer's name. It reads none of these, but the
    # "dtype" of arrays.
    is_named_group = isinstance(entry, h5py.Group) and entry.name.endswith("/vars")
    if h5py.h5a.get_num_attrs(entry.id) > is_named_group:
        raise _UnfitFileError("attributes that Keras doesn't write")


def _check_array(array: h5py.Dataset) -> None:
    if array.dtype != np.float32:
        raise _UnfitFileError(f"values of type {str(array.dtype)[:40]!a}")
    if array.shape is None:  # a null dataspace, which is another thing than a length of 0
        raise _UnfitFileError("arrays without values")
    # Chunks may be compressed, and several may share one place in the file.
    if array.chunks is not None or array.external:
        raise _UnfitFileError("arrays in chunks or in another file")
    if array.id.get_storage_size() != array.nbytes:
        raise _UnfitFileError("arrays without stored data")


def _write_weights(path: Path, weights: Weights) -> None:
    with h5py.File(path, "w") as file:
        for where, array in weights.items():
            if array is None:
                file.require_group(where)
            else:
                file.create_dataset(where, data=array)


def _limit_resources() -> None:
    """Limit this process's memory and CPU time, where the system can; write no core dump."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for limit, value in (
        (resource.RLIMIT_AS, MAX_COPY_MEMORY),
        (resource.RLIMIT_CPU, MAX_COPY_CPU_TIME),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        if hard == resource.RLIM_INFINITY or value < hard:
            resource.setrlimit(limit, (value, hard))


def _refusal(name: str, found: str) -> str:
    return (
        f"{name} was not written by Sketchdigits: it has {found}; expected plain "
        "float32 arrays. Fetch the package again, or choose another."
    )


def _not_checked(name: str, reason: str) -> str:
    return (
        f"{name} can't be checked in a process of its own ({reason}). Check that Python "
        f"({sys.executable!r}) can be started and that temporary files can be written."
    )


def _main(given: str, copy: str) -> int:
    _limit_resources()
    try:
        weights = read_weights(Path(given))
    except _UnfitFileError as error:
        print(error)
        return REFUSED
    _write_weights(Path(copy), weights)
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
