"""Limits on the structure of a JPEG, checked before Pillow opens it; see `file_headers.py`.

Skips from marker to marker without reading the content between. Sees everything that Pillow reads
before the first scan, and all scans that libjpeg reads.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from typing import IO

from sketchdigits.errors import InvalidImageError
from sketchdigits.preprocessing.exif_orientation import EXIF_PREFIX, byte_order, read_tags
from sketchdigits.preprocessing.image_limits import MAX_STRAY_BYTES, refuse_parts
from sketchdigits.preprocessing.tiff_directories import TIFF_TYPE_BYTES

# libjpeg writes 6 scans for grey, 10 for colours and 18 for CMYK, and mozjpeg about 12. Each one
# makes the decoder pass over the whole image: 10 ms for 4096x4096 pixels, for 34 bytes of the file.
MAX_JPEG_SCANS = 64
# Metadata fills one segment per 64 kB, so 2,000 of them are 128 MB.
MAX_JPEG_SEGMENTS = 2_000
# Quantization tables and frame headers together; a real file has less than 1 kB.
MAX_JPEG_TABLE_BYTES = 65_536
# A JPEG's whole EXIF, which usually has one segment of 64 kB, and all values that its tags name.
MAX_JPEG_EXIF_BYTES = 262_144
# A JPEG with several scans is held in memory at 2 bytes a sample: 96 MiB are three full channels
# of 4096x4096 pixels, or 8192x4096 pixels with the colours at half the resolution.
MAX_JPEG_COEFFICIENT_BYTES = 100_663_296

# In the data of a scan, 0xFF is followed by 0 or by the number of a restart.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SCAN, _END, _QUANTIZATION, _APP1, _APP2 = 0xDA, 0xD9, 0xDB, 0xE1, 0xE2
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xDE)
_PROGRESSIVE_FRAMES = (0xC2, 0xC6, 0xCA, 0xCE)
# Markers that no length follows.
_BARE_MARKERS = (*range(0x01, 0xC0), 0xC8, 0xD8, _END, *range(0xF0, 0xFE))
_BLOCK_BYTES = 16_384


def check_jpeg(stream: IO[bytes]) -> int:
    """Check an encoded JPEG that begins at the stream's start.

    Returns:
        the bytes that its decoder takes beside the pixels.

    Raises:
        InvalidImageError: the file has more of something than the limits above.
    """
    scans = table_bytes = components = coefficient_bytes = 0
    has_several_scans, exif = False, b""
    for marker, length in _walk_jpeg(stream):
        if marker == _QUANTIZATION or marker in _FRAMES:
            table_bytes += length
            if table_bytes > MAX_JPEG_TABLE_BYTES:
                raise refuse_parts("more tables")
        if marker in _FRAMES:
            frame = stream.read(length)
            components = frame[5] if len(frame) > 5 else 0
            coefficient_bytes = max(coefficient_bytes, _count_coefficient_bytes(frame))
            has_several_scans |= marker in _PROGRESSIVE_FRAMES
        elif marker == _SCAN:
            scans += 1
            if scans > MAX_JPEG_SCANS:
                raise refuse_parts("more scans")
            has_several_scans |= stream.read(1) != bytes([components])
        elif marker in (_APP1, _APP2) and not scans:
            exif = _add_metadata(exif, stream.read(length))
    if has_several_scans and coefficient_bytes > MAX_JPEG_COEFFICIENT_BYTES:
        raise InvalidImageError(
            "The image is too large for a progressive JPEG. Save it again as a baseline JPEG or "
            "as PNG, or scale it to half its size."
        )
    _check_tags(exif)
    return coefficient_bytes if has_several_scans else 0


def _walk_jpeg(stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the marker and the length of each segment, with the stream at its content.

    Ends where libjpeg ends, and also sees everything that Pillow reads before the first scan.
    """
    stream.seek(2)
    segments = stray_bytes = 0
    has_scan = False
    while True:
        skipped, marker = _next_marker(stream)
        stray_bytes += 0 if has_scan else skipped
        if stray_bytes > MAX_STRAY_BYTES:
            raise refuse_parts("more stray bytes")
        if marker is None or (marker == _END and has_scan):
            return
        segments += 1
        if segments > MAX_JPEG_SEGMENTS:
            raise refuse_parts("more segments")
        if marker in _BARE_MARKERS:
            continue
        size = stream.read(2)
        if len(size) < 2:
            return
        length = max(0, int.from_bytes(size, "big") - 2)
        following = stream.tell() + length
        yield marker, length
        has_scan |= marker == _SCAN
        stream.seek(following)


def _add_metadata(exif: bytes, content: bytes) -> bytes:
    """Return `exif` with the EXIF of one more segment; check a list of images."""
    if content.startswith(b"MPF\0"):  # images in one file, listed as tags
        _check_tags(content[4:])
    elif content.startswith(EXIF_PREFIX):
        exif += content[len(EXIF_PREFIX) if exif else 0 :]  # as Pillow joins them
        if len(exif) > MAX_JPEG_EXIF_BYTES:
            raise refuse_parts("more EXIF")
    return exif


def _next_marker(stream: IO[bytes]) -> tuple[int, int | None]:
    """Find the next marker: the number of bytes before it, and its code; None at the end.

    Leaves the stream after the marker.
    """
    skipped = 0
    while True:
        block = stream.read(_BLOCK_BYTES)
        if found := _JPEG_MARKER.search(block):
            stream.seek(found.end() - len(block), os.SEEK_CUR)
            return skipped + found.start(), block[found.end() - 1]
        if len(block) < 2:
            return skipped, None
        skipped += len(block) - 1
        stream.seek(-1, os.SEEK_CUR)  # a marker may begin with the last byte


def _count_coefficient_bytes(frame: bytes) -> int:
    """Memory for all coefficients of a JPEG, from the content of its frame header."""
    if len(frame) < 6 or len(frame) < 6 + 3 * frame[5]:
        return 0
    height, width, components = struct.unpack_from(">xHHB", frame)
    sampling = [divmod(frame[7 + 3 * i], 16) for i in range(components)]
    largest = max((h for h, _ in sampling), default=0) * max((v for _, v in sampling), default=0)
    return 2 * width * height * sum(h * v for h, v in sampling) // max(1, largest)


def _check_tags(data: bytes) -> None:
    """Check the first directory of TIFF tags: the values that they name must not add up.

    Pillow copies the value of every tag, and many tags can name the same bytes.
    """
    start = 0
    while data.startswith(EXIF_PREFIX, start):
        start += len(EXIF_PREFIX)
        if start > 2 * len(EXIF_PREFIX):
            raise refuse_parts("more EXIF")
    order = byte_order(data, start)
    if data.startswith(b"+", start + 2):  # BigTIFF, which EXIF may not be
        raise refuse_parts("larger EXIF")
    total = 0
    for _, kind, count, value in read_tags(data, start):
        size = count * TIFF_TYPE_BYTES.get(kind, 0)
        if size > 4:
            [offset] = struct.unpack(f"{order}I", value)
            if start + offset + size > len(data):
                return  # Pillow stops here too
            total += size
            if total > MAX_JPEG_EXIF_BYTES:
                raise refuse_parts("larger EXIF")
