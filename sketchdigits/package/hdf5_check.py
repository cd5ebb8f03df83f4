"""Is an HDF5 file nothing but plain arrays, before Keras reads it?

HDF5 can hold links into other files, arrays stored elsewhere, compressed arrays that unpack to
any size, and arrays of which nothing is stored. Keras 3.15 refuses some of these, others only
above 4 GiB. Weights that Keras wrote have none: every array is float32 and lies in the file as
it is, so that reading can't need more memory than the file has bytes.
"""

from __future__ import annotations

import os

import h5py
import numpy as np

from sketchdigits.errors import ModelPackageError

# Groups and arrays, and how deep they lie: our largest architecture has fewer than a hundred, four
# deep. Opening thousands at the ends of long paths takes longer than anyone waits.
MAX_ENTRIES = 2_000
MAX_DEPTH = 16


def check_weights_file(path: str | os.PathLike[str], name: str) -> None:
    """Refuse a file that is no HDF5, or holds more than plain float32 arrays.

    Args:
        path: the file.
        name: what to call it in messages.

    Raises:
        ModelPackageError: it says what was found.
    """
    found: list[tuple[str, object]] = []

    def visit(where: str, link: object) -> bool | None:
        found.append((where, link))
        # Anything but None ends the walk.
        return True if len(found) > MAX_ENTRIES or where.count("/") > MAX_DEPTH else None

    try:
        with h5py.File(path, "r") as file:
            if file.visititems_links(visit):
                raise ModelPackageError(_refusal(name, "too many entries, or too deep ones"))
            if not all(isinstance(link, h5py.HardLink) for _, link in found):
                raise ModelPackageError(_refusal(name, "links to elsewhere"))
            entries = [file[where] for where, _ in found]
            arrays = [entry for entry in entries if not isinstance(entry, h5py.Group)]
            for array in arrays:
                _check_array(array, name)
            # Whatever else the file says of itself, nothing in it is larger than it.
            if sum(array.nbytes for array in arrays) > os.path.getsize(path):
                raise ModelPackageError(_refusal(name, "more values than bytes"))
    except ModelPackageError:
        raise
    except Exception as error:  # h5py raises many types for a damaged file
        raise ModelPackageError(_refusal(name, "no readable HDF5")) from error


def _check_array(array: h5py.Dataset, name: str) -> None:
    if array.dtype != np.float32:
        raise ModelPackageError(_refusal(name, f"values of type {str(array.dtype)[:40]}"))
    # Chunks may be compressed, or be many in name and one in the file.
    if array.chunks is not None or array.external:
        raise ModelPackageError(_refusal(name, "arrays in pieces, or in another file"))
    if array.id.get_storage_size() != array.nbytes:
        raise ModelPackageError(_refusal(name, "arrays that aren't stored"))


def _refusal(name: str, found: str) -> str:
    return (
        f"{name} is not a weights file that Sketchdigits wrote: it has {found}; expected plain "
        "float32 arrays. Fetch the package again, or choose another."
    )
