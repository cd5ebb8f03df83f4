"""Preprocessing many drawings at once: no image may depend on the others in its batch."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from sketchdigits import BlankDrawingError, InvalidImageError, preprocess_drawing
from sketchdigits.preprocessing.batch import MAX_BATCH_SIZE, preprocess_drawings
from sketchdigits.preprocessing.photo_or_drawing import is_photograph
from tests.support.polylines import draw


def small_drawings():
    """Drawings of many sizes, widths and positions; some have a frame, dust, noise or colour."""
    rng = np.random.default_rng(5)
    for index in range(60):
        drawing = draw(
            index % 10,
            size=int(rng.choice([12, 20, 28, 40, 63])),
            extent=float(rng.uniform(0.6, 0.9)),
            width=float(rng.uniform(0.05, 0.15)),
            position=tuple(rng.random(2)),
            **({"ink": (255,), "background": (0,)} if index % 3 else {}),
        )
        kind = index % 5
        if kind == 1:
            drawing[0] = drawing[-1] = drawing[:, 0] = drawing[:, -1] = 128
        elif kind == 2:
            drawing[-2, 2] = 128
        elif kind == 3:
            noise = rng.normal(0, 6, drawing.shape)
            drawing = np.clip(drawing + noise, 0, 255).astype(np.uint8)
        elif kind == 4:
            grey = drawing.reshape(drawing.shape[:2])
            drawing = np.stack([grey, grey // 2, 255 - grey], axis=2)
        yield drawing


def test_drawings_in_a_batch_come_out_as_they_would_alone():
    drawings = list(small_drawings())
    alone = np.stack([preprocess_drawing(drawing) for drawing in drawings])
    [together] = preprocess_drawings(drawings)
    # Sums computed in another order may be rounded differently.
    assert np.abs(together.astype(int) - alone).max() <= 1
    assert (together != alone).mean() < 0.001


def test_small_photographs_in_a_batch_come_out_as_they_would_alone():
    # Dark ink on paper in light that fades to the right, beside drawings of the same shape.
    light = np.linspace(1, 0.5, 40)
    drawn = [draw(digit, size=40, width=0.12, ink=(40,), background=(220,)) for digit in (2, 3, 5)]
    noise = np.random.default_rng(1).normal(0, 2, (40, 40))
    photographs = [np.clip(each * light + noise, 0, 255).astype(np.uint8) for each in drawn]
    assert all(is_photograph(photograph[..., None]) for photograph in photographs)
    images = [drawn[0], photographs[0], drawn[1], photographs[1], photographs[2], drawn[2]]
    [together] = preprocess_drawings(images)
    for seen, image in zip(together, images, strict=True):
        assert np.abs(seen.astype(int) - preprocess_drawing(image)).max() <= 1


def test_size_and_ink_of_one_drawing_do_not_affect_another():
    blur = ImageFilter.GaussianBlur(3)
    blurred = [
        np.asarray(Image.fromarray(draw(0, size=63, extent=extent)).filter(blur))
        for extent in (0.95, 0.3)
    ]
    faint = draw(3, size=63, ink=(225,), background=(255,), extent=0.7)
    faint[4, 4] = 0
    drawings = [faint, *blurred, 255 - faint]
    [together] = preprocess_drawings(drawings)
    for seen, drawing in zip(together, drawings, strict=True):
        assert np.abs(seen.astype(int) - preprocess_drawing(drawing)).max() <= 1


def test_order_is_kept_for_mixed_sizes():
    drawings = [
        draw(index % 10, size=90 if index % 7 == 0 else 28) for index in range(MAX_BATCH_SIZE + 44)
    ]
    batches = list(preprocess_drawings(iter(drawings)))
    assert [len(batch) for batch in batches] == [MAX_BATCH_SIZE, 44]
    seen = np.concatenate(batches)
    for index in (0, 1, 6, 7, 21, MAX_BATCH_SIZE, MAX_BATCH_SIZE + 43):
        assert np.abs(seen[index].astype(int) - preprocess_drawing(drawings[index])).max() <= 1


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (np.zeros((28, 28), np.uint8), BlankDrawingError),
        (np.zeros((300, 300), np.uint8), BlankDrawingError),
        (np.zeros((0, 5), np.uint8), InvalidImageError),
        ("no-such-file.png", InvalidImageError),
    ],
)
def test_error_names_the_index_of_the_bad_image(bad, error):
    drawings = [draw(7, size=28)] * (MAX_BATCH_SIZE + 3)
    drawings[MAX_BATCH_SIZE + 1] = bad
    with pytest.raises(error, match=f"^Image {MAX_BATCH_SIZE + 1}: "):
        list(preprocess_drawings(drawings))


def test_no_drawings_give_no_batches():
    assert list(preprocess_drawings([])) == []


def test_caller_may_reuse_one_array_for_all_images():
    def frames():
        frame = np.empty((28, 28), np.uint8)
        for digit in range(10):
            frame[:] = draw(digit, size=28)
            yield frame

    [seen] = preprocess_drawings(frames())
    assert len(np.unique(seen, axis=0)) == 10
