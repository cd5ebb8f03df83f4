"""Malicious and damaged model packages; `try_hostile_packages.py` tries to load each."""

import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from sketchdigits.package.files import LITERT_FILE, SETTINGS_FILE, WEIGHTS_FILE
from sketchdigits.package.settings import settings_checksum

REPOSITORY = Path(__file__).parent.parent.parent
DENSE = "layers/dense/vars/0"
DENSE_INPUTS = 768
# The SHA-256 of a gigabyte of zeros. It is a constant because computing it takes seconds.
GIGABYTE_SHA256 = "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14"


def replace_dense(path, **options):
    """Replace the last layer's weights by a new dataset, created with `options`."""
    with h5py.File(path, "r+") as file:
        del file[DENSE]
        file.create_dataset(DENSE, **options)


def dense(path):
    with h5py.File(path) as file:
        return file[DENSE][...]


def zip_bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("model.weights.h5", bytes(500 * 2**20))


def gzip_bomb(path):
    """4 GB of zeros in a few megabytes, just below Keras's own limit."""
    shape, chunks = (1_000_000, 1_000), (100_000, 100)
    replace_dense(
        path, shape=shape, dtype="f4", compression="gzip", compression_opts=1, chunks=chunks
    )
    with h5py.File(path, "r+") as file:
        file[DENSE][:1] = 1


def gzip_of_the_right_shape(path):
    replace_dense(path, data=dense(path), compression="gzip")


def array_in_pieces(path):
    """Uncompressed chunks: several could share one place in a file."""
    replace_dense(path, data=dense(path), chunks=(DENSE_INPUTS, 1))


def one_array_under_many_names(path):
    with h5py.File(path, "r+") as file:
        for index in range(500):
            file[f"layers/dense/vars/{index + 2}"] = file[DENSE]


def unstored_array(path):
    replace_dense(path, shape=(1_000_000, 1_000), dtype="f4")


def many_layers(path):
    with h5py.File(path, "r+", libver="latest") as file:
        for index in range(20_000):
            file["layers"].create_group(f"dense_{index}")


def deep_groups(path):
    with h5py.File(path, "r+") as file:
        file.create_group("/".join(["deep"] * 5_000))


def put(entry):
    """Replace the last layer's weights by a link or a type."""

    def change(path):
        with h5py.File(path, "r+") as file:
            del file[DENSE]
            file[DENSE] = entry

    return change


def circle(path):
    with h5py.File(path, "r+") as file:
        file["layers/dense/layers"] = file["layers"]
        file["layers/dense/vars/2"] = file["layers"]


def array_in_another_file(path):
    replace_dense(
        path, shape=(DENSE_INPUTS, 10), dtype="f4", external=[("/dev/zero", 0, DENSE_INPUTS * 40)]
    )


def virtual_array(path):
    layout = h5py.VirtualLayout((DENSE_INPUTS, 10), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "data", (DENSE_INPUTS, 10))
    with h5py.File(path, "r+") as file:
        del file[DENSE]
        file.create_virtual_dataset(DENSE, layout)


def overwrite(position, content):
    """Overwrite bytes at a position."""

    def change(path):
        with path.open("r+b") as file:
            file.seek(position)
            file.write(content)

    return change


def attribute(where, name="more"):
    """Add an attribute, which costs a group or an array nothing, but may crash the library."""

    def change(path):
        with h5py.File(path, "r+") as file:
            file[where].attrs[name] = "text"

    return change


def eleven_classes(path):
    replace_dense(path, data=np.zeros((DENSE_INPUTS, 11), "f4"))


def double_precision(path):
    replace_dense(path, data=dense(path).astype("f8"))


def whole_numbers(path):
    replace_dense(path, data=np.zeros((DENSE_INPUTS, 10), "i4"))


def strings(path):
    replace_dense(path, data=np.array(["text" * 100] * 10, object), dtype=h5py.string_dtype())


def scalar(path):
    replace_dense(path, data=np.float32(1))


def missing_layer(path):
    with h5py.File(path, "r+") as file:
        del file["layers/dense"]


def group_for_an_array(path):
    with h5py.File(path, "r+") as file:
        del file[DENSE]
        file.create_group(DENSE)


def fill(value):
    def change(path):
        with h5py.File(path, "r+") as file:
            file[DENSE][0, 0] = value

    return change


def zeros(path):
    with h5py.File(path, "r+") as file:
        file[DENSE][...] = 0


def overflowing(path):
    with h5py.File(path, "r+") as file:
        file[DENSE][...] = 3e38


def shuffled(path):
    with h5py.File(path, "r+") as file:
        file[DENSE][...] = np.roll(file[DENSE][...], 1, axis=1)


def cut(share):
    def change(path):
        raw = path.read_bytes()
        path.write_bytes(raw[: int(len(raw) * share)])

    return change


def write(content):
    return lambda path: path.write_bytes(content)


def picture(path):
    Image.new("RGB", (64, 64)).save(path, "PNG")


def sparse_gigabyte(path):
    os.truncate(path, 2**30)


def folder(path):
    path.unlink()
    path.mkdir()


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def device(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def pickle_file(path):
    path.write_bytes(b"\x80\x04cos\nsystem\n(S'echo owned'\ntR.")


WEIGHTS = {
    "zip bomb": zip_bomb,
    "gzip bomb": gzip_bomb,
    "compressed": gzip_of_the_right_shape,
    "array in pieces": array_in_pieces,
    "one array under many names": one_array_under_many_names,
    "array that isn't stored": unstored_array,
    "20,000 layers": many_layers,
    "5,000 groups deep": deep_groups,
    "external link": put(h5py.ExternalLink("/etc/passwd", "/")),
    "soft link": put(h5py.SoftLink("/layers/conv2d/vars/0")),
    "circle of groups": circle,
    "array in another file": array_in_another_file,
    "virtual array": virtual_array,
    "attribute of an array": attribute(DENSE),
    "type in an attribute of an array": attribute(DENSE, "dtype"),
    "attribute of a layer": attribute("layers/dense"),
    "second attribute of a layer's group": attribute("layers/dense/vars"),
    "attribute of the file": attribute("/"),
    "eleven classes": eleven_classes,
    "double precision": double_precision,
    "whole numbers": whole_numbers,
    "strings": strings,
    "scalar": scalar,
    "named type": put(np.dtype("f4")),
    "missing layer": missing_layer,
    "group for an array": group_for_an_array,
    "NaN": fill(np.nan),
    "infinite": fill(np.inf),
    "zeros": zeros,
    "overflowing": overflowing,
    "classes in another order": shuffled,
    "empty": write(b""),
    "half": cut(0.5),
    "all but the end": cut(0.999),
    "text": write(b"once upon a time" * 1000),
    "image": picture,
    "pickle": pickle_file,
    "sparse gigabyte": sparse_gigabyte,
    "folder": folder,
    "pipe": pipe,
    "device": device,
    "missing": Path.unlink,
}
SETTINGS = {
    "Keras's config": lambda path: shutil.copy(REPOSITORY / "model" / "config.json", path),
    "another project's": write(b'{"architectures": ["BertModel"], "hidden_size": 768}'),
    "a list": write(b"[]"),
    "a number": write(b"7"),
    "deep": write(b"[" * 60_000),
    "a long number": write(b"9" * 60_000),
    "empty": write(b""),
    "text": write(b"once upon a time"),
    "no text": write(b"\xff\xfe\x00"),
    "image": picture,
    "large": write(b" " * 70_000),
    "sparse gigabyte": sparse_gigabyte,
    "folder": folder,
    "pipe": pipe,
    "device": device,
    "missing": Path.unlink,
}
LITERT = {
    "a weight NaN": overwrite(500_000, b"\x00\x00\xc0\x7f"),
    "another operator": overwrite(60, b"\x20\x00\x00\x00"),
    "offset to elsewhere": overwrite(0, b"\xff\xff\xff\x7f"),
    "one byte more": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "empty": write(b""),
    "half": cut(0.5),
    "text": write(b"once upon a time" * 1000),
    "image": picture,
    "sparse gigabyte": sparse_gigabyte,
    "folder": folder,
    "pipe": pipe,
    "device": device,
    "missing": Path.unlink,
}
TABLES = {WEIGHTS_FILE: WEIGHTS, SETTINGS_FILE: SETTINGS, LITERT_FILE: LITERT}
CASES = [(file_name, name) for file_name, cases in TABLES.items() for name in cases]


def make_hostile(package: Path, file_name: str, case: str) -> None:
    """Change one file of a good package, and write its new hash into the settings."""
    TABLES[file_name][case](package / file_name)
    changed, settings = package / file_name, package / SETTINGS_FILE
    if file_name != SETTINGS_FILE and changed.is_file():
        content = json.loads(settings.read_text())
        del content["settings_sha256"]
        key = "weights_sha256" if file_name == WEIGHTS_FILE else "litert_sha256"
        with changed.open("rb") as file:
            content[key] = (
                GIGABYTE_SHA256
                if case == "sparse gigabyte"
                else hashlib.file_digest(file, "sha256").hexdigest()
            )
        settings.write_text(json.dumps({**content, "settings_sha256": settings_checksum(content)}))
