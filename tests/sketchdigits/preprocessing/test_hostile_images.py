"""Hostile files are refused quickly and cheaply; valid files of every kind give the same result."""

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sketchdigits import preprocess_drawing
from tests.conftest import run_python
from tests.support.png_writer import KINDS, write_png
from tests.support.polylines import draw

MUTANTS = 3_000
ADVICE = ("Send", "Scale", "Save", "expected", "Draw")
INK = draw(3, size=120, oversampling=1) < 128
PLAIN = np.where(INK, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """The output of `tests.support.try_hostile_images`."""
    folder = tmp_path_factory.mktemp("hostile")
    done = run_python("-m", "tests.support.try_hostile_images", folder, MUTANTS, timeout=400)
    assert done.returncode == 0, done.stderr[-2_000:]
    return json.loads(done.stdout)


def test_every_file_gives_an_answer_or_one_of_our_errors(tried):
    assert len(tried["cases"]) > MUTANTS + 500
    kinds = {kind for kind, _, _ in tried["cases"].values()}
    assert kinds == {"answer", "InvalidImageError", "BlankDrawingError"}


def test_errors_say_what_to_do_and_reveal_no_path(tried):
    for kind, message, _ in tried["cases"].values():
        if kind == "answer":
            continue
        assert any(word in message for word in ADVICE), message
        assert "/" not in message.replace("8x8 to", "")
        assert len(message) < 200


def test_no_file_takes_1_5_seconds_of_cpu_time_or_150_megabytes(tried):
    slowest = max(tried["cases"].items(), key=lambda case: case[1][2])
    assert slowest[1][2] < 1.5, slowest
    assert tried["megabytes"] < 150


@pytest.mark.slow
def test_largest_images_of_every_format_take_at_most_150_megabytes_and_1_5_seconds(tmp_path):
    """Memory above what the process had before, and CPU time: a digit, a number, the page."""
    done = run_python("-m", "tests.support.measure_large_images", tmp_path, timeout=1_200)
    assert done.returncode == 0, done.stderr[-2_000:]
    measured = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(measured) == 3 * 36
    for _, kind, megabytes, seconds in measured:
        assert kind in ("answer", "BlankDrawingError"), measured
        assert megabytes < 150, measured
        assert seconds < 1.5, measured


@pytest.mark.parametrize(
    "name",
    ["svg", "heic", "tiff", "postscript", "pdf", "ico", "empty", "text", "gif that is javascript"],
)
def test_unsupported_formats_are_refused(tried, name):
    assert "expected a PNG, JPEG, WebP, GIF or BMP" in tried["cases"][name][1]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("jpeg of 1,000 scans", "more scans"),
        ("jpeg of 40,000 exif segments", "more segments"),
        ("jpeg of a million segments", "more segments"),
        ("jpeg of 10 MB of nothing", "more stray bytes"),
        ("jpeg of 5 million channels", "more tables"),
        ("jpeg of tags with one value", "larger EXIF"),
        ("jpeg of images with one tag", "larger EXIF"),
        ("jpeg of cmyk, largest progressive", "too large for a progressive JPEG"),
        ("png of 600,000 chunks", "more chunks"),
        ("png of 600,000 empty chunks", "more chunks"),
        ("gif of 30,000 blocks of comment", "more comments"),
        ("gif of 10 MB of nothing", "more stray bytes"),
        ("png animated, 400 megapixels", "too large"),
        ("gif animated, 400 megapixels", "too large"),
        ("bmp of run lengths", "run lengths"),
    ],
)
def test_file_of_too_many_parts_is_refused_before_it_is_decoded(tried, name, part):
    kind, message, seconds = tried["cases"][name]
    assert kind == "InvalidImageError"
    assert part in message
    assert seconds < 0.5


@pytest.mark.parametrize("name", ["png of tags with one value", "gif of 1,600,000 frames"])
def test_parts_that_are_not_needed_are_not_read(tried, name):
    kind, answer, seconds = tried["cases"][name]
    assert (kind, answer) == ("answer", "3")
    assert seconds < 0.5


@pytest.mark.parametrize("name", ["png then a zip", "wrong checksum"])
def test_complete_image_is_read_despite_trailing_bytes_or_a_wrong_checksum(tried, name):
    assert tried["cases"][name][:2] == ["answer", "3"]


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colour", "depth"), KINDS)
def test_png_of_every_colour_type_and_depth_gives_the_same_image(colour, depth, interlaced):
    written = write_png(INK, colour, depth, interlaced=interlaced)
    np.testing.assert_array_equal(preprocess_drawing(written), preprocess_drawing(PLAIN))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "PA", "La", "RGBa"])
def test_every_pillow_mode_gives_the_same_image(mode):
    image = Image.fromarray(PLAIN)
    via = {"PA": "RGBA", "La": "LA", "RGBa": "RGBA", "CMYK": "RGB"}.get(mode)
    converted = (image.convert(via) if via else image).convert(mode)
    np.testing.assert_array_equal(preprocess_drawing(converted), preprocess_drawing(PLAIN))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("GIF", {"transparency": 255}),
        ("BMP", {}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_every_lossless_format_gives_the_same_image(kind, options):
    stream = io.BytesIO()
    Image.fromarray(PLAIN).save(stream, kind, **options)
    np.testing.assert_array_equal(preprocess_drawing(stream.getvalue()), preprocess_drawing(PLAIN))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_every_exif_orientation_is_applied(kind, orientation):
    inverse = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = Image.fromarray(PLAIN)
    if orientation in inverse:
        image = image.transpose(inverse[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    options: dict[str, dict[str, Any]] = {
        "WEBP": {"lossless": True},
        "JPEG": {"quality": 100, "subsampling": 0},
    }
    image.save(stream, kind, exif=exif, **options.get(kind, {}))
    assert_gives_the_same_image(stream.getvalue(), is_exact=kind != "JPEG")


def assert_gives_the_same_image(image, *, is_exact=True):
    """Compare with the plain drawing; within two grey levels if the format is lossy."""
    seen, expected = preprocess_drawing(image).astype(int), preprocess_drawing(PLAIN).astype(int)
    assert np.abs(seen - expected).max() <= (0 if is_exact else 2)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_of_every_mode_gives_the_same_image(mode):
    stream = io.BytesIO()
    image = Image.fromarray(PLAIN).convert("RGB").convert(mode)
    image.save(stream, "JPEG", quality=100, subsampling=0)
    assert_gives_the_same_image(stream.getvalue(), is_exact=False)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animation_gives_its_first_frame(kind):
    first, others = (
        Image.fromarray(PLAIN),
        [Image.fromarray(draw(8, size=120)), Image.new("L", (120, 120))],
    )
    stream = io.BytesIO()
    options = {"lossless": True} if kind == "WEBP" else {}
    first.save(stream, kind, save_all=True, append_images=others, **options)
    assert getattr(Image.open(io.BytesIO(stream.getvalue())), "n_frames", 1) == 3
    assert_gives_the_same_image(stream.getvalue())


@pytest.mark.parametrize("level", [0, 255])
def test_premultiplied_alpha_gives_nearly_the_same_image_as_straight_alpha(level):
    """Premultiplied colours are darker at the soft edges of the ink."""
    alpha = 255 - draw(3, size=120)
    straight = np.full((120, 120, 4), level, np.uint8)
    straight[..., 3] = alpha
    premultiplied = straight.copy()
    premultiplied[..., :3] = np.rint(straight[..., :3] * (alpha[..., None] / 255))
    seen, expected = (preprocess_drawing(each).astype(int) for each in (premultiplied, straight))
    assert np.abs(seen - expected).max() <= 20


def test_colours_of_fully_transparent_pixels_change_nothing():
    generator = np.random.default_rng(0)
    hidden = generator.integers(0, 256, (*PLAIN.shape, 4), dtype=np.uint8)
    hidden[..., 3] = np.where(INK, 255, 0)
    hidden[INK, :3] = 0
    np.testing.assert_array_equal(preprocess_drawing(hidden), preprocess_drawing(PLAIN))


def test_large_drawing_gives_the_same_image_as_at_half_its_size():
    large = np.kron(PLAIN, np.ones((32, 32), np.uint8))  # 3840 pixels a side
    seen, expected = preprocess_drawing(large), preprocess_drawing(large[::2, ::2])
    np.testing.assert_array_equal(seen, expected)
    np.testing.assert_array_equal(preprocess_drawing(Image.fromarray(large)), expected)
