"""Corrections are stored completely, within a size limit, and without the visitor's address."""

import io
import os
import re
import resource
import threading
import time

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from page.corrections.errors import CorrectionsError, CorrectionsFullError
from page.corrections.store import open_corrections
from sketchdigits import BlankDrawingError, InvalidImageError, preprocess_drawing
from tests.conftest import run_python
from tests.support.corrections_store import files, new_address, rows
from tests.support.polylines import draw

COMMIT = "0123456789abcdef" * 2 + "01234567"


def test_correction_has_the_documented_fields_and_no_others(open_store, drawing, answer, tmp_path):
    open_store().save(drawing, 7, answer, "owner/name", COMMIT, address=new_address())
    [row] = rows(tmp_path / "kept")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", row.pop("date"))
    assert re.fullmatch(r"[0-9a-f]{16}", row.pop("client"))
    assert row == {
        "file_name": "00001.png",
        "label": 7,
        "answer": 2,
        "is_digit": True,
        "digit_score": 0.9877,
        "probabilities": [0.02, 0.02, 0.82, *[0.02] * 7],
        "model": "owner/name",
        "revision": COMMIT,
    }
    [kept] = (tmp_path / "kept").rglob("*.png")
    np.testing.assert_array_equal(preprocess_drawing(kept), preprocess_drawing(drawing))
    # With the salt of the clients' codes.
    assert len(files(tmp_path / "kept")) == 3


def test_label_may_be_none_and_a_model_folder_is_stored_by_its_name(
    open_store, drawing, answer, tmp_path
):
    open_store().save(drawing, None, answer, str(tmp_path / "model"), None, address=new_address())
    [row] = rows(tmp_path / "kept")
    assert row["label"] is None
    assert row["revision"] is None
    assert row["model"] == "model"


def test_nothing_is_created_before_the_first_correction(open_store, tmp_path):
    open_store()
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("value", ["off", "OFF", "0", "false", "No"])
def test_feedback_off_stores_nothing(value, tmp_path):
    assert open_corrections({"FEEDBACK": value, "FEEDBACK_REPO": "nonsense"}) is None


def test_default_folder_is_in_the_current_folder(drawing, answer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = open_corrections({})
    assert store is not None
    store.save(drawing, 7, answer, "owner/name", None, address=new_address())
    assert len(rows(tmp_path / "corrections" / "data")) == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FEEDBACK", "perhaps"),
        ("FEEDBACK_REPO", "name"),
        ("FEEDBACK_REPO", "https://huggingface.co/owner/name"),
        ("FEEDBACK_MAX_MB", "much"),
        ("FEEDBACK_MAX_MB", "0"),
        ("FEEDBACK_MAX_MB", "nan"),
        ("FEEDBACK_MAX_MB", "inf"),
        ("FEEDBACK_DIR", __file__),
    ],
)
def test_error_names_the_invalid_setting(variable, value):
    with pytest.raises(CorrectionsError, match=variable):
        open_corrections({variable: value})


def test_large_drawing_in_colour_is_scaled_down_and_still_read(open_store, answer, tmp_path):
    large = draw(2, size=2000, ink=(0, 0, 200), background=(250, 240, 90))
    open_store().save(large, 2, answer, "owner/name", None, address=new_address())
    [kept] = (tmp_path / "kept").rglob("*.png")
    with Image.open(kept) as image:
        assert image.size == (512, 512)
        assert image.mode == "RGB"
    seen = preprocess_drawing(kept).astype(int)
    assert np.abs(seen - preprocess_drawing(large)).mean() < 4


def test_transparent_drawing_is_stored_in_grey_as_it_was_read(open_store, answer, tmp_path):
    drawn = draw(2, ink=(0, 0, 0, 255), background=(0, 0, 0, 0))
    open_store().save(drawn, 2, answer, "owner/name", None, address=new_address())
    [kept] = (tmp_path / "kept").rglob("*.png")
    with Image.open(kept) as image:
        assert image.mode == "L"
    np.testing.assert_array_equal(preprocess_drawing(kept), preprocess_drawing(drawn))


def test_metadata_of_an_image_file_is_not_stored(open_store, drawing, answer, tmp_path):
    secret = "Kilroy was here"
    text = PngInfo()
    text.add_text("Comment", secret)
    exif = Image.Exif()
    exif[270] = secret  # ImageDescription
    encoded = io.BytesIO()
    Image.fromarray(drawing).save(
        encoded, "PNG", pnginfo=text, exif=exif, icc_profile=secret.encode(), dpi=(300, 300)
    )
    sent = encoded.getvalue() + secret.encode()
    open_store().save(sent, 7, answer, "owner/name", None, address=new_address())
    [kept] = (tmp_path / "kept").rglob("*.png")
    content = kept.read_bytes()
    assert secret.encode() not in content
    chunks = re.findall(rb"IHDR|IDAT|IEND|tEXt|zTXt|iTXt|eXIf|iCCP|pHYs|tIME", content)
    assert {*chunks} == {b"IHDR", b"IDAT", b"IEND"}
    with Image.open(kept) as image:
        assert image.info == {}


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"no image", InvalidImageError),
        (np.zeros((400, 400, 4), np.uint8), BlankDrawingError),
        ("/etc/hostname", TypeError),
    ],
)
def test_invalid_drawing_is_not_stored(open_store, answer, tmp_path, sent, error):
    with pytest.raises(error):
        open_store().save(sent, 7, answer, "owner/name", None, address=new_address())
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("label", [10, -1, True, "7", 2.5])
def test_invalid_label_is_not_stored(open_store, drawing, answer, tmp_path, label):
    with pytest.raises(CorrectionsError, match="from 0 to 9"):
        open_store().save(drawing, label, answer, "owner/name", None, address=new_address())
    assert not (tmp_path / "kept").exists()


def test_folder_stays_within_its_size_limit_after_a_restart(open_store, answer, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (100, 100), np.uint8)  # 10 kB
    for expected in (2, 0):  # a second process finds it full
        store = open_store(FEEDBACK_MAX_MB="0.025")
        for _ in range(expected):
            store.save(noise, 7, answer, "owner/name", None, address=new_address())
        with pytest.raises(CorrectionsFullError, match="limit on stored corrections"):
            store.save(noise, 7, answer, "owner/name", None, address=new_address())
    assert len(rows(tmp_path / "kept")) == 2
    assert sum(path.stat().st_size for path in files(tmp_path / "kept")) <= 25_000


def test_number_of_corrections_is_limited(open_store, drawing, answer, tmp_path, monkeypatch):
    monkeypatch.setattr("page.limits.MAX_CORRECTIONS", 3)
    for expected in (3, 0):  # a second process finds it full
        store = open_store()
        for _ in range(expected):
            store.save(drawing, 7, answer, "owner/name", None, address=new_address())
        with pytest.raises(CorrectionsFullError):
            store.save(drawing, 7, answer, "owner/name", None, address=new_address())
    assert len(rows(tmp_path / "kept")) == 3


def test_saving_does_not_scan_the_folder(open_store, drawing, answer, monkeypatch):
    store = open_store()
    monkeypatch.setattr("os.walk", lambda folder: pytest.fail("the folder was scanned"))
    store.save(drawing, 7, answer, "owner/name", None, address=new_address())


def test_two_visitors_at_the_same_time_leave_complete_lines(open_store, drawing, answer, tmp_path):
    store = open_store()

    def correct(label):
        for _ in range(50):
            store.save(drawing, label, answer, "owner/name", None, address=new_address())

    threads = [threading.Thread(target=correct, args=(label,)) for label in (3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = rows(tmp_path / "kept")
    assert sorted(row["label"] for row in found) == [3] * 50 + [4] * 50
    assert len({row["file_name"] for row in found}) == 100
    assert len(files(tmp_path / "kept" / "data")) == 101


def test_two_processes_write_different_files_in_one_folder(open_store, drawing, answer, tmp_path):
    for store in (open_store(), open_store()):
        store.save(drawing, 7, answer, "owner/name", None, address=new_address())
    assert len([*(tmp_path / "kept").rglob("metadata.jsonl")]) == 2


def test_folder_that_cannot_be_written_is_a_clear_error(open_store, drawing, answer, tmp_path):
    store = open_store()
    (tmp_path / "kept").write_text("in the way")  # stops root too, unlike permissions
    with pytest.raises(CorrectionsError, match="the disk is not writable") as caught:
        store.save(drawing, 7, answer, "owner/name", None, address=new_address())
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder_is_a_clear_error(open_store, drawing, answer, tmp_path):
    (tmp_path / "kept").mkdir(mode=0o500)
    with pytest.raises(CorrectionsError, match="the disk is not writable"):
        open_store().save(drawing, 7, answer, "owner/name", None, address=new_address())


@pytest.mark.parametrize(("limit", "kept"), [(150, 0), (900, 3)])
def test_full_disk_leaves_no_partial_correction(open_store, answer, tmp_path, limit, kept):
    """The limit on file sizes is reached in the first drawing, or in the fourth line."""
    store = open_store()
    small = np.zeros((28, 28), np.uint8)
    small[8:20, 8:20] = np.random.default_rng(0).integers(0, 256, (12, 12))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        for _ in range(kept):
            store.save(small, 7, answer, "owner/name", None, address=new_address())
        with pytest.raises(CorrectionsError, match="the disk is full"):
            store.save(small, 7, answer, "owner/name", None, address=new_address())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(rows(tmp_path / "kept")) == kept
    left = {path.name for path in files(tmp_path / "kept" / "data")} - {"metadata.jsonl"}
    assert left == {row["file_name"] for row in rows(tmp_path / "kept")}
    store.save(
        small, 7, answer, "owner/name", None, address=new_address()
    )  # once there is room again
    assert len(rows(tmp_path / "kept")) == kept + 1


def test_store_imports_no_gradio_and_without_a_dataset_no_uploader():
    code = "import sys\nfrom page.corrections.store import open_corrections\nopen_corrections({})\n"
    code += "assert not {'gradio', 'page.corrections.upload', 'train'} & set(sys.modules)"
    done = run_python("-c", code)
    assert done.returncode == 0, done.stderr


def test_unfinished_files_of_killed_processes_are_deleted_and_do_not_count(open_store, tmp_path):
    folder = tmp_path / "kept" / "data" / "20261125-1254-3f9a1c2b"
    folder.mkdir(parents=True)
    for name, age in ((".00001.png.part", 600), (".00002.png.part", 0), ("00003.png", 600)):
        (folder / name).write_bytes(bytes(100))
        os.utime(folder / name, (time.time() - age, time.time() - age))
    store = open_store()
    # Another process may still write the new one.
    assert sorted(path.name for path in folder.iterdir()) == [".00002.png.part", "00003.png"]
    assert (store._count, store._bytes) == (1, 200)
