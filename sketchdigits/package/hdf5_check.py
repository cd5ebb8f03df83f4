"""Checks that an HDF5 file holds only plain float32 arrays, before Keras loads it.

HDF5 can hold links to other files, arrays stored in other files, compressed arrays that unpack to
any size, and arrays without stored data. Keras 3.15 refuses some of these, others only above
4 GiB. Weights that Keras wrote have none of them: each array is float32 and uncompressed in the
file, so loading it needs no more memory than the file has bytes.
"""

from __future__ import annotations

import os

import h5py
import numpy as np

from sketchdigits.errors import ModelPackageError

# Groups and arrays, and how deeply they are nested. Our largest architecture has fewer than 100, at
# depth 4. Opening thousands of deeply nested ones takes minutes.
MAX_ENTRIES = 2_000
MAX_DEPTH = 16


def check_weights_file(path: str | os.PathLike[str], name: str) -> None:
    """Refuse a file that is not HDF5, or holds more than plain float32 arrays.

    Args:
        path: the file.
        name: of the file in messages.

    Raises:
        ModelPackageError: the file is refused; the message says why.
    """
    found: list[tuple[str, object]] = []

    def visit(where: str, link: object) -> bool | None:
        found.append((where, link))
        # Any value except None ends the walk.
        return True if len(found) > MAX_ENTRIES or where.count("/") > MAX_DEPTH else None

    try:
        with h5py.File(path, "r") as file:
            if file.visititems_links(visit):
                raise ModelPackageError(
                    _refusal(name, "too many entries, or too deeply nested ones")
                )
            if not all(isinstance(link, h5py.HardLink) for _, link in found):
                raise ModelPackageError(_refusal(name, "links"))
            entries = [file[where] for where, _ in found]
            arrays = [entry for entry in entries if not isinstance(entry, h5py.Group)]
            for array in arrays:
                _check_array(array, name)
            # Loading must not need more memory than the file has.
            if sum(array.nbytes for array in arrays) > os.path.getsize(path):
                raise ModelPackageError(_refusal(name, "arrays larger than the file"))
    except ModelPackageError:
        raise
    except Exception as error:  # h5py raises many types for a damaged file
        raise ModelPackageError(_refusal(name, "no readable HDF5 data")) from error


def _check_array(array: h5py.Dataset, name: str) -> None:
    if array.dtype != np.float32:
        raise ModelPackageError(_refusal(name, f"values of type {str(array.dtype)[:40]}"))
    # Chunks may be compressed, and several may share one place in the file.
    if array.chunks is not None or array.external:
        raise ModelPackageError(_refusal(name, "arrays in chunks or in another file"))
    if array.id.get_storage_size() != array.nbytes:
        raise ModelPackageError(_refusal(name, "arrays without stored data"))


def _refusal(name: str, found: str) -> str:
    return (
        f"{name} was not written by Sketchdigits: it has {found}; expected plain "
        "float32 arrays. Fetch the package again, or choose another."
    )
