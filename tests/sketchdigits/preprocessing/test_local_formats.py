"""TIFF, AVIF and HEIC are read if a path names the file, and not from the bytes of strangers."""

import struct
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from sketchdigits import InvalidImageError
from sketchdigits.preprocessing.decode import read_image
from sketchdigits.preprocessing.tiff_directories import MAX_TIFF_STRIPS, MAX_TIFF_TAGS
from tests.support.polylines import draw

DRAWING = draw(3, size=96)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


def save(folder, image=None, name="scan.tif", **options):
    path = folder / name
    (Image.fromarray(DRAWING) if image is None else image).save(path, **options)
    return path


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "packbits"])
def test_tiff_named_by_a_path_is_read(tmp_path, compression):
    path = save(tmp_path, compression=compression)
    assert np.array_equal(read_image(path)[..., 0], DRAWING)
    with pytest.raises(InvalidImageError, match="it is TIFF"):
        read_image(path.read_bytes())


def test_tiff_of_16_bit_one_bit_and_colour_is_read(tmp_path):
    deep = Image.fromarray(DRAWING.astype(np.uint16) * 257)
    assert np.array_equal(read_image(save(tmp_path, deep))[..., 0], DRAWING)
    fax = Image.fromarray(DRAWING).convert("1", dither=Image.Dither.NONE)
    pixels = read_image(save(tmp_path, fax, compression="group4"))[..., 0]
    assert np.array_equal(pixels > 127, DRAWING > 127)
    assert read_image(save(tmp_path, Image.fromarray(DRAWING).convert("RGB"))).shape == (96, 96, 3)


def test_tiff_is_turned_once(tmp_path):
    lying = Image.fromarray(np.rot90(DRAWING[:, :60]))
    pixels = read_image(save(tmp_path, lying, tiffinfo={274: 6}))
    assert np.array_equal(pixels[..., 0], DRAWING[:, :60])


@pytest.mark.skipif("AVIF" not in Image.registered_extensions().values(), reason="needs AVIF")
def test_avif_named_by_a_path_is_read(tmp_path):
    path = save(tmp_path, Image.fromarray(DRAWING).convert("RGB"), "web.avif", quality=95)
    assert np.abs(read_image(path)[..., 0].astype(int) - DRAWING).mean() < 3
    with pytest.raises(InvalidImageError, match="it is AVIF"):
        read_image(path.read_bytes())


def tiff_of_tags(tags: list[tuple[int, int, int, int]]) -> bytes:
    """A TIFF with these tags: number, type, count and value."""
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(2_000)


@pytest.mark.parametrize(
    "tags",
    [
        [(60_000 + i, 7, 1, 0) for i in range(MAX_TIFF_TAGS + 1)],
        [(60_000 + i, 7, 500_000, 8) for i in range(40)],
        [(273, 4, MAX_TIFF_STRIPS + 1, 8)],
        [(34_665, 4, 1, 8)] * 3,  # a directory that names itself
    ],
    ids=["tags", "bytes", "strips", "circle"],
)
def test_tiff_of_too_many_parts_is_refused(tmp_path, tags):
    (tmp_path / "scan.tif").write_bytes(tiff_of_tags(tags))
    with pytest.raises(InvalidImageError, match="more tags or strips than any real TIFF"):
        read_image(tmp_path / "scan.tif")


@pytest.mark.parametrize("options", [{"compression": "jpeg"}, {"big_tiff": True}])
def test_other_kinds_of_tiff_are_refused_with_advice(tmp_path, options):
    path = save(tmp_path, Image.fromarray(DRAWING).convert("RGB"), **options)
    with pytest.raises(InvalidImageError, match=r"not read\. Save it as PNG or JPEG"):
        read_image(path)


def test_damaged_tiff_is_refused(tmp_path):
    content = save(tmp_path).read_bytes()
    for length in (3, 9, 12, 200, len(content) - 5):
        (tmp_path / "cut.tif").write_bytes(content[:length])
        with pytest.raises(InvalidImageError):
            read_image(tmp_path / "cut.tif")


def test_heic_is_read_with_pillow_heif_and_explained_without(tmp_path, monkeypatch):
    path = tmp_path / "IMG_1.HEIC"
    path.write_bytes(HEIC)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # not installed
    with pytest.raises(InvalidImageError, match=r"Save it as JPEG.*pip install") as caught:
        read_image(path)
    assert caught.value.file_format == "HEIC"

    def register():
        monkeypatch.setitem(Image.OPEN, "HEIF", (lambda *_: Image.fromarray(DRAWING), None))
        monkeypatch.setattr(Image, "ID", [*Image.ID, "HEIF"])

    heif = SimpleNamespace(register_heif_opener=register)
    monkeypatch.setitem(sys.modules, "pillow_heif", heif)
    assert np.array_equal(read_image(path)[..., 0], DRAWING)
