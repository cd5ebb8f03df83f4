"""Limits on the directories of a TIFF, checked before Pillow opens it.

A directory lists tags, and any number of tags may name the same bytes of the file: Pillow reads
them once for each tag. The file may also be cut into millions of strips, or contain a JPEG, which
has limits of its own in `file_headers.py`.
"""

from __future__ import annotations

import os
import struct
from typing import IO

from sketchdigits.errors import InvalidImageError

# Tags of all directories that Pillow reads, and the bytes that they name. A scanner writes about 30
# tags; colour profiles and previews have up to a few megabytes.
MAX_TIFF_TAGS = 1_000
MAX_TIFF_VALUE_BYTES = 16_000_000
# Strips or tiles. One for each row, and for each of four channels.
MAX_TIFF_STRIPS = 32_768
# None, fax, LZW, deflate and PackBits; not JPEG and the newer ones.
TIFF_COMPRESSIONS = (1, 2, 3, 4, 5, 8, 32_773, 32_946)
# Bytes of one value of each type.
TIFF_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
TIFF_TYPE_BYTES |= {13: 4, 16: 8}

_COMPRESSION, _STRIPS, _TILES = 259, 273, 324
# The tags that name another directory: Exif, GPS and interoperability.
_DIRECTORIES = (34_665, 34_853, 40_965)
_BIG_TIFF = (b"II+\0", b"MM\0+")
_ADVICE = "Save it as PNG or JPEG."


def check_tiff(stream: IO[bytes]) -> None:
    """Check a TIFF that begins at the stream's start; leaves the stream at its start.

    Raises:
        InvalidImageError: it has more of something than the limits above, or another compression,
            or is cut short, about which Pillow only warns.
    """
    start = stream.read(8)
    if start.startswith(_BIG_TIFF):
        raise InvalidImageError(f"The image file is a BigTIFF, which is not read. {_ADVICE}")
    end = stream.seek(0, os.SEEK_END)
    order = ">" if start.startswith(b"MM") else "<"
    tags = value_bytes = strips = 0
    compression, is_cut = TIFF_COMPRESSIONS[0], False
    try:
        offsets = [struct.unpack_from(f"{order}I", start, 4)[0]]
        while offsets and tags <= MAX_TIFF_TAGS:
            stream.seek(offsets.pop())
            [count] = struct.unpack(f"{order}H", stream.read(2))
            for tag, kind, length, value in struct.iter_unpack(
                f"{order}HHI4s", stream.read(12 * count)
            ):
                tags += 1
                size = length * TIFF_TYPE_BYTES.get(kind, 0)
                value_bytes += size
                is_cut |= size > 4 and struct.unpack(f"{order}I", value)[0] + size > end
                if tag == _COMPRESSION:
                    [compression] = struct.unpack_from(f"{order}H", value)
                elif tag in (_STRIPS, _TILES):
                    strips = max(strips, length)
                elif tag in _DIRECTORIES:
                    offsets += struct.unpack(f"{order}I", value)
            is_cut |= len(stream.read(4)) < 4  # the offset of the next page
    except struct.error:
        is_cut = True
    stream.seek(0)
    if tags > MAX_TIFF_TAGS or value_bytes > MAX_TIFF_VALUE_BYTES or strips > MAX_TIFF_STRIPS:
        raise InvalidImageError(
            f"The image file has more tags or strips than any real TIFF. {_ADVICE}"
        )
    if compression not in TIFF_COMPRESSIONS:
        raise InvalidImageError(
            f"The image file is a TIFF with a compression ({compression}) that is not read. "
            f"{_ADVICE}"
        )
    if is_cut:
        raise InvalidImageError("The TIFF is damaged or incomplete. Save it again as PNG.")
