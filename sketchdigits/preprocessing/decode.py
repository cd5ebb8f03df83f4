"""An image in any form -> an array of pixels.

Enters: a PIL image, a NumPy array or tensor (see `array_input.py`), a path, or an encoded file: its
bytes or an open file.
Leaves: `(height, width, channels) uint8, 0-255`. The channels are 1: grey, 2: grey + alpha,
3: RGB, 4: RGBA; alpha is straight (not premultiplied). Larger images are averaged down to at most
2048 pixels a side.

The limits on what is decoded are the constants below, and those of `image_limits.py` and
`pillow_image.py`.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import IO, TypeAlias

import numpy as np
from PIL import Image, UnidentifiedImageError

from sketchdigits.errors import InvalidImageError
from sketchdigits.preprocessing.array_input import (
    SupportsArray,
    check_image_shape,
    to_plain_array,
    to_uint8,
)
from sketchdigits.preprocessing.file_headers import check_headers, describe_other_format
from sketchdigits.preprocessing.image_limits import MAX_PIXELS, check_size
from sketchdigits.preprocessing.pillow_image import (
    DECODER_FAULTS,
    MAX_DECODED_SIDE,
    from_pil,
    shrink,
)
from sketchdigits.preprocessing.tiff_directories import check_tiff

ImageInput: TypeAlias = (
    Image.Image | np.ndarray | SupportsArray | str | os.PathLike[str] | bytes | IO[bytes]
)
# Takes a number of bytes, and returns the context in which they may be used.
Reserve: TypeAlias = Callable[[int], AbstractContextManager[object]]

# Files in any other format are refused ...
READABLE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
# ... except that files which are named by a path may be in these too. A page passes the bytes of
# strangers' files, so its visitors can't reach these decoders.
LOCAL_FORMATS = ("TIFF", "AVIF")
# Pillow's names of a JPEG; MPO is one with several images, of which the first is read.
_JPEG_FORMATS = ("JPEG", "MPO")
# Photographs from phones have more pixels: a JPEG is decoded at half its size, which takes a
# quarter of the memory.
MAX_JPEG_PIXELS = 2 * MAX_PIXELS
# libwebp and Pillow together have four copies of all pixels.
MAX_WEBP_PIXELS = 2500 * 2500
# Memory that decoding one image takes. A JPEG that needs more is decoded at half its size.
MAX_DECODING_BYTES = 4 * MAX_JPEG_PIXELS
_BYTES_PER_PIXEL, _WEBP_BYTES_PER_PIXEL = 4, 16
# A file that can't be rewound, such as a response or a pipe, is copied into memory first: at most
# this many bytes, which hold 4096x4096 pixels of 16-bit RGBA without compression.
MAX_STREAM_BYTES = 160_000_000


def read_image(image: ImageInput, reserve: Reserve = nullcontext) -> np.ndarray:
    """Return the pixels of `image` as `(height, width, 1|2|3|4) uint8, 0-255`.

    Encoded files may be PNG, JPEG, WebP, GIF or BMP, recognised by content. If they are named by a
    path, they may also be TIFF or AVIF, and HEIC if pillow-heif is installed. EXIF rotation is
    applied, and an animation gives its first frame. An open file is read from its start, and stays
    open. Arrays, and what NumPy can convert to one, may be `(H, W)` or `(H, W, 1|2|3|4)` of uint8,
    bool, float in 0-1, or uint16 (0-65535, or 0-255 if no value is larger). Larger images are
    averaged down to at most 2048 pixels a side.

    Args:
        image: see above.
        reserve: called with the bytes that decoding an encoded file takes, according to its
            headers: at most `MAX_DECODING_BYTES`. It returns a context, in which the file is
            decoded. A server can so limit the memory of all images together.

    Raises:
        InvalidImageError: the image can't be read, is empty, or is too small or too large.
    """
    if isinstance(image, Image.Image):
        return from_pil(image)
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _from_encoded(io.BytesIO(image), "these bytes", reserve)
    if isinstance(image, (str, os.PathLike)):
        return _from_path(image, reserve)
    if hasattr(image, "__array__"):
        return _from_array(image)
    if hasattr(image, "read"):
        return _from_open_file(image, reserve)
    raise InvalidImageError(f"Can't read a {type(image).__name__} as an image. {_advice(image)}")


def find_shrinking(image: ImageInput, shape: tuple[int, ...]) -> float:
    """How many of the image's pixels lie along one pixel that `read_image` returned; at least 1.

    Args:
        image: what `read_image` has read. Of a stream that can't be rewound, the size isn't known
            any more: then it is 1.
        shape: of the result.
    """
    longer = max(shape[:2])
    if longer <= MAX_DECODED_SIDE // 2:
        return 1.0  # averaging by 2 gives more pixels
    size: tuple[int, ...] = ()
    if isinstance(image, Image.Image):
        size = image.size
    elif isinstance(image, (bytes, bytearray, memoryview)):
        size = _encoded_size(io.BytesIO(image))
    elif isinstance(image, (str, os.PathLike)):
        with open(image, "rb") as stream:
            size = _encoded_size(stream)
    elif hasattr(image, "__array__"):
        size = to_plain_array(image).shape[:2]
    elif image.seekable():
        image.seek(0)
        size = _encoded_size(image)
    return max(1.0, max(size, default=longer) / longer)


def _encoded_size(stream: IO[bytes]) -> tuple[int, ...]:
    """Width and height of a file that was decoded before; empty if it can't be opened again."""
    try:
        with Image.open(stream, formats=(*READABLE_FORMATS, *LOCAL_FORMATS)) as opened:
            return opened.size
    except DECODER_FAULTS:
        return ()


def _advice(image: object) -> str:
    if isinstance(image, (list, tuple)):
        return (
            "For several images, use `predict_batch`. For the pixels of one image, pass "
            "`np.array(pixels, 'uint8')` if they are in 0-255."
        )
    return "Pass a PIL image, a NumPy array, a path, an open file, or the bytes of an image file."


def _from_open_file(file: IO[bytes], reserve: Reserve) -> np.ndarray:
    try:
        start = file.read(0)
        if isinstance(start, bytes) and not _can_seek(file):
            content = file.read(MAX_STREAM_BYTES + 1)
            if len(content) > MAX_STREAM_BYTES:
                raise InvalidImageError(
                    f"The open file has more than {MAX_STREAM_BYTES:,} bytes. Save the image again "
                    "as PNG, or scale it to 4096x4096 pixels or less."
                )
            file = io.BytesIO(content)
    except InvalidImageError:
        raise
    except (OSError, ValueError) as error:  # closed, open for writing only, or broken
        raise InvalidImageError(
            f"Can't read this open file: {error}. Open it for reading, with mode 'rb', and pass it "
            "before it is closed."
        ) from error
    if not isinstance(start, bytes):
        raise InvalidImageError("The file is open as text. Open it with mode 'rb'.")
    return _from_encoded(file, "this open file", reserve)


def _can_seek(file: IO[bytes]) -> bool:
    if not file.seekable():
        return False
    file.seek(0)
    return True


def _from_path(path: str | os.PathLike[str], reserve: Reserve) -> np.ndarray:
    name = os.fspath(path)
    if not os.path.isfile(name):
        raise InvalidImageError(
            f"No image file at {name[:200]!r}. Check the path; addresses and data URIs are not "
            "opened: pass the file's bytes instead."
        )
    try:
        with open(name, "rb") as stream:
            return _from_encoded(stream, f"{os.path.basename(name)!r}", reserve, is_local=True)
    except PermissionError as error:
        raise InvalidImageError(f"Not allowed to read {name!r}: check its permissions.") from error
    except OSError as error:
        raise InvalidImageError(f"Can't open {name!r}: {error.strerror}.") from error


def _from_encoded(
    stream: IO[bytes], name: str, reserve: Reserve, *, is_local: bool = False
) -> np.ndarray:
    formats: tuple[str, ...] = READABLE_FORMATS
    try:
        extra_bytes = check_headers(stream)
        if is_local:
            kind = describe_other_format(stream)
            stream.seek(0)
            if kind == "TIFF":
                check_tiff(stream)
            formats += _register_heif() if kind == "HEIC" else LOCAL_FORMATS
        with Image.open(stream, formats=formats) as opened:
            if opened.format in _JPEG_FORMATS:
                _use_draft_if_large(opened, extra_bytes)
            check_size(*opened.size)
            pixels, per_pixel = math.prod(opened.size), _BYTES_PER_PIXEL
            if opened.format == "WEBP":
                per_pixel = _WEBP_BYTES_PER_PIXEL
                if pixels > MAX_WEBP_PIXELS:
                    raise InvalidImageError(
                        f"The image is too large for WebP ({opened.width}x{opened.height} pixels). "
                        "Save it as JPEG or PNG, or scale it to 2500x2500 or less."
                    )
            with reserve(extra_bytes + per_pixel * pixels):
                return from_pil(opened)
    except InvalidImageError:
        raise
    except UnidentifiedImageError as error:
        raise _explain_other_format(stream, name, is_local=is_local) from error
    except DECODER_FAULTS as error:
        raise InvalidImageError(
            f"Can't decode {name}: the image file is damaged, incomplete or far too large. "
            "Save it again as PNG, or draw again."
        ) from error


def _register_heif() -> tuple[str, ...]:
    """Let Pillow read HEIC, if pillow-heif is installed; return the names of its formats."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return ()
    register_heif_opener()
    return ("HEIF",)


def _explain_other_format(stream: IO[bytes], name: str, *, is_local: bool) -> InvalidImageError:
    kind, wanted = describe_other_format(stream), "expected a PNG, JPEG, WebP, GIF or BMP file."
    if kind is None:
        return InvalidImageError(f"Can't read {name} as an image: {wanted}")
    advice = {
        "empty": "Check where it comes from.",
        "HEIC": "Save it as JPEG. iPhones do so with Settings > Camera > Formats > Most "
        "Compatible.",
    }.get(kind, "Save it as PNG or JPEG.")
    if kind == "HEIC" and is_local:
        advice += " Or install pillow-heif: `pip install pillow-heif`."
    return InvalidImageError(
        f"Can't read {name} as an image: it is {kind}; {wanted} {advice}", kind
    )


def _use_draft_if_large(jpeg: Image.Image, coefficient_bytes: int) -> None:
    """Let a JPEG be decoded at half its size if it has very many pixels or takes much memory."""
    width, height = jpeg.size
    pixels = width * height
    if MAX_PIXELS < pixels <= MAX_JPEG_PIXELS or (
        pixels <= MAX_PIXELS and coefficient_bytes + _BYTES_PER_PIXEL * pixels > MAX_DECODING_BYTES
    ):
        jpeg.draft(jpeg.mode, (width // 2, height // 2))


def _from_array(array: SupportsArray) -> np.ndarray:
    channels = check_image_shape(to_plain_array(array))
    check_size(channels.shape[1], channels.shape[0])
    pixels = to_uint8(channels)
    if max(pixels.shape) <= MAX_DECODED_SIDE:
        return pixels
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return shrink(image, image.mode)
