"""Limits on the structure of an image file, checked before Pillow opens it.

Pillow and libjpeg spend time or memory on every segment, chunk, scan and tag, and a file needs only
a few bytes for each. These functions skip from header to header without reading the content
between, in time that grows with the size of the file. They refuse what no camera or program writes.

Where a file is damaged they stop, or skip the same bytes as Pillow does, and leave it to Pillow to
say so.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from typing import IO

from sketchdigits.errors import InvalidImageError
from sketchdigits.preprocessing.exif_orientation import EXIF_PREFIX, byte_order, read_tags
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
# Chunks with pixels, which most programs make 8 kB or more, and all others. A chunk of 1 kB with a
# compressed colour profile takes Pillow 2 ms.
MAX_PNG_PIXEL_CHUNKS = 65_536
MAX_PNG_OTHER_CHUNKS = 250
# Blocks of up to 255 bytes before the first frame of a GIF. Pillow's time grows with the square of
# the number that belong to comments.
MAX_GIF_BLOCKS = 65_536
MAX_GIF_COMMENT_BLOCKS = 1_000
# Bytes that belong to nothing, in the header of a JPEG or GIF.
MAX_STRAY_BYTES = 65_536

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_PIXELS = (b"IDAT", b"fdAT", b"fcTL")
# In the data of a scan, 0xFF is followed by 0 or by the number of a restart.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SCAN, _END, _QUANTIZATION, _APP1, _APP2 = 0xDA, 0xD9, 0xDB, 0xE1, 0xE2
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xDE)
_PROGRESSIVE_FRAMES = (0xC2, 0xC6, 0xCA, 0xCE)
# Markers that no length follows.
_BARE_MARKERS = (*range(0x01, 0xC0), 0xC8, 0xD8, _END, *range(0xF0, 0xFE))
_BLOCK_BYTES = 16_384
# Formats that are not read: what a file of each begins with, at an offset.
_OTHER_FORMATS = (
    (0, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "TIFF"),
    (4, (b"ftypavif", b"ftypavis"), "AVIF"),
    (4, (b"ftyphe", b"ftypmif1", b"ftypmsf1"), "HEIC"),
    (0, (b"%PDF-",), "PDF"),
    (0, (b"\xff\x0a", b"\0\0\0\x0cJXL "), "JPEG XL"),
    (0, (b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  "), "JPEG 2000"),
    (0, (b"8BPS",), "a Photoshop file"),
    (0, (b"\0\0\1\0",), "an icon file"),
)


def check_headers(stream: IO[bytes]) -> None:
    """Check an encoded image that begins at the stream's start; leaves the stream at its start.

    Raises:
        InvalidImageError: the file has more of something than the limits above.
    """
    start = stream.read(8)
    if start.startswith(b"\xff\xd8\xff"):
        _check_jpeg(stream)
    elif start == _PNG_SIGNATURE:
        _check_png(stream)
    elif start.startswith((b"GIF87a", b"GIF89a")):
        _check_gif(stream)
    stream.seek(0)


def describe_other_format(stream: IO[bytes]) -> str | None:
    """What an encoded image that Pillow could not identify is, such as "TIFF"; None if unknown.

    Reads the stream from its start.
    """
    stream.seek(0)
    start = stream.read(512)
    if not start:
        return "empty"
    for offset, signatures, name in _OTHER_FORMATS:
        if start.startswith(signatures, offset):
            return name
    text = start.lower()
    if text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "SVG" if b"<svg" in text else "a web page" if b"<html" in text else None
    return None


def _refuse(what: str) -> InvalidImageError:
    return InvalidImageError(
        f"The image file has {what} than any real one. Save it again as PNG, or draw again."
    )


def _check_jpeg(stream: IO[bytes]) -> None:
    scans = table_bytes = components = coefficient_bytes = 0
    has_several_scans, exif = False, b""
    for marker, length in _walk_jpeg(stream):
        if marker == _QUANTIZATION or marker in _FRAMES:
            table_bytes += length
            if table_bytes > MAX_JPEG_TABLE_BYTES:
                raise _refuse("more tables")
        if marker in _FRAMES:
            frame = stream.read(length)
            components = frame[5] if len(frame) > 5 else 0
            coefficient_bytes = max(coefficient_bytes, _count_coefficient_bytes(frame))
            has_several_scans |= marker in _PROGRESSIVE_FRAMES
        elif marker == _SCAN:
            scans += 1
            if scans > MAX_JPEG_SCANS:
                raise _refuse("more scans")
            has_several_scans |= stream.read(1) != bytes([components])
        elif marker in (_APP1, _APP2) and not scans:
            exif = _add_metadata(exif, stream.read(length))
    if has_several_scans and coefficient_bytes > MAX_JPEG_COEFFICIENT_BYTES:
        raise InvalidImageError(
            "The image is too large for a progressive JPEG. Save it again as a baseline JPEG or "
            "as PNG, or scale it to half its size."
        )
    _check_tags(exif)


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
            raise _refuse("more stray bytes")
        if marker is None or (marker == _END and has_scan):
            return
        segments += 1
        if segments > MAX_JPEG_SEGMENTS:
            raise _refuse("more segments")
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
            raise _refuse("more EXIF")
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
            raise _refuse("more EXIF")
    order = byte_order(data, start)
    if data.startswith(b"+", start + 2):  # BigTIFF, which EXIF may not be
        raise _refuse("larger EXIF")
    total = 0
    for _, kind, count, value in read_tags(data, start):
        size = count * TIFF_TYPE_BYTES.get(kind, 0)
        if size > 4:
            [offset] = struct.unpack(f"{order}I", value)
            if start + offset + size > len(data):
                return  # Pillow stops here too
            total += size
            if total > MAX_JPEG_EXIF_BYTES:
                raise _refuse("larger EXIF")


def _check_png(stream: IO[bytes]) -> None:
    pixel_chunks = other_chunks = 0
    while len(header := stream.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        if kind == b"IEND":
            return
        if kind in _PNG_PIXELS:
            pixel_chunks += 1
        else:
            other_chunks += 1
        if pixel_chunks > MAX_PNG_PIXEL_CHUNKS or other_chunks > MAX_PNG_OTHER_CHUNKS:
            raise _refuse("more chunks")
        stream.seek(length + 4, os.SEEK_CUR)  # 4 bytes of checksum


def _check_gif(stream: IO[bytes]) -> None:
    """Walk to the first frame in the steps of Pillow's `GifImageFile`, so as to see the same."""
    stream.seek(10)
    flags = stream.read(3)[:1]
    if flags and flags[0] & 128:
        stream.seek(3 << (flags[0] & 7) + 1, os.SEEK_CUR)  # the palette
    stray_bytes = blocks = comment_blocks = 0
    while (introducer := stream.read(1)) not in (b"", b";", b","):
        if introducer != b"!":
            stray_bytes += 1
            if stray_bytes > MAX_STRAY_BYTES:
                raise _refuse("more stray bytes")
            continue
        label = stream.read(1)
        is_comment = label == b"\xfe"
        block = _read_gif_block(stream)
        if label == b"\xff" and block.startswith(b"NETSCAPE2.0"):
            block = _read_gif_block(stream)
        if not is_comment:
            block = _read_gif_block(stream)
        while True:
            blocks += 1
            comment_blocks += is_comment
            if blocks > MAX_GIF_BLOCKS or comment_blocks > MAX_GIF_COMMENT_BLOCKS:
                raise _refuse("more comments or extensions")
            if not block:
                break
            block = _read_gif_block(stream)


def _read_gif_block(stream: IO[bytes]) -> bytes:
    size = stream.read(1)
    return stream.read(size[0]) if size else b""
