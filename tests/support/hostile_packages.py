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

from sketchdigits.package.files import (
    LITERT_FILE,
    ROW_LITERT_FILE,
    ROW_WEIGHTS_FILE,
    SETTINGS_FILE,
    WEIGHTS_FILE,
)
from sketchdigits.package.settings import settings_checksum
from tests.support import hostile_weights as weights

REPOSITORY = Path(__file__).parent.parent.parent
# The SHA-256 of a gigabyte of zeros. It is a constant because computing it takes seconds.
GIGABYTE_SHA256 = "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14"


def zip_bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("model.weights.h5", bytes(500 * 2**20))


def overwrite(position, content):
    """Overwrite bytes at a position."""

    def change(path):
        with path.open("r+b") as file:
            file.seek(position)
            file.write(content)

    return change


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
    "gzip bomb": weights.gzip_bomb,
    "compressed": weights.gzip_of_the_right_shape,
    "array in pieces": weights.array_in_pieces,
    "one array under many names": weights.one_array_under_many_names,
    "array that isn't stored": weights.unstored_array,
    "20,000 layers": weights.many_layers,
    "5,000 groups deep": weights.deep_groups,
    "external link": weights.put(h5py.ExternalLink("/etc/passwd", "/")),
    "soft link": weights.put(h5py.SoftLink("/layers/conv2d/vars/0")),
    "circle of groups": weights.circle,
    "array in another file": weights.array_in_another_file,
    "virtual array": weights.virtual_array,
    "attribute of an array": weights.attribute(weights.DENSE),
    "type in an attribute of an array": weights.attribute(weights.DENSE, "dtype"),
    "attribute of a layer": weights.attribute("layers/dense"),
    "second attribute of a layer's group": weights.attribute("layers/dense/vars"),
    "attribute of the file": weights.attribute("/"),
    "eleven classes": weights.eleven_classes,
    "double precision": weights.double_precision,
    "whole numbers": weights.whole_numbers,
    "strings": weights.strings,
    "scalar": weights.scalar,
    "array without values": weights.no_values,
    "named type": weights.put(np.dtype("f4")),
    "missing layer": weights.missing_layer,
    "group for an array": weights.group_for_an_array,
    "NaN": weights.fill(np.nan),
    "infinite": weights.fill(np.inf),
    "zeros": weights.zeros,
    "overflowing": weights.overflowing,
    "classes in another order": weights.shuffled,
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
# The row network has no dense layer. What is inside of its file is checked by the same code.
ROW_WEIGHTS = {
    name: WEIGHTS[name]
    for name in (
        *("zip bomb", "empty", "half", "all but the end", "text", "image", "pickle"),
        *("sparse gigabyte", "folder", "pipe", "device", "missing"),
    )
}
ROW_LITERT = LITERT
TABLES = {
    WEIGHTS_FILE: WEIGHTS,
    SETTINGS_FILE: SETTINGS,
    LITERT_FILE: LITERT,
    ROW_WEIGHTS_FILE: ROW_WEIGHTS,
    ROW_LITERT_FILE: ROW_LITERT,
}
# Where the settings have the sha256 of a file.
KEYS = {
    WEIGHTS_FILE: "weights_sha256",
    LITERT_FILE: "litert_sha256",
    ROW_WEIGHTS_FILE: "weights_sha256",
    ROW_LITERT_FILE: "litert_sha256",
}
CASES = [(file_name, name) for file_name, cases in TABLES.items() for name in cases]


def make_hostile(package: Path, file_name: str, case: str) -> None:
    """Change one file of a good package, and write its new hash into the settings."""
    TABLES[file_name][case](package / file_name)
    changed, settings = package / file_name, package / SETTINGS_FILE
    if file_name != SETTINGS_FILE and changed.is_file():
        content = json.loads(settings.read_text())
        del content["settings_sha256"]
        is_row = file_name in (ROW_WEIGHTS_FILE, ROW_LITERT_FILE)
        with changed.open("rb") as file:
            (content["row_network"] if is_row else content)[KEYS[file_name]] = (
                GIGABYTE_SHA256
                if case == "sparse gigabyte"
                else hashlib.file_digest(file, "sha256").hexdigest()
            )
        settings.write_text(json.dumps({**content, "settings_sha256": settings_checksum(content)}))
