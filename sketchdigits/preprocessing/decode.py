"""An image in any form -> an array of pixels.

Enters: a PIL image, a NumPy array, a path, or the bytes of an encoded file.
Leaves: `(height, width, channels) uint8, 0-255`. The channels are 1: grey, 2: grey + alpha,
3: RGB, 4: RGBA; alpha is straight (not premultiplied). Larger images are averaged down to at most
2048 pixels a side.

The limits on what is decoded are the constants below.
"""

from __future__ import annotations

import io
import math
import os
import struct
from typing import IO, TypeAlias

import numpy as np
from PIL import Image, UnidentifiedImageError

from sketchdigits.errors import InvalidImageError
from sketchdigits.preprocessing.exif_orientation import apply_orientation
from sketchdigits.preprocessing.file_headers import check_headers

ImageInput: TypeAlias = Image.Image | np.ndarray | str | os.PathLike[str] | bytes

# Files in any other format are refused.
READABLE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
# Limits in pixels. `_check_size` applies them before anything is decoded.
MAX_SIDE = 8192
MAX_PIXELS = 4096 * 4096
# Photographs from phones have more pixels: a JPEG is decoded at half its size, which takes a
# quarter of the memory.
MAX_JPEG_PIXELS = 2 * MAX_PIXELS
# An image whose longer side has fewer pixels is refused.
MIN_LONGEST_SIDE = 8
# A decoded image with a longer side is averaged down to at most this: a digit needs far fewer.
MAX_DECODED_SIDE = 2048
# Rows of the result that are averaged at a time, to bound the memory.
_STRIP_ROWS = 64

# What Pillow raises for damaged or hostile files.
DECODER_FAULTS = (
    OSError,
    SyntaxError,  # a broken PNG chunk
    ValueError,
    EOFError,
    OverflowError,
    IndexError,
    MemoryError,
    NotImplementedError,
    TypeError,  # an EXIF value of the wrong type
    struct.error,  # the same
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def read_image(image: ImageInput) -> np.ndarray:
    """Return the pixels of `image` as `(height, width, 1|2|3|4) uint8, 0-255`.

    Encoded files may be PNG, JPEG, WebP, GIF or BMP, recognised by content. EXIF rotation is
    applied, and an animation gives its first frame. Arrays may be `(H, W)` or `(H, W, 1|2|3|4)`
    of uint8, uint16 (0-65535), bool, or float in 0-1. Larger images are averaged down to at most
    2048 pixels a side.

    Raises:
        InvalidImageError: the image can't be read, is empty, or is too small or too large.
    """
    if isinstance(image, np.ndarray):
        return _from_array(image)
    if isinstance(image, Image.Image):
        return _from_pil(image)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _from_encoded(io.BytesIO(image), "these bytes")
    if isinstance(image, (str, os.PathLike)):
        return _from_path(image)
    raise InvalidImageError(
        f"Can't read a {type(image).__name__} as an image. Pass a PIL image, a NumPy array, "
        "a path, or the bytes of an image file."
    )


def _from_path(path: str | os.PathLike[str]) -> np.ndarray:
    name = os.fspath(path)
    if not os.path.isfile(name):
        raise InvalidImageError(
            f"No image file at {name[:200]!r}. Check the path; addresses and data URIs are not "
            "opened: pass the file's bytes instead."
        )
    try:
        with open(name, "rb") as stream:
            return _from_encoded(stream, f"{os.path.basename(name)!r}")
    except PermissionError as error:
        raise InvalidImageError(f"Not allowed to read {name!r}: check its permissions.") from error


def _from_encoded(stream: IO[bytes], name: str) -> np.ndarray:
    try:
        check_headers(stream)
        with Image.open(stream, formats=READABLE_FORMATS) as opened:
            width, height = opened.size
            if opened.format == "JPEG" and MAX_PIXELS < width * height <= MAX_JPEG_PIXELS:
                opened.draft(opened.mode, (width // 2, height // 2))
            return _from_pil(opened)
    except InvalidImageError:
        raise
    except UnidentifiedImageError as error:
        raise InvalidImageError(
            f"Can't read {name} as an image: expected a PNG, JPEG, WebP, GIF or BMP file."
        ) from error
    except DECODER_FAULTS as error:
        raise InvalidImageError(
            f"Can't decode {name}: the image file is damaged, incomplete or far too large. "
            "Save it again as PNG, or draw again."
        ) from error


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise InvalidImageError(
            f"The image is empty ({width}x{height} pixels). Send one from 8x8 to 4096x4096 pixels."
        )
    if max(width, height) < MIN_LONGEST_SIDE:
        raise InvalidImageError(
            f"The image is too small to hold a digit ({width}x{height} pixels). "
            "Send one from 8x8 to 4096x4096 pixels."
        )
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise InvalidImageError(
            f"The image is too large ({width}x{height} pixels). Scale it to 4096x4096 or less."
        )


def _from_pil(image: Image.Image) -> np.ndarray:
    _check_size(*image.size)  # Pillow has not decoded any pixel yet
    try:
        if image.tell() != 0:  # `n_frames` would read all frames of a GIF
            image.seek(0)
        image.load()  # the EXIF of a PNG may follow its pixels
        image = apply_orientation(image)
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            return _shrink(Image.fromarray(_deep_grey_to_uint8(np.asarray(image))))
        mode = _target_mode(image)
        return _shrink(image if image.mode == mode else image.convert(mode))
    except InvalidImageError:
        raise
    except DECODER_FAULTS as error:
        raise InvalidImageError(
            "Can't decode the image: it is damaged or incomplete. Save it again as PNG."
        ) from error


def _target_mode(image: Image.Image) -> str:
    """Return the mode that keeps what `image` shows: L, LA, RGB or RGBA."""
    if "transparency" in image.info or image.mode in ("PA", "RGBa", "RGBA"):
        return "RGBA"
    if image.mode in ("LA", "La"):
        return "LA"
    return "L" if image.mode in ("1", "L") else "RGB"


def _shrink(image: Image.Image) -> np.ndarray:
    """L, LA, RGB or RGBA -> `(h, w, channels) uint8`, at most `MAX_DECODED_SIDE` pixels a side."""
    width, height = image.size
    factor = math.ceil(max(width, height) / MAX_DECODED_SIDE)
    if factor == 1:
        pixels = np.asarray(image)
    else:
        step = factor * _STRIP_ROWS
        strips = [
            image.crop((0, top, width, min(top + step, height))).reduce(factor)
            for top in range(0, height, step)
        ]
        pixels = np.concatenate([np.asarray(strip) for strip in strips])
    return pixels if pixels.ndim == 3 else pixels[..., None]


def _deep_grey_to_uint8(grey: np.ndarray) -> np.ndarray:
    """`(H, W)` of 16-bit, 32-bit or float grey -> `(H, W) uint8`.

    Full white is taken to be 1, 255 or 65535, depending on the type and the largest value.
    """
    low, high = grey.min(), grey.max()
    if not (np.isfinite(low) and np.isfinite(high) and low >= 0 and high <= 65535):
        raise InvalidImageError(
            "The image's grey values must be in 0-65535. Save it as an 8 or 16-bit PNG. "
            f"Received: {low:g} to {high:g}"
        )
    if grey.dtype.kind == "f" and high <= 1:
        full_scale = 1.0
    elif grey.dtype.itemsize == 2 or high > 255:
        full_scale = 65535.0
    else:
        full_scale = 255.0
    levels = np.empty(grey.shape, np.uint8)
    for top in range(0, len(grey), _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        levels[rows] = np.rint(grey[rows].astype(np.float64) * (255 / full_scale))
    return levels


def _from_array(array: np.ndarray) -> np.ndarray:
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4):
        raise InvalidImageError(
            "Expected an array of shape (H, W) or (H, W, 1|2|3|4). "
            f"Received: shape={array.shape if array.shape[-1:] != (1,) else array.shape[:-1]}"
        )
    _check_size(array.shape[1], array.shape[0])
    pixels = _to_uint8(array)
    if max(pixels.shape) <= MAX_DECODED_SIDE:
        return pixels
    return _shrink(Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels))


def _to_uint8(array: np.ndarray) -> np.ndarray:
    """`(H, W, channels)` of any supported dtype -> the same shape, uint8 in 0-255."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:  # in either byte order
        return np.rint(array / 257.0).astype(np.uint8)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise InvalidImageError(
                "The array holds NaN or infinite values. Replace them before predicting."
            )
        if array.min() < 0 or array.max() > 1:
            raise InvalidImageError(
                "A float array must be in 0-1; divide 0-255 values by 255 or pass them as uint8. "
                f"Received: {array.min():g} to {array.max():g}"
            )
        return np.rint(array * 255.0).astype(np.uint8)
    raise InvalidImageError(
        "Expected uint8, uint16, bool, or float in 0-1. Convert with `array.astype('uint8')`. "
        f"Received: dtype={array.dtype}"
    )
