"""The orientation is the one that Pillow finds, in every place where a file can have it."""

import io
import struct

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps, PngImagePlugin

from sketchdigits.preprocessing.decode import read_image
from sketchdigits.preprocessing.exif_orientation import find_transpose, read_orientation
from tests.support.png_writer import chunk
from tests.support.polylines import draw
from tests.support.try_hostile_images import encode

TURNED = Image.fromarray(draw(3, size=64)[:, 8:])


def make_exif(orientation: int, order: str = "<", kind: int = 3, tags: int = 1) -> bytes:
    """EXIF whose last tag is the orientation."""
    others = [struct.pack(order + "HHII", 0x9000 + i, 4, 1, i) for i in range(tags - 1)]
    value = struct.pack(order + "HHI", 0x112, kind, 1)
    value += struct.pack(order + ("HH" if kind == 3 else "I"), *([orientation, 0][: 5 - kind]))
    head = b"II*\0" if order == "<" else b"MM\0*"
    head += struct.pack(order + "IH", 8, tags)
    return b"Exif\0\0" + head + b"".join(others) + value + bytes(4)


def put_into_file(exif: bytes, place: str) -> bytes:
    if place in ("JPEG", "WEBP", "PNG"):
        return encode(TURNED, place, exif=exif)
    png = encode(TURNED, "PNG")
    if place == "after the pixels":
        return png[:-12] + chunk(b"eXIf", exif[6:]) + png[-12:]
    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type exif", f"\nexif\n{len(exif)}\n{exif.hex()}", zip=True)
    return encode(TURNED, "PNG", pnginfo=text)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("place", ["JPEG", "WEBP", "PNG", "after the pixels", "in the text"])
def test_image_is_turned_as_pillow_turns_it(place, orientation):
    order, kind = ("<>"[orientation % 2], 3 + orientation // 2 % 2)
    content = put_into_file(make_exif(orientation, order, kind, tags=9), place)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert read_orientation(image) == orientation
        transpose = find_transpose(image)
        turned = image if transpose is None else image.transpose(transpose)
        np.testing.assert_array_equal(np.asarray(turned), expected)
    pixels = read_image(content)
    np.testing.assert_array_equal(pixels, expected.reshape(pixels.shape))


@pytest.mark.parametrize(
    "exif", [None, make_exif(6).replace(b"\x12\1", b"\x13\1")], ids=["no EXIF", "EXIF without it"]
)
@pytest.mark.parametrize("form", ['tiff:Orientation="8"', "<tiff:Orientation>8</tiff:Orientation>"])
@pytest.mark.parametrize("format", ["JPEG", "WEBP", "PNG"])
def test_orientation_in_xmp_counts_if_exif_has_none(format, form, exif):
    if format == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", form)
        options = {"pnginfo": text}
    else:
        options = {"xmp": form.encode()}
    content = encode(TURNED, format, **options, **({"exif": exif} if exif else {}))
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        assert read_orientation(image) == image.getexif()[ExifTags.Base.Orientation] == 8


def test_orientation_that_a_caller_set_counts():
    image = TURNED.copy()
    image.getexif()[ExifTags.Base.Orientation] = 6
    assert read_image(image).shape[:2] == TURNED.size


def test_orientation_of_a_tiff_that_a_caller_opened_counts():
    content = encode(TURNED, "TIFF", tiffinfo={ExifTags.Base.Orientation: 6})
    with Image.open(io.BytesIO(content)) as image:
        assert read_image(image).shape[:2] == TURNED.size


@pytest.mark.parametrize(
    "exif",
    [b"", b"Exif\0\0", b"Exif\0\0II*\0", make_exif(6)[:20], b"no EXIF", make_exif(6, tags=1_001)],
    ids=["empty", "prefix", "no directory", "cut", "text", "too many tags"],
)
def test_exif_without_a_readable_orientation_changes_nothing(exif):
    image = TURNED.copy()
    image.info["exif"] = exif
    assert read_orientation(image) == 1


def test_length_of_exif_and_repeated_prefixes_cost_nothing():
    image = TURNED.copy()
    image.info["exif"] = b"Exif\0\0" * 1_000_000
    assert read_orientation(image) == 1
