"""Write PNGs of every colour type, bit depth and interlacing; Pillow reads them all but writes few.

Specification: ISO/IEC 15948. Adam7 is its interlacing scheme.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGBA: (8, 16),
}
KINDS = [(colour, depth) for colour, depths in DEPTHS.items() for depth in depths]
_SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
# The passes of Adam7: first row, first column, row step, column step.
_ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2)]
_ADAM7.append((1, 0, 2, 1))
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write_png(ink: np.ndarray, colour: int, depth: int, *, interlaced: bool = False) -> bytes:
    """Write `ink`, `(H, W) bool`, as a PNG: black where True, else white or transparent."""
    full = 2**depth - 1
    if colour == PALETTE:
        samples = np.where(ink, 1, 0)[..., None]
    else:
        grey = np.where(ink, 0, full)
        samples = np.repeat(grey[..., None], _SAMPLES[colour], axis=2)
        if colour in (GREY_ALPHA, RGBA):
            samples[..., -1] = np.where(ink, full, 0)
    passes = (
        [samples[row::down, column::right] for row, column, down, right in _ADAM7]
        if interlaced
        else [samples]
    )
    lines = b"".join(_pack_lines(part, depth) for part in passes if part.size)
    height, width = ink.shape
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    parts = [chunk(b"IHDR", header)]
    if colour == PALETTE:
        parts.append(chunk(b"PLTE", b"\xff\xff\xff\x00\x00\x00"))
    parts += [chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")]
    return _SIGNATURE + b"".join(parts)


def write_deep_png(grey: np.ndarray, colour: int, *, interlaced: bool, filter_type: int) -> bytes:
    """Write `grey`, `(H, W) uint8`, with 16 bits a sample; opaque. For very large images.

    With another `filter_type` than 0, the differences that it stands for are not computed: the
    image shows something else, and takes as long to read as any with this filter.
    """
    header = struct.pack(">IIBBBBB", *grey.shape[::-1], 16, colour, 0, 0, int(interlaced))
    compressor, pixels = zlib.compressobj(1), []
    for row, column, down, right in _ADAM7 if interlaced else [(0, 0, 1, 1)]:
        for line in grey[row::down, column::right]:
            samples = np.repeat(line.astype(">u2") * 257, _SAMPLES[colour]).reshape(len(line), -1)
            if colour in (GREY_ALPHA, RGBA):
                samples[:, -1] = 65_535
            pixels.append(compressor.compress(bytes([filter_type]) + samples.tobytes()))
    content = b"".join([*pixels, compressor.flush()])
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", content), chunk(b"IEND", b"")]
    return _SIGNATURE + b"".join(parts)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a PNG chunk with its length and checksum."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def bomb(width: int, height: int, colour: int = RGBA, depth: int = 8) -> bytes:
    """A PNG whose header claims a large size, with data for a hundredth of it."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    rows = zlib.compress(bytes(min(width * height * 4 // 100, 50_000_000)))
    return _SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _pack_lines(samples: np.ndarray, depth: int) -> bytes:
    """`(h, w, samples)` -> uncompressed image data, line by line."""
    height = len(samples)
    flat = samples.reshape(height, -1)
    if depth == 16:
        packed = flat.astype(">u2").view(np.uint8).reshape(height, -1)
    elif depth == 8:
        packed = flat.astype(np.uint8)
    else:
        bits = (flat[..., None] >> np.arange(depth)[::-1]) & 1
        packed = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    # Each line begins with its filter type: 0 for none.
    return np.pad(packed, ((0, 0), (1, 0))).tobytes()
