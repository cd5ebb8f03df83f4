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
# deep. Opening each of many at the end of a long path takes minutes.
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
            for where, link in found:
                if not isinstance(link, h5py.HardLink):
                    raise ModelPackageError(_refusal(name, f"a {type(link).__name__}"))
                _check_entry(file[where], name)
    except ModelPackageError:
        raise
    except Exception as error:  # h5py raises many types for a damaged file
        raise ModelPackageError(_refusal(name, "no readable HDF5")) from error


def _check_entry(entry: object, name: str) -> None:
    if isinstance(entry, h5py.Group):
        return
    if not isinstance(entry, h5py.Dataset):
        raise ModelPackageError(_refusal(name, f"a {type(entry).__name__}"))
    if entry.dtype != np.float32:
        raise ModelPackageError(_refusal(name, f"values of type {str(entry.dtype)[:40]}"))
    if entry.external or entry.is_virtual:
        raise ModelPackageError(_refusal(name, "arrays that lie in another file"))
    if entry.id.get_storage_size() != entry.nbytes:
        raise ModelPackageError(_refusal(name, "compressed arrays, or some that aren't stored"))


def _refusal(name: str, found: str) -> str:
    return (
        f"{name} is not a weights file that Sketchdigits wrote: it has {found}; expected plain "
        "float32 arrays. Fetch the package again, or choose another."
    )
