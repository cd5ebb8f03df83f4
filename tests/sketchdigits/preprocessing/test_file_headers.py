"""Files up to a limit are read, and files above it are refused; ordinary files are far below."""

import io
import struct
import tracemalloc

import pytest
from PIL import Image

from sketchdigits import InvalidImageError
from sketchdigits.preprocessing import file_headers, jpeg_headers
from sketchdigits.preprocessing.decode import read_image
from sketchdigits.preprocessing.file_headers import check_headers
from tests.support.png_writer import chunk
from tests.support.polylines import draw
from tests.support.try_hostile_images import (
    EXIF,
    animated_gif,
    animated_png,
    encode,
    gif_with,
    jpeg_of_scans,
    jpeg_segment,
    jpeg_with,
    png_with,
    valid_files,
)

# The segments, chunks and blocks of the files themselves, without the added ones.
SPARE = 20
LIMITS = {
    "scans": (lambda n: jpeg_of_scans(n, 64), jpeg_headers.MAX_JPEG_SCANS, 0),
    "segments": (
        lambda n: jpeg_with(jpeg_segment(0xE5) * n),
        jpeg_headers.MAX_JPEG_SEGMENTS,
        SPARE,
    ),
    "EXIF": (
        lambda n: jpeg_with(jpeg_segment(0xE1, EXIF + bytes(1_000)) * (n // 1_000)),
        jpeg_headers.MAX_JPEG_EXIF_BYTES,
        1_000,
    ),
    "pixel chunks": (
        lambda n: png_with(chunk(b"IDAT", b"") * n),
        file_headers.MAX_PNG_PIXEL_CHUNKS,
        SPARE,
    ),
    "other chunks": (
        lambda n: png_with(chunk(b"teSt", b"x") * n),
        file_headers.MAX_PNG_OTHER_CHUNKS,
        SPARE,
    ),
    "comments": (
        lambda n: gif_with(b"!\xfe\2hi\0" * (n // 2)),
        file_headers.MAX_GIF_COMMENT_BLOCKS,
        SPARE,
    ),
    "extensions": (
        lambda n: gif_with(b"!\xff" + b"\2hi" * n + b"\0"),
        file_headers.MAX_GIF_BLOCKS,
        SPARE,
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_file_at_the_limit_is_read_and_one_above_it_is_refused(name):
    make, limit, spare = LIMITS[name]
    assert read_image(make(limit - spare)).shape[0] in (64, 96)
    with pytest.raises(InvalidImageError, match=r"more .* than any real one. Save it again"):
        read_image(make(limit + max(1, spare)))


def test_limits_hold_for_a_path_too(tmp_path):
    path = tmp_path / "scans.jpg"
    path.write_bytes(jpeg_of_scans(jpeg_headers.MAX_JPEG_SCANS + 1, 64))
    with pytest.raises(InvalidImageError, match="more scans"):
        read_image(path)


def test_scan_hidden_behind_a_table_counts():
    """0xFFD9 inside a segment is no end of the image."""
    scans = jpeg_of_scans(jpeg_headers.MAX_JPEG_SCANS + 1, 64)
    hidden = scans.replace(b"\xff\xda", jpeg_segment(0xFE, b"\xff\xd9") + b"\xff\xda")
    with pytest.raises(InvalidImageError, match="more scans"):
        check_headers(io.BytesIO(hidden))


@pytest.mark.parametrize("padding", range(16_370, 16_390))
def test_marker_at_any_place_is_seen(padding):
    """Files are searched in blocks, and a marker may lie across two of them."""
    content = jpeg_of_scans(jpeg_headers.MAX_JPEG_SCANS + 1, 64)
    first = content.index(b"\xff\xda")
    second = content.index(b"\xff\xda", first + 2)
    long_scan = content[:second] + bytes(padding) + content[second:]
    with pytest.raises(InvalidImageError, match="more scans"):
        check_headers(io.BytesIO(long_scan))


def test_video_after_a_photograph_is_not_counted():
    """Telephones append a film to a JPEG; its bytes may look like markers."""
    photo = encode(Image.fromarray(draw(3)), "JPEG")
    assert read_image(photo + b"\xff\xda" * 100_000).shape == read_image(photo).shape


def test_progressive_jpeg_at_the_size_limit_may_have_three_channels_but_not_four():
    def claim_size(mode: str, width: int, height: int) -> io.BytesIO:
        content = bytearray(encode(Image.new(mode, (64, 64)), "JPEG", progressive=True, **full))
        at = content.index(b"\xff\xc2") + 5
        content[at : at + 4] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
        return io.BytesIO(content)

    full = {"subsampling": 0}
    check_headers(claim_size("RGB", 4096, 4096))
    check_headers(claim_size("CMYK", 3500, 3500))
    for mode, size in (("CMYK", (4096, 4096)), ("RGB", (8192, 4096))):
        with pytest.raises(InvalidImageError, match="progressive JPEG"):
            check_headers(claim_size(mode, *size))
    full = {"subsampling": 2}
    check_headers(claim_size("RGB", 8192, 4096))


@pytest.mark.parametrize("make", [animated_png, animated_gif])
def test_size_of_an_animation_is_checked_before_pillow_fills_images_of_that_size(make):
    """124 bytes made Pillow take 34 GB."""
    assert read_image(make(1_024, 1_024)).shape[:2] == (1_024, 1_024)
    for size in ((65_535, 65_535), (8_193, 10), (4_097, 4_096)):
        with pytest.raises(InvalidImageError, match="too large"):
            check_headers(io.BytesIO(make(*size)))


def test_animated_png_has_fewer_pixels_than_a_plain_one():
    with pytest.raises(InvalidImageError, match="too large for an animated PNG"):
        check_headers(io.BytesIO(animated_png(2_049, 2_048)))
    check_headers(io.BytesIO(animated_png(2_048, 2_048)))


def test_last_size_that_a_png_states_is_checked_too():
    """Pillow takes the last one, and a frame of a GIF may be larger than the image."""
    second = chunk(b"IHDR", struct.pack(">IIBBBBB", 65_535, 65_535, 8, 6, 0, 0, 0))
    with pytest.raises(InvalidImageError, match=r"too large \(65535x65535"):
        check_headers(io.BytesIO(png_with(second)))
    gif = bytearray(animated_gif(100, 100))
    at = gif.index(b",") + 1
    gif[at : at + 8] = struct.pack("<4H", 0, 0, 65_535, 2_000)
    with pytest.raises(InvalidImageError, match=r"too large \(65535x2000"):
        check_headers(io.BytesIO(bytes(gif)))


@pytest.mark.parametrize("compression", [1, 2])
def test_bmp_with_run_lengths_is_refused_before_pillow_reads_it_in_python(compression):
    content = bytearray(encode(Image.new("P", (64, 64)), "BMP"))
    content[30:34] = compression.to_bytes(4, "little")
    with pytest.raises(InvalidImageError, match=r"run lengths\. Save it again as PNG"):
        read_image(bytes(content))


def test_check_keeps_nothing_in_memory_and_leaves_the_stream_at_its_start():
    stream = io.BytesIO(jpeg_with(jpeg_segment(0xE5, bytes(60_000)) * 500))
    tracemalloc.start()
    try:
        check_headers(stream)
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()
    assert stream.tell() == 0


def test_ordinary_files_pass():
    for content in valid_files().values():
        check_headers(io.BytesIO(content))
