"""Decoding: every supported form of an image gives the same pixels; others get a clear error."""

import io
import struct
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from sketchdigits import InvalidImageError
from sketchdigits.preprocessing.decode import (
    MAX_DECODING_BYTES,
    _use_draft_if_large,
    read_image,
)
from sketchdigits.preprocessing.exif_orientation import TRANSPOSES
from sketchdigits.preprocessing.file_headers import check_headers
from sketchdigits.preprocessing.image_limits import MAX_SIDE
from tests.support.polylines import draw


def encode(image: Image.Image, format: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


DRAWING = draw(3, size=64)


@pytest.mark.parametrize(
    "array",
    [
        DRAWING,
        DRAWING[..., None],
        DRAWING.astype(np.uint16) * 257,
        DRAWING / 255,
        (DRAWING / 255).astype(np.float32),
        (DRAWING.astype(np.uint16) * 257).astype(">u2"),
    ],
    ids=["uint8", "one channel", "uint16", "float64", "float32", "big-endian uint16"],
)
def test_arrays_of_every_supported_dtype_give_the_same_pixels(array):
    np.testing.assert_array_equal(read_image(array)[..., 0], DRAWING)


def test_bool_array_is_read_as_black_and_white():
    assert set(np.unique(read_image(DRAWING > 128))) == {0, 255}


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_arrays_keep_their_channels(channels):
    assert read_image(np.zeros((20, 30, channels), np.uint8)).shape == (20, 30, channels)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "GIF", "BMP", "JPEG"])
def test_encoded_files_are_recognised_by_content(format, tmp_path):
    options = {"lossless": True} if format == "WEBP" else {}
    path = tmp_path / "drawing.txt"
    path.write_bytes(encode(Image.fromarray(DRAWING), format, **options))
    for image in (path, str(path), path.read_bytes()):
        pixels = read_image(image)[..., 0].astype(int)
        assert np.abs(pixels - DRAWING).max() <= (60 if format == "JPEG" else 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "F"])
def test_pillow_modes_give_the_same_drawing(mode):
    black_and_white = np.where(DRAWING > 128, 255, 0).astype(np.uint8)
    if mode == "I;16":
        image = Image.fromarray(black_and_white.astype(np.uint16) * 257)
    else:
        image = Image.fromarray(black_and_white).convert(mode)
    pixels = read_image(image)[..., 0].astype(int)
    assert np.abs(pixels - black_and_white).max() <= 2


def test_sixteen_bit_png_keeps_its_greys():
    deep = encode(Image.fromarray(DRAWING.astype(np.uint16) * 257))
    np.testing.assert_array_equal(read_image(deep)[..., 0], DRAWING)


def test_palette_transparency_becomes_alpha():
    image = Image.fromarray(np.where(DRAWING > 128, 0, 1).astype(np.uint8), "P")
    image.putpalette([255, 255, 255, 0, 0, 0])
    pixels = read_image(encode(image, transparency=0))
    assert pixels.shape[2] == 4
    assert set(np.unique(pixels[..., 3])) == {0, 255}


def test_exif_rotation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: rotated by 90 degrees
    turned = encode(Image.fromarray(np.rot90(DRAWING)), exif=exif)
    np.testing.assert_array_equal(read_image(turned)[..., 0], DRAWING)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (b"", "expected a PNG"),
        (b"not an image", "expected a PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "expected a PNG"),
        (encode(Image.fromarray(DRAWING))[:200], "damaged"),
        (encode(Image.fromarray(DRAWING), "JPEG")[:300], "damaged"),
        ("no-such-file.png", "No image file"),
        ("https://example.org/7.png", "not opened"),
        (None, "Can't read a NoneType"),
        (7, "Can't read a int"),
        (np.zeros((0, 0), np.uint8), "empty"),
        (np.zeros((4, 4), np.uint8), "too small"),
        (np.zeros((1, MAX_SIDE + 1), np.uint8), "too large"),
        (Image.new("1", (MAX_SIDE + 1, 10)), "too large"),
        (np.zeros((20, 20, 5), np.uint8), "shape"),
        (np.zeros(400, np.uint8), "shape"),
        (np.zeros((20, 20), np.int64), "int64"),
        (np.full((20, 20), 255.0), "divide"),
        (np.full((20, 20), np.nan), "NaN"),
        (Image.new("F", (20, 20), -1), r"must be in 0-65535.*Received: -1 to -1"),
    ],
)
def test_bad_image_raises_an_error_with_advice(image, message):
    with pytest.raises(InvalidImageError, match=message):
        read_image(image)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC.*Save it as JPEG. iPhones"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x20ftypavif\0\0\0\0avifmif1", "AVIF.*Save it as PNG or JPEG"),
        (encode(Image.fromarray(DRAWING), "TIFF"), "TIFF"),
        (encode(Image.fromarray(DRAWING), "TIFF", big_tiff=True), "TIFF"),
        (encode(Image.fromarray(DRAWING), "JPEG2000"), "JPEG 2000"),
        (encode(Image.fromarray(DRAWING), "ICO"), "an icon file"),
        (encode(Image.fromarray(DRAWING), "PDF"), "PDF"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg width='28'/>", "SVG"),
        (b"<!DOCTYPE html><html><body>Not found", "a web page"),
        (b"", "empty.*Check where it comes from"),
    ],
)
def test_format_that_is_not_read_is_named(start, kind):
    with pytest.raises(InvalidImageError, match=f"it is {kind}") as caught:
        read_image(start)
    assert "expected a PNG, JPEG, WebP, GIF or BMP file" in str(caught.value)


def test_huge_image_is_refused_before_it_is_decoded():
    # The file is cut off, so decoding it would raise "damaged".
    bomb = encode(Image.new("1", (9000, 9000)))[:60]
    with pytest.raises(InvalidImageError, match=r"too large \(9000x9000"):
        read_image(bomb)


@pytest.mark.parametrize(
    ("largest", "format"), [((4096, 4096), "PNG"), ((8192, 2048), "PNG"), ((8192, 4096), "JPEG")]
)
def test_largest_allowed_image_is_read_and_a_larger_one_is_refused(largest, format):
    width, height = largest
    assert max(read_image(encode(Image.new("L", largest, 255), format)).shape) == 2048
    for size in ((width + 1, height), (width, height + 1)):
        with pytest.raises(InvalidImageError, match="too large"):
            read_image(encode(Image.new("L", size, 255), format))


def test_folder_is_refused(tmp_path):
    with pytest.raises(InvalidImageError, match="No image file"):
        read_image(tmp_path)


@pytest.mark.parametrize("value", [(0x100, 2, 4, b"abc\0"), (0x11A, 2, 4, b"1/2\0")])
def test_exif_value_of_wrong_type_beside_the_orientation_changes_nothing(value):
    """The pixels and the orientation are sound, and no other tag is needed."""
    tags = [value, (0x112, 3, 1, b"\x06\0\0\0")]
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(tags))
    exif += b"".join(struct.pack("<HHI", *tag[:3]) + tag[3] for tag in tags) + bytes(4)
    turned = Image.fromarray(np.rot90(DRAWING))
    seen = read_image(encode(turned, "JPEG", exif=exif, quality=100)).astype(int)
    assert np.abs(seen[..., 0] - DRAWING).max() <= 4


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_strips_of_a_large_image_give_the_same_pixels_as_the_whole(mode, orientation, monkeypatch):
    """A large image is turned, converted and averaged down strip by strip."""
    generator = np.random.default_rng(orientation)
    noise = generator.integers(0, 256, (53, 39, 4), dtype=np.uint8)
    image = Image.fromarray(noise)
    image = image.convert({"P": "RGB", "CMYK": "RGB"}.get(mode, "RGBA")).convert(mode)
    if mode == "P":
        image.info["transparency"] = 3
    turned = image if orientation == 1 else image.transpose(TRANSPOSES[orientation])
    whole = turned.convert({"1": "L", "P": "RGBA", "CMYK": "RGB"}.get(mode, mode)).reduce(4)
    image.getexif()[0x0112] = orientation
    monkeypatch.setattr("sketchdigits.preprocessing.pillow_image.MAX_DECODED_SIDE", 16)
    monkeypatch.setattr("sketchdigits.preprocessing.pillow_image._STRIP_ROWS", 3)
    pixels = read_image(image)
    assert pixels.shape[:2] == (whole.height, whole.width)
    np.testing.assert_array_equal(pixels, np.asarray(whole).reshape(pixels.shape))


def test_webp_has_fewer_pixels_than_other_formats():
    with pytest.raises(InvalidImageError, match=r"too large for WebP \(4096x1600 pixels\)"):
        read_image(encode(Image.new("L", (4096, 1600)), "WEBP", method=0))


def test_memory_is_reserved_while_a_file_is_decoded():
    reserved = []

    @contextmanager
    def reserve(size):
        reserved.append(size)
        yield
        reserved.append("given back")

    read_image(encode(Image.new("RGB", (300, 200), "white")), reserve)
    assert reserved == [4 * 300 * 200, "given back"]
    read_image(np.zeros((20, 30), np.uint8), reserve)
    with pytest.raises(InvalidImageError):
        read_image(encode(Image.new("1", (9000, 9000)))[:60], reserve)
    assert len(reserved) == 2  # nothing more: no file, or refused before it is decoded


@pytest.mark.parametrize(
    ("mode", "size", "decoded"), [("RGB", (4096, 4096), 2048), ("RGB", (3200, 4096), 4096)]
)
def test_progressive_jpeg_that_takes_much_memory_is_decoded_at_half_its_size(mode, size, decoded):
    content = bytearray(encode(Image.new(mode, (64, 64)), "JPEG", progressive=True, subsampling=0))
    at = content.index(b"\xff\xc2") + 5
    content[at : at + 4] = struct.pack(">HH", size[1], size[0])
    stream = io.BytesIO(content)
    extra_bytes = check_headers(stream)
    with Image.open(stream) as image:
        _use_draft_if_large(image, extra_bytes)
        assert max(image.size) == decoded
        assert extra_bytes + 4 * image.width * image.height <= MAX_DECODING_BYTES
