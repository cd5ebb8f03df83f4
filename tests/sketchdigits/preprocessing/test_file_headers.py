"""Files up to a limit are read, and files above it are refused; ordinary files are far below."""

import io
import tracemalloc

import pytest
from PIL import Image

from sketchdigits import InvalidImageError
from sketchdigits.preprocessing import file_headers
from sketchdigits.preprocessing.decode import read_image
from sketchdigits.preprocessing.file_headers import check_headers
from tests.support.png_writer import chunk
from tests.support.polylines import draw
from tests.support.try_hostile_images import (
    EXIF,
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
    "scans": (lambda n: jpeg_of_scans(n, 64), file_headers.MAX_JPEG_SCANS, 0),
    "segments": (
        lambda n: jpeg_with(jpeg_segment(0xE5) * n),
        file_headers.MAX_JPEG_SEGMENTS,
        SPARE,
    ),
    "EXIF": (
        lambda n: jpeg_with(jpeg_segment(0xE1, EXIF + bytes(1_000)) * (n // 1_000)),
        file_headers.MAX_JPEG_EXIF_BYTES,
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
    path.write_bytes(jpeg_of_scans(file_headers.MAX_JPEG_SCANS + 1, 64))
    with pytest.raises(InvalidImageError, match="more scans"):
        read_image(path)


def test_scan_hidden_behind_a_table_counts():
    """0xFFD9 inside a segment is no end of the image."""
    scans = jpeg_of_scans(file_headers.MAX_JPEG_SCANS + 1, 64)
    hidden = scans.replace(b"\xff\xda", jpeg_segment(0xFE, b"\xff\xd9") + b"\xff\xda")
    with pytest.raises(InvalidImageError, match="more scans"):
        check_headers(io.BytesIO(hidden))


@pytest.mark.parametrize("padding", range(16_370, 16_390))
def test_marker_at_any_place_is_seen(padding):
    """Files are searched in blocks, and a marker may lie across two of them."""
    content = jpeg_of_scans(file_headers.MAX_JPEG_SCANS + 1, 64)
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
