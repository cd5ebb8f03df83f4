"""The orientation of a photograph, from its EXIF: how a camera was held.

Pillow copies the value of every tag before it gives one, and many tags can name the same bytes: a
file of half a megabyte made it use 2.4 GB. Here no other value is read.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from PIL import ExifTags, Image

# A directory with more tags is read as far as this; cameras write fewer than 50.
MAX_TAGS = 1_000
# How to turn the pixels for each orientation; 1 needs nothing.
TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Where the rows of the turned image, from the top, are in the image; the others: from the top too.
_ROWS_FROM_LEFT = (Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270)
_ROWS_FROM_RIGHT = (Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90)
_ROWS_FROM_BOTTOM = (Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM)
EXIF_PREFIX = b"Exif\0\0"
# Types of TIFF values: an unsigned integer of 2 or 4 bytes.
_SHORT, _LONG = 3, 4
# Where Pillow keeps EXIF that an old program wrote into a PNG's text, in hexadecimal digits.
_EXIF_TEXT = "Raw profile type exif"
_XMP_ORIENTATION = r'tiff:Orientation(?:="|>)([0-9])'


def find_transpose(image: Image.Image) -> Image.Transpose | None:
    """How to turn a loaded image, from its EXIF or XMP; None if it says nothing."""
    return TRANSPOSES.get(read_orientation(image))


def turned_size(size: tuple[int, int], transpose: Image.Transpose | None) -> tuple[int, int]:
    """Width and height of an image of this size after it is turned."""
    return size[::-1] if transpose in (*_ROWS_FROM_LEFT, *_ROWS_FROM_RIGHT) else size


def turned_rows(
    image: Image.Image, transpose: Image.Transpose | None, top: int, end: int
) -> Image.Image:
    """Rows `top` to `end` of the turned image; the image itself if these are all its rows."""
    width, height = image.size
    if transpose in _ROWS_FROM_LEFT:
        box = (top, 0, end, height)
    elif transpose in _ROWS_FROM_RIGHT:
        box = (width - end, 0, width - top, height)
    elif transpose in _ROWS_FROM_BOTTOM:
        box = (0, height - end, width, height - top)
    else:
        box = (0, top, width, end)
    rows = image if box == (0, 0, width, height) else image.crop(box)
    return rows if transpose is None else rows.transpose(transpose)


def read_orientation(image: Image.Image) -> int:
    """The orientation of a loaded image, 1-8 in a sound file; 1 if it says nothing."""
    exif = image.info.get("exif")
    if exif is None and isinstance(text := image.info.get(_EXIF_TEXT), str):
        exif = bytes.fromhex("".join(text.split("\n")[3:]))
    if not isinstance(exif, bytes):
        # No EXIF to parse: Pillow looks for XMP, for what a caller set, or for a TIFF's own tags.
        return image.getexif().get(ExifTags.Base.Orientation, 1) if exif is None else 1
    found = _find_orientation(exif)
    return _find_in_xmp(image) if found is None else found


def _find_orientation(exif: bytes) -> int | None:
    start = 2 * len(EXIF_PREFIX) if exif.startswith(2 * EXIF_PREFIX) else 0
    start = start or (len(EXIF_PREFIX) if exif.startswith(EXIF_PREFIX) else 0)
    order = byte_order(exif, start)
    found = None
    for number, (tag, kind, count, value) in enumerate(read_tags(exif, start)):
        if number >= MAX_TAGS:
            break
        if tag == ExifTags.Base.Orientation and count == 1 and kind in (_SHORT, _LONG):
            [found] = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), value)
    return found


def byte_order(data: bytes, start: int) -> str:
    """The byte order of TIFF data that begins at `start`, as `struct` writes it."""
    return ">" if data.startswith(b"MM", start) else "<"


def read_tags(data: bytes, start: int) -> Iterator[tuple[int, int, int, bytes]]:
    """Read the first directory of TIFF data that begins at `start`; as far as it is complete.

    Yields:
        each tag's number, the type and count of its values, and the 4 bytes that hold the value,
        or the offset from `start` if it is longer.
    """
    if not data.startswith((b"II*\0", b"MM\0*", b"II\0*", b"MM*\0"), start):
        return
    order = byte_order(data, start)
    try:
        [offset] = struct.unpack_from(f"{order}I", data, start + 4)
        [count] = struct.unpack_from(f"{order}H", data, start + offset)
        for position in range(start + offset + 2, start + offset + 2 + 12 * count, 12):
            yield struct.unpack_from(f"{order}HHI4s", data, position)
    except struct.error:
        return


def _find_in_xmp(image: Image.Image) -> int:
    xmp = image.info.get("XML:com.adobe.xmp") or image.info.get("xmp")
    if isinstance(xmp, bytes):
        xmp = xmp.decode("latin-1")
    match = re.search(_XMP_ORIENTATION, xmp) if isinstance(xmp, str) else None
    return int(match[1]) if match else 1
