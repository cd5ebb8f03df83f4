"""The functions behind the page: inputs, corrections, gallery and tabs."""

import numpy as np
import pytest
from gradio.data_classes import ImageData

from page import limits
from page.corrections.errors import (
    CorrectionsDiskError,
    CorrectionsFullError,
    CorrectionsQuotaError,
    Quota,
)
from page.errors import Refusal
from page.served_model import load_served_model
from page.server.components import uploaded_path
from page.translations import CHINESE, ENGLISH
from page.ui.api_tab import CLIENT, CURL, LOCAL_ADDRESS, NUMBER_CURL, ONE_REQUEST_SNIPPETS, snippets
from page.ui.correction_panel import describe_failure
from page.ui.gallery import caption, predict_examples
from page.ui.model_tab import first_table, provenance
from page.ui.sketchpad import decode_drawing
from sketchdigits import BlankDrawingError, InvalidImageError
from sketchdigits.package.examples import Example, choose_telling
from tests.conftest import REPOSITORY
from tests.support.polylines import draw


@pytest.mark.parametrize(
    "sent",
    [
        "/etc/passwd",
        "data:text/html;base64,AAAA",
        "data:image/png;base64,???",
        "data:image/png;base64," + "A" * limits.MAX_DATA_URI_LENGTH,
    ],
)
def test_invalid_drawing_is_refused(sent):
    with pytest.raises(InvalidImageError, match="Draw again"):
        decode_drawing(sent)
    with pytest.raises(InvalidImageError, match="请重新写"):
        decode_drawing(sent, CHINESE)


@pytest.mark.parametrize("name", ["secret", "uploads/../secret", "uploads", "uploads/none"])
def test_photo_must_be_an_uploaded_file(tmp_path, name):
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    with pytest.raises(Refusal, match="Upload an image file"):
        uploaded_path(ImageData(path=str(tmp_path / name)), uploads)


def test_photo_is_the_uploaded_file(tmp_path):
    (tmp_path / "photo.png").write_bytes(b"photo")
    uploaded = str(tmp_path / "photo.png")
    assert uploaded_path(ImageData(path=uploaded), tmp_path) == uploaded
    assert uploaded_path(None, tmp_path) is None


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (CorrectionsFullError("limit"), "corrections_full"),
        (CorrectionsQuotaError(Quota.MINUTE), "corrections_too_fast"),
        (CorrectionsQuotaError(Quota.DAY), "corrections_enough_today"),
        (CorrectionsQuotaError(Quota.STORE), "corrections_enough"),
        (CorrectionsDiskError(disk_full=True), "correction_disk_full"),
        (CorrectionsDiskError(disk_full=False), "correction_not_written"),
        (BlankDrawingError("blank"), "ask_for_drawing"),
    ],
)
def test_sentence_tells_why_a_correction_could_not_be_stored(error, key):
    assert describe_failure(error, ENGLISH) == ENGLISH[key]
    assert describe_failure(error, CHINESE) == CHINESE[key]


def test_gallery_marks_right_and_wrong_answers_and_leaves_out_blank_images(classifier):
    examples = [
        Example(draw(7, size=28, ink=(255,), background=(0,)), 7),
        Example(np.zeros((28, 28), np.uint8), 0),
        Example(draw(7, size=28, ink=(255,), background=(0,)), 1),
    ]
    kept, readings = predict_examples(examples, classifier)
    assert [example.label for example in kept] == [7, 1]
    captions = [caption(*pair) for pair in zip(kept, readings, strict=True)]
    assert captions == ["7 ✓", "1 → 7 ✗"]


def test_gallery_shows_wrong_and_nearly_wrong_answers():
    labels = np.arange(40) % 10
    probabilities = np.full((40, 10), 0.01)
    probabilities[np.arange(40), labels] = 0.91
    wrong, doubtful = [11, 25], [30, 38]
    probabilities[wrong] = np.eye(10)[(labels[wrong] + 1) % 10]
    probabilities[doubtful, labels[doubtful]] = 0.5
    chosen = choose_telling(labels, probabilities, 20)
    assert chosen == sorted(chosen)
    assert len(set(chosen)) == 20
    assert {*wrong, *doubtful} <= {*chosen}
    assert {*labels[chosen]} == set(range(10))


def test_api_tab_shows_how_to_load_the_served_model():
    model = REPOSITORY / "model"
    served = load_served_model(str(model), None, model)
    text = snippets("https://example.org", served)
    assert text.count("https://example.org") == 10
    assert text.index("/api/predict") < text.index("gradio_client")
    assert "https://example.org/api/docs" in text
    assert 'from_pretrained("model")' in text
    assert "**model** · `sketch-cnn`" in provenance(served)


@pytest.mark.parametrize("code", [*ONE_REQUEST_SNIPPETS.values(), NUMBER_CURL, CLIENT, CURL])
def test_api_tab_and_docs_show_the_same_code(code):
    page = (REPOSITORY / "docs" / "serving.md").read_text()
    assert code.format(address=LOCAL_ADDRESS) in page


def test_api_tab_names_the_mcp_server_if_it_is_on(monkeypatch):
    model = REPOSITORY / "model"
    served = load_served_model(str(model), None, model)
    assert "mcp" not in snippets("https://example.org", served)
    monkeypatch.setenv("GRADIO_MCP_SERVER", "True")
    assert '"url": "https://example.org/gradio_api/mcp/"' in snippets("https://example.org", served)


def test_first_table_of_the_comparison_comes_with_its_note():
    text = "# Title\n\n| a |\n|---|\n| 1 |\n\nMeasured so.\n\n| b |\n|---|\n| 2 |"
    assert first_table(text) == "| a |\n|---|\n| 1 |\n\nMeasured so."
    assert first_table("nothing") == ""
