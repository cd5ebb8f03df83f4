"""Arrays, tensors and open files: each is read, or refused with a message that says what to do."""

import gzip
import io
import os
import tempfile
from typing import IO, Any

import numpy as np
import pytest
from PIL import Image

from sketchdigits import InvalidImageError
from sketchdigits.preprocessing import decode
from sketchdigits.preprocessing.decode import read_image
from tests.support.polylines import draw

DRAWING = draw(3, size=64)


class Tensor:
    """Converts to an array as PyTorch's tensors do, or fails as those on a GPU do."""

    def __init__(self, array, error=None):
        self.array, self.error = array, error

    def __array__(self, dtype=None, copy=None):
        if self.error:
            raise self.error
        return self.array


def overshooting(dtype) -> np.ndarray:
    """The drawing in 0-1, with black and white a little outside, as after resizing."""
    image = (DRAWING / 255).astype(dtype)
    return np.where(image == 1, image + dtype(1e-3), np.where(image == 0, dtype(-1e-3), image))


@pytest.mark.parametrize(
    "image",
    [
        overshooting(np.float64),
        overshooting(np.float32),
        overshooting(np.float16),
        DRAWING.astype(np.uint16),
        DRAWING.astype(">u2"),
        np.ma.MaskedArray(DRAWING, mask=False),
        DRAWING.view(np.matrix),
        Tensor(DRAWING),
        Tensor(DRAWING[..., None] / 255),
        Image.fromarray(DRAWING.astype(np.uint16)),
    ],
    ids=[
        "float64 beyond 1",
        "float32 beyond 1",
        "float16 beyond 1",
        "uint16 in 0-255",
        "big-endian uint16 in 0-255",
        "mask that hides nothing",
        "matrix",
        "tensor",
        "float tensor",
        "16-bit image in 0-255",
    ],
)
def test_every_form_of_one_array_gives_the_same_pixels(image):
    pixels = read_image(image)
    assert type(pixels) is np.ndarray
    np.testing.assert_array_equal(pixels[..., 0], DRAWING)


def test_uint16_with_a_larger_value_is_read_as_0_to_65535():
    deep = np.full((20, 20), 256, np.uint16)
    assert read_image(deep).max() == 1


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (DRAWING / 255 + 0.01, r"must be in 0-1.*np.clip\(array, 0, 1\).*Received: 0.01 to 1.01"),
        (DRAWING / 255 - 0.01, r"must be in 0-1.*np.clip"),
        (DRAWING / 127.5 - 1, r"must be in 0-1; divide 0-255 values by 255"),
        (DRAWING * 1.0, "divide 0-255 values by 255.*Received: 0 to 255"),
        (np.ma.masked_less(DRAWING, 9), r"masked pixels.*array.filled\(255\)"),
        (np.zeros((3, 20, 20), np.uint8), r"shape=\(3, 20, 20\).*np.moveaxis\(array, 0, -1\)"),
        (np.zeros((2, 20, 20, 3), np.uint8), "use `predict_batch`"),
        (np.float32(1), r"shape=\(\)"),
        (np.full((20, 20), "7"), "dtype=<U1"),
        (np.zeros((20, 20), complex), "dtype=complex128"),
        (
            Tensor(None, TypeError("can't convert cuda:0 device type tensor to numpy.")),
            r"this Tensor: can't convert cuda:0.*numpy\. Convert.*tensor\.detach\(\)\.cpu\(\)",
        ),
        (DRAWING.tolist(), r"Can't read a list.*`predict_batch`.*np.array\(pixels, 'uint8'\)"),
        ((DRAWING, DRAWING), r"Can't read a tuple.*`predict_batch`"),
        ({"image": DRAWING}, "Can't read a dict.*an open file"),
        (io.StringIO("text"), "open as text. Open it with mode 'rb'"),
        (io.BytesIO(b"no image"), "Can't read this open file as an image: expected a PNG"),
    ],
)
def test_refusal_says_what_was_expected_and_what_to_do(image, message):
    with pytest.raises(InvalidImageError, match=message):
        read_image(image)


@pytest.fixture
def saved(tmp_path):
    """The path of the drawing as a PNG."""
    path = tmp_path / "drawing.png"
    Image.fromarray(DRAWING).save(path)
    return path


def test_open_file_is_read_from_its_start_and_stays_open(saved):
    memory = io.BytesIO()
    Image.fromarray(DRAWING).save(memory, "PNG")  # its position is now at the end
    with (
        saved.open("rb") as file,
        saved.open("rb", buffering=0) as raw,
        tempfile.TemporaryFile() as temporary,
        gzip.open(io.BytesIO(gzip.compress(saved.read_bytes()))) as unzipped,
    ):
        temporary.write(saved.read_bytes())
        streams: tuple[Any, ...] = (memory, file, raw, temporary, unzipped)
        for stream in streams:
            for _ in range(2):
                np.testing.assert_array_equal(read_image(stream)[..., 0], DRAWING)
            assert not stream.closed


def test_pipe_is_read_as_far_as_the_limit(saved, monkeypatch):
    def piped() -> IO[bytes]:
        reading, writing = os.pipe()
        os.write(writing, saved.read_bytes())
        os.close(writing)
        return open(reading, "rb")

    with piped() as pipe:
        np.testing.assert_array_equal(read_image(pipe)[..., 0], DRAWING)
    monkeypatch.setattr(decode, "MAX_STREAM_BYTES", 100)
    with piped() as pipe, pytest.raises(InvalidImageError, match="more than 100 bytes"):
        read_image(pipe)


def test_closed_or_unreadable_file_is_named_as_such(saved, tmp_path):
    with saved.open("rb") as file:
        pass
    with pytest.raises(InvalidImageError, match=r"closed file.*mode 'rb'"):
        read_image(file)
    with (
        (tmp_path / "new").open("wb") as file,
        pytest.raises(InvalidImageError, match="Open it for reading"),
    ):
        read_image(file)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_closed_pil_image_is_not_called_damaged(tmp_path, format):
    path = tmp_path / "drawing"
    Image.fromarray(DRAWING).save(path, format)
    loaded = Image.open(path)
    loaded.load()
    closed, made = Image.open(path), Image.new("L", (20, 20))
    for image in (loaded, closed, made):
        image.close()
    images = [loaded, closed, made]
    with path.open("rb") as file:
        lazy = Image.open(file)
    with Image.open(path) as left:
        read_image(left)  # is open here
    with Image.open(path) as unread:
        pass
    # Pillow reads a GIF or WebP that is out of its block only if it has the bytes in memory.
    images += [lazy, unread] if format in ("PNG", "JPEG", "BMP") else []
    for image in images:
        with pytest.raises(InvalidImageError, match=r"PIL image is closed.*`image.load\(\)`"):
            read_image(image)
    assert read_image(left).shape[:2] == DRAWING.shape  # it was loaded before the block ended
