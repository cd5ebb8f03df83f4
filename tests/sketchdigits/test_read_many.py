"""`DigitClassifier.read_many`: many images, in order, lazily, with errors as answers."""

import gc
import itertools
import weakref

import numpy as np
import pytest
from PIL import Image

from sketchdigits import (
    BlankDrawingError,
    InvalidImageError,
    ModelPackageError,
    Prediction,
    SketchdigitsError,
)
from sketchdigits.preprocessing.batch import MAX_BATCH_SIZE
from sketchdigits.read_many import MAX_AWAITED_BATCH
from tests.support.polylines import draw

SMALL = [draw(digit, size=28, extent=0.7) for digit in range(10)]
BLANK = np.full((28, 28), 255, np.uint8)
LARGE_BLANK = np.full((200, 200), 255, np.uint8)


def test_answers_are_those_of_predict_in_order(classifier):
    images = [draw(digit, size=200) if digit % 3 else SMALL[digit] for digit in range(10)] * 30
    answers = list(classifier.read_many(images))
    assert len(answers) == 300 > MAX_BATCH_SIZE
    for answer, image in zip(answers, images[:10], strict=False):
        alone = classifier.predict(image)
        np.testing.assert_allclose(answer.probabilities, alone.probabilities, atol=1e-5)
        assert answer.verdict == alone.verdict
    assert [answer.label for answer in answers] == [answer.label for answer in answers[:10]] * 30


def test_bad_images_give_their_errors_and_the_others_are_read(classifier, tmp_path):
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n cut")
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    bad = {0: BLANK, 3: damaged, 4: tmp_path / "nowhere.png", 5: BLANK, 200: LARGE_BLANK, 299: heic}
    images = [bad.get(index, SMALL[index % 10]) for index in range(300)]
    answers = list(classifier.read_many(images))
    assert {i for i, answer in enumerate(answers) if isinstance(answer, SketchdigitsError)} == {
        *bad
    }
    for index, image in bad.items():
        with pytest.raises(SketchdigitsError) as expected:
            classifier.predict(image)
        assert type(answers[index]) is expected.type
        assert str(answers[index]) == str(expected.value)
    assert isinstance(answers[0], BlankDrawingError)
    assert answers[299].file_format == "HEIC"
    good = [answer.label for index, answer in enumerate(answers) if index not in bad]
    expected_labels = [classifier.predict(image).label for image in SMALL]
    assert good == [expected_labels[index % 10] for index in range(300) if index not in bad]


def test_every_image_of_a_batch_may_be_blank(classifier):
    answers = list(classifier.read_many([BLANK] * 20))
    assert [type(answer) for answer in answers] == [BlankDrawingError] * 20


def test_images_without_end_are_read_only_as_far_as_answers_are_wanted(classifier):
    taken = itertools.count()
    answers = classifier.read_many(SMALL[next(taken) % 10] for _ in itertools.count())
    first = list(itertools.islice(answers, 3))
    assert all(isinstance(answer, Prediction) for answer in first)
    answers.close()
    assert next(taken) < 100 * MAX_BATCH_SIZE


def test_answers_do_not_wait_for_images_that_come_slowly(classifier, monkeypatch):
    # Each image takes longer than a batch may.
    monkeypatch.setattr("sketchdigits.read_many.MAX_BATCH_SECONDS", 0.0)
    taken = []

    def images():
        for image in SMALL:
            taken.append(image)
            yield image

    for count, answer in enumerate(classifier.read_many(images()), start=1):
        assert isinstance(answer, Prediction)
        assert len(taken) == count
    assert len(taken) == 10 > MAX_AWAITED_BATCH


def test_kept_errors_do_not_keep_the_images_in_memory(classifier):
    references = []

    def images():
        for blank in (BLANK, LARGE_BLANK):
            image = blank.copy()
            references.append(weakref.ref(image))
            yield image

    answers = list(classifier.read_many(images()))
    gc.collect()
    assert len(answers) == 2
    assert [reference() is None for reference in references] == [True, True]


def test_error_of_the_iterable_itself_is_raised(classifier):
    def images():
        yield SMALL[1]
        raise RuntimeError("the camera is gone")

    with pytest.raises(RuntimeError, match="camera"):
        list(classifier.read_many(images()))


def test_model_without_a_finite_answer_ends_the_answers(classifier, monkeypatch):
    monkeypatch.setattr(
        classifier._runtime, "logits", lambda images: np.full((len(images), 10), np.nan)
    )
    with pytest.raises(ModelPackageError, match="no finite answer"):
        list(classifier.read_many(SMALL))


@pytest.mark.parametrize("image", ["drawing.png", b"7", Image.new("L", (28, 28))])
def test_single_image_is_refused_at_once(classifier, image):
    with pytest.raises(InvalidImageError, match=r"read_many takes a list of images"):
        classifier.read_many(image)


def test_no_images_give_no_answers(classifier):
    assert list(classifier.read_many([])) == []


def test_batch_error_keeps_the_format_of_the_file(classifier):
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    with pytest.raises(InvalidImageError, match=r"^Image 1: .*HEIC") as raised:
        classifier.predict_batch([SMALL[0], heic])
    assert raised.value.file_format == "HEIC"
