"""Limits on the structure of an image file, checked before Pillow opens it.

Pillow and libjpeg spend time or memory on every segment, chunk, scan and tag, and a file needs only
a few bytes for each. Of an animated PNG or GIF, Pillow also fills whole images before it tells the
size. These functions skip from header to header without reading the content between, in time that
grows with the size of the file. They refuse what no camera or program writes. (jpeg_headers.py has
those for JPEG.)

Where a file is damaged they stop, or skip the same bytes as Pillow does, and leave it to Pillow to
say so.
"""

from __future__ import annotations

import os
import struct
from typing import IO

from sketchdigits.errors import InvalidImageError
from sketchdigits.preprocessing.image_limits import MAX_STRAY_BYTES, check_size, refuse_parts
from sketchdigits.preprocessing.jpeg_headers import check_jpeg

# Chunks with pixels, which most programs make 8 kB or more, and all others. A chunk of 1 kB with a
# compressed colour profile takes Pillow 2 ms.
MAX_PNG_PIXEL_CHUNKS = 65_536
MAX_PNG_OTHER_CHUNKS = 250
# Of an animation, Pillow makes two more images of this size when it opens the file.
MAX_ANIMATED_PNG_PIXELS = 2048 * 2048
# Blocks of up to 255 bytes before the first frame of a GIF. Pillow's time grows with the square of
# the number that belong to comments.
MAX_GIF_BLOCKS = 65_536
MAX_GIF_COMMENT_BLOCKS = 1_000

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_PIXELS = (b"IDAT", b"fdAT", b"fcTL")
# BMP: the place of the compression in the file, and its values for run lengths of 8 and 4 bits.
_BMP_COMPRESSION, _BMP_RUN_LENGTHS = 30, (1, 2)
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


def check_headers(stream: IO[bytes]) -> int:
    """Check an encoded image that begins at the stream's start; leaves the stream at its start.

    Returns:
        the bytes that Pillow takes beside the pixels, for the coefficients of a JPEG; else 0.

    Raises:
        InvalidImageError: the file has more of something than the limits above, or too many pixels.
    """
    start, extra_bytes = stream.read(_BMP_COMPRESSION + 4), 0
    stream.seek(8)
    if start.startswith(b"\xff\xd8\xff"):
        extra_bytes = check_jpeg(stream)
    elif start.startswith(_PNG_SIGNATURE):
        _check_png(stream)
    elif start.startswith((b"GIF87a", b"GIF89a")):
        _check_gif(stream, start)
    elif start.startswith(b"BM"):
        _check_bmp(start)
    stream.seek(0)
    return extra_bytes


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


def _check_png(stream: IO[bytes]) -> None:
    pixel_chunks = other_chunks = pixels = 0
    is_animated = False
    while len(header := stream.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        if kind == b"IEND":
            return
        if kind in _PNG_PIXELS:
            pixel_chunks += 1
        else:
            other_chunks += 1
        if pixel_chunks > MAX_PNG_PIXEL_CHUNKS or other_chunks > MAX_PNG_OTHER_CHUNKS:
            raise refuse_parts("more chunks")
        if kind == b"IHDR" and len(size := stream.read(min(8, length))) == 8:
            width, height = struct.unpack(">II", size)
            check_size(width, height)
            pixels = max(pixels, width * height)
            length -= 8
        is_animated |= kind == b"acTL"
        if is_animated and pixels > MAX_ANIMATED_PNG_PIXELS:
            raise InvalidImageError(
                "The image is too large for an animated PNG. Save it as a plain PNG, or scale it "
                "to 2048x2048 or less."
            )
        stream.seek(length + 4, os.SEEK_CUR)  # 4 bytes of checksum


def _check_gif(stream: IO[bytes], start: bytes) -> None:
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
                raise refuse_parts("more stray bytes")
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
                raise refuse_parts("more comments or extensions")
            if not block:
                break
            block = _read_gif_block(stream)
    frame = stream.read(8)
    if introducer == b"," and len(frame) == 8:  # a frame may be larger than the whole image
        left, top, width, height = struct.unpack("<4H", frame)
        whole_width, whole_height = struct.unpack_from("<HH", start, 6)
        check_size(max(whole_width, left + width), max(whole_height, top + height))


def _read_gif_block(stream: IO[bytes]) -> bytes:
    size = stream.read(1)
    return stream.read(size[0]) if size else b""


def _check_bmp(start: bytes) -> None:
    """Refuse run lengths, which Pillow reads in Python: 10 kB took it seconds."""
    compression = start[_BMP_COMPRESSION : _BMP_COMPRESSION + 4]
    if int.from_bytes(compression, "little") in _BMP_RUN_LENGTHS:
        raise InvalidImageError(
            "Can't read a BMP file that is compressed with run lengths. Save it again as PNG."
        )
