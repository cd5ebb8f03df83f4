"""Mutants of a weights file in HDF5: unusual entries that h5py writes, and damaged bytes; seeded.

`hdf5_mutant(base, number)` changes the structure, the bytes, or both. Half of the damage hits what
is near an object header, a B-tree or a heap.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

Generator = np.random.Generator
# The signatures of HDF5's structures. Object headers of version 1 have none.
_SIGNATURE = re.compile(
    rb"\x89HDF|TREE|HEAP|SNOD|OHDR|OCHK|GCOL|FRHP|FHDB|FHIB|BTHD|BTIN|BTLF|EAHD|FAHD|FSHD|SMTB"
)
_NAMES = ("dtype", "name", "x" * 300, "é", " ", "0", "a.b", "vars", "\x01", "..")
_TYPES = (
    *("f2", "f8", ">f4", "i1", "u8", "c8", "?", "S5", "V7", "(3,)f4"),
    [("a", "f4"), ("b", "S3")],
    h5py.string_dtype(),
    h5py.vlen_dtype("f4"),
    h5py.enum_dtype({"A": 0, "B": 1}, "u1"),
    h5py.ref_dtype,
    h5py.regionref_dtype,
)


def hdf5_mutant(base: bytes, number: int) -> bytes:
    """Mutant `number` of the HDF5 file `base`."""
    generator = np.random.default_rng(number)
    changes = int(generator.integers(0, 3))
    with h5py.File.in_memory(base, libver=generator.choice(["earliest", "latest"])) as file:
        for _ in range(changes):
            change = _CHANGES[int(generator.integers(len(_CHANGES)))]
            try:
                change(file, generator)
            except (ValueError, TypeError, OSError, KeyError, RuntimeError, AttributeError):
                continue  # h5py doesn't write it, or an earlier change is in its way
        file.flush()
        content = file.id.get_file_image()
        if generator.random() < 0.6:
            content = _damage(content, _find_structure(content, file), generator)
    return content


def _find_structure(content: bytes, file: h5py.File) -> np.ndarray:
    """Which bytes of the file's content are not 0 and belong to no array."""
    is_structure = np.frombuffer(content, np.uint8) != 0
    for name in _names(file, h5py.h5o.TYPE_DATASET):
        array = h5py.h5d.open(file.id, name)
        start = array.get_offset()
        if start is not None:
            is_structure[start : start + array.get_storage_size()] = False
    return is_structure


def _names(file: h5py.File, kind: int | None = None) -> list[bytes]:
    """Names of all groups, arrays and types, or of those of one kind; opening each takes longer."""
    found: list[bytes] = []
    h5py.h5o.visit(
        file.id,
        lambda name, info: found.append(name) if kind in (None, info.type) else None,
        info=True,
    )
    return found


def _entry(file: h5py.File, generator: Generator, kind: int | None = None) -> Any:
    """The file itself, or a random entry."""
    name = _choose([None, *_names(file, kind)], generator)
    return file if name is None else file[name]


def _choose(choices: Any, generator: Generator) -> Any:
    return choices[int(generator.integers(len(choices)))]


def _array(file: h5py.File, generator: Generator) -> h5py.Dataset:
    return file[_choose(_names(file, h5py.h5o.TYPE_DATASET), generator)]


def _replace(file: h5py.File, generator: Generator, **options: Any) -> None:
    """Replace an array by a new dataset of the same name; by default of the same values."""
    array = _array(file, generator)
    name, values = array.name, array[()]
    del file[name]
    if "shape" not in options:
        options["data"] = values
    file.create_dataset(name, **options)


def _attribute(file: h5py.File, generator: Generator) -> None:
    values = (
        *("text", b"bytes", 7, 1.5, True, h5py.Empty("f4"), np.zeros(7_000), file.ref),
        np.array(["a", "text"], h5py.string_dtype()),
        np.zeros(2, _TYPES[10]),
        np.zeros((2, 2), ">i2"),
        file[_array(file, generator).name].regionref[:1],
    )
    entry = _entry(file, generator)
    entry.attrs[_choose(_NAMES, generator)] = _choose(values, generator)


def _many_attributes(file: h5py.File, generator: Generator) -> None:
    entry = _entry(file, generator)
    for number in range(int(generator.integers(2, 40))):
        entry.attrs[f"attribute {number}"] = number


def _type(file: h5py.File, generator: Generator) -> None:
    _replace(file, generator, shape=(3, 2), dtype=np.dtype(_choose(_TYPES, generator)))


def _strange_float(file: h5py.File, generator: Generator) -> None:
    """A float of other fields than IEEE's."""
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_size(int(generator.choice([4, 8])))
    kind.set_fields(31, *map(int, generator.integers(1, 23, 2)), 0, int(generator.integers(1, 23)))
    kind.set_ebias(int(generator.integers(1, 200)))
    name = _array(file, generator).name
    del file[name]
    h5py.h5d.create(file.id, name.encode(), kind, h5py.h5s.create_simple((4,)))


def _shape(file: h5py.File, generator: Generator) -> None:
    shapes = ((), (0,), (1,) * 32, (10**6, 10**6), (2**40,), (0, 2**40), (3, 3), (7,))
    shape = _choose(shapes, generator)
    _replace(file, generator, shape=shape, dtype="f4")


def _no_space(file: h5py.File, generator: Generator) -> None:
    name = _array(file, generator).name
    del file[name]
    file[name] = h5py.Empty("f4")


def _chunks(file: h5py.File, generator: Generator) -> None:
    shape = tuple(map(int, generator.integers(1, 60, 2)))
    sizes = tuple(int(generator.integers(1, length + 1)) for length in shape)
    filters: tuple[dict[str, Any], ...] = (
        {},
        {"compression": "gzip", "compression_opts": 1},
        {"compression": "lzf"},
        {"compression": "gzip", "shuffle": True, "fletcher32": True},
        {"fletcher32": True},
        {"scaleoffset": 2},
        {"maxshape": (None, None)},
    )
    chosen = _choose(filters, generator)
    _replace(file, generator, shape=shape, dtype="f4", chunks=sizes, **chosen)
    if generator.random() < 0.5:
        for found in _names(file, h5py.h5o.TYPE_DATASET):
            array = file[found]
            if array.chunks:
                array[...] = 1


def _fill_value(file: h5py.File, generator: Generator) -> None:
    value = _choose([0, 1.5, np.nan, np.inf, -3e38], generator)
    time = _choose(["alloc", "never", "ifset"], generator)
    _replace(file, generator, shape=(5, 5), dtype="f4", fillvalue=value, fill_time=time)


def _layout(file: h5py.File, generator: Generator) -> None:
    """A small array in its own object header, or room that is allocated late."""
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    layouts = (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS, h5py.h5d.CHUNKED)
    settings.set_layout(_choose(layouts, generator))
    times = (h5py.h5d.ALLOC_TIME_EARLY, h5py.h5d.ALLOC_TIME_LATE, h5py.h5d.ALLOC_TIME_INCR)
    settings.set_alloc_time(_choose(times, generator))
    name = _array(file, generator).name
    del file[name]
    space = h5py.h5s.create_simple((10,))
    new = h5py.h5d.create(file.id, name.encode(), h5py.h5t.IEEE_F32LE, space, settings)
    new.write(space, space, np.ones(10, "f4"))


def _elsewhere(file: h5py.File, generator: Generator) -> None:
    """Values in other files, or pieced together from other arrays."""
    if generator.random() < 0.5:
        place = _choose(["/dev/zero", "/etc/passwd", "none.raw", "/dev/full", ""], generator)
        size = int(_choose([40, 0, 10**9, h5py.h5f.UNLIMITED], generator))
        _replace(file, generator, shape=(10,), dtype="f4", external=[(place, 0, size)])
        return
    name = _array(file, generator).name
    layout = h5py.VirtualLayout((10,), "f4")
    layout[:] = h5py.VirtualSource(_choose([".", "/dev/zero", "other.h5"], generator), name, (10,))
    del file[name]
    file.create_virtual_dataset(name, layout)


def _link(file: h5py.File, generator: Generator) -> None:
    name, other = _array(file, generator).name, _array(file, generator).name
    values = (
        *map(h5py.SoftLink, (other, name, "/none", "/", ".", "a" * 5_000)),
        *(h5py.ExternalLink(place, "/") for place in ("/etc/passwd", "/dev/zero", "none.h5", "")),
        *(file[other], file["/"], file[name].parent, np.dtype("f4")),
    )
    if generator.random() < 0.7:
        del file[name]
    else:
        name += _choose(_NAMES, generator)
    file[name] = _choose(values, generator)


def _name(file: h5py.File, generator: Generator) -> None:
    entry = _entry(file, generator, h5py.h5o.TYPE_GROUP)
    name = _choose((*_NAMES, "y" * 5_000, "deep/" * 20 + "x", "\u202e", "0" * 40), generator)
    if generator.random() < 0.5:
        entry.create_group(name, track_order=bool(generator.integers(2)))
    else:
        entry[name] = np.ones(3, "f4")


def _many_names(file: h5py.File, generator: Generator) -> None:
    group = _entry(file, generator, h5py.h5o.TYPE_GROUP)
    for number in range(int(_choose([9, 40, 200], generator))):
        group.create_group(f"group {number}")


def _remove(file: h5py.File, generator: Generator) -> None:
    del file[_choose(_names(file), generator)]


def _exchange(file: h5py.File, generator: Generator) -> None:
    first, second = _array(file, generator).name, _array(file, generator).name
    file.move(first, "between")
    file.move(second, first)
    file.move("between", second)


def _values(file: h5py.File, generator: Generator) -> None:
    array = _array(file, generator)
    values = array[()]
    places = generator.integers(0, values.size, int(generator.choice([1, values.size])))
    values.reshape(-1)[places] = _choose([np.nan, np.inf, 0, 3e38, 1e-40, -1.0], generator)
    array[...] = values


_CHANGES: tuple[Callable[[h5py.File, Generator], None], ...] = (
    *(_attribute, _attribute, _many_attributes, _type, _strange_float, _shape, _no_space, _chunks),
    *(_chunks, _fill_value, _layout, _elsewhere, _link, _link, _name, _many_names, _remove),
    *(_exchange, _values),
)


def _damage(content: bytes, is_structure: np.ndarray, generator: Generator) -> bytes:
    """Overwrite, insert or delete a few bytes of the structure; or cut the file."""
    damaged, places = bytearray(content), np.flatnonzero(is_structure)
    signatures = [found.start() for found in _SIGNATURE.finditer(content)]
    for _ in range(int(generator.choice([1, 1, 2, 4, 16]))):
        place = int(_choose(places, generator))
        if generator.random() < 0.5:
            place = int(_choose(signatures, generator)) + int(generator.integers(64))
        place = min(place, len(damaged) - 1)
        action = generator.integers(8)
        if action < 2:
            damaged[place] ^= 1 << int(generator.integers(8))
        elif action < 4:
            damaged[place] = content[int(_choose(places, generator))]
        elif action < 6:  # an address or a length
            numbers = (0, 1, 2**16, 2**31 - 1, 2**63 - 1, 2**64 - 1, len(content), place)
            number = _choose((*numbers, int(_choose(signatures, generator))), generator)
            size = int(generator.choice([2, 4, 8]))
            damaged[place : place + size] = (number % 256**size).to_bytes(size, "little")
        elif action == 6:
            other = int(_choose(places, generator))
            damaged[place : place + 32] = content[other : other + 32]
        elif generator.random() < 0.2:
            del damaged[place : place + int(_choose([1, 8, len(damaged)], generator))]
        else:
            damaged[place] = int(_choose([0, 1, 127, 128, 255], generator))
        if not damaged:
            break
    return bytes(damaged)
