"""What a visitor puts right is kept: whole, bounded, without traces of the visitor."""

import io
import json
import logging
import os
import re
import resource
import threading
import time

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from page.corrections import CorrectionsError, CorrectionsFullError, open_corrections
from sketchdigits import BlankDrawingError, InvalidImageError, Prediction, preprocess_drawing
from tests.conftest import run_python
from tests.hub_repository import Repository, validate_card
from tests.hub_server import TOKEN
from tests.polylines import draw

COMMIT = "0123456789abcdef" * 2 + "01234567"


@pytest.fixture
def answer(drawing) -> Prediction:
    """What a model might say: a 2, 82 % sure."""
    probabilities = np.full(10, 0.02, np.float32)
    probabilities[2] = 0.82
    return Prediction(probabilities, preprocess_drawing(drawing), digit_score=0.98765432)


@pytest.fixture
def opened(tmp_path):
    """Open corrections in a folder of the test's own."""
    stores = []

    def run(**environment):
        store = open_corrections({"FEEDBACK_DIR": str(tmp_path / "kept"), **environment})
        assert store is not None
        stores.append(store)
        return store

    yield run
    for store in stores:
        if store.sender and store.sender.started:
            wait_for(lambda store=store: store.sender.scheduler).stop()


def rows(folder) -> list[dict]:
    metadata = [path.read_text() for path in folder.rglob("metadata.jsonl")]
    return [json.loads(line) for text in metadata for line in text.splitlines()]


def files(folder) -> list:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_correction_is_kept_with_what_was_said_and_no_more(opened, drawing, answer, tmp_path):
    opened().save(drawing, 7, answer, "owner/name", COMMIT)
    [row] = rows(tmp_path / "kept")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", row.pop("date"))
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
    assert len(files(tmp_path / "kept")) == 2


def test_no_digit_is_a_label_and_of_a_model_in_a_folder_the_name_is_kept(
    opened, drawing, answer, tmp_path
):
    opened().save(drawing, None, answer, str(tmp_path / "model"), None)
    [row] = rows(tmp_path / "kept")
    assert row["label"] is None
    assert row["revision"] is None
    assert row["model"] == "model"


def test_nothing_is_created_before_the_first_correction(opened, tmp_path):
    opened()
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("value", ["off", "OFF", "0", "false", "No"])
def test_off_is_off(value, tmp_path):
    assert open_corrections({"FEEDBACK": value, "FEEDBACK_REPO": "nonsense"}) is None


def test_default_folder_is_in_the_current_one(drawing, answer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = open_corrections({})
    assert store is not None
    store.save(drawing, 7, answer, "owner/name", None)
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
def test_wrong_setting_is_named_at_the_start(variable, value):
    with pytest.raises(CorrectionsError, match=variable):
        open_corrections({variable: value})


def test_large_drawing_in_colours_is_scaled_down_and_still_read(opened, answer, tmp_path):
    large = draw(2, size=2000, ink=(0, 0, 200), ground=(250, 240, 90))
    opened().save(large, 2, answer, "owner/name", None)
    [kept] = (tmp_path / "kept").rglob("*.png")
    with Image.open(kept) as image:
        assert image.size == (512, 512)
        assert image.mode == "RGB"
    seen = preprocess_drawing(kept).astype(int)
    assert np.abs(seen - preprocess_drawing(large)).mean() < 4


def test_transparent_drawing_is_kept_in_grey_as_it_was_read(opened, answer, tmp_path):
    drawn = draw(2, ink=(0, 0, 0, 255), ground=(0, 0, 0, 0))
    opened().save(drawn, 2, answer, "owner/name", None)
    [kept] = (tmp_path / "kept").rglob("*.png")
    with Image.open(kept) as image:
        assert image.mode == "L"
    np.testing.assert_array_equal(preprocess_drawing(kept), preprocess_drawing(drawn))


def test_metadata_of_a_strangers_file_does_not_survive(opened, drawing, answer, tmp_path):
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
    opened().save(sent, 7, answer, "owner/name", None)
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
def test_what_is_no_drawing_is_not_kept(opened, answer, tmp_path, sent, error):
    with pytest.raises(error):
        opened().save(sent, 7, answer, "owner/name", None)
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("label", [10, -1, True, "7", 2.5])
def test_what_is_no_label_is_not_kept(opened, drawing, answer, tmp_path, label):
    with pytest.raises(CorrectionsError, match="from 0 to 9"):
        opened().save(drawing, label, answer, "owner/name", None)
    assert not (tmp_path / "kept").exists()


def test_folder_stays_below_its_bound_also_after_a_restart(opened, answer, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (100, 100), np.uint8)  # 10 kB
    for expected in (2, 0):  # a second process finds it full
        store = opened(FEEDBACK_MAX_MB="0.025")
        for _ in range(expected):
            store.save(noise, 7, answer, "owner/name", None)
        with pytest.raises(CorrectionsFullError, match="no more corrections can be kept"):
            store.save(noise, 7, answer, "owner/name", None)
    assert len(rows(tmp_path / "kept")) == 2
    assert sum(path.stat().st_size for path in files(tmp_path / "kept")) <= 25_000


def test_number_of_corrections_is_bounded(opened, drawing, answer, tmp_path, monkeypatch):
    monkeypatch.setattr("page.corrections.MAX_CORRECTIONS", 3)
    for expected in (3, 0):  # a second process finds it full
        store = opened()
        for _ in range(expected):
            store.save(drawing, 7, answer, "owner/name", None)
        with pytest.raises(CorrectionsFullError):
            store.save(drawing, 7, answer, "owner/name", None)
    assert len(rows(tmp_path / "kept")) == 3


def test_click_walks_through_no_folder(opened, drawing, answer, monkeypatch):
    store = opened()
    monkeypatch.setattr("os.walk", lambda folder: pytest.fail("walked"))
    store.save(drawing, 7, answer, "owner/name", None)


def test_two_visitors_at_once_leave_whole_lines(opened, drawing, answer, tmp_path):
    store = opened()

    def correct(label):
        for _ in range(50):
            store.save(drawing, label, answer, "owner/name", None)

    threads = [threading.Thread(target=correct, args=(label,)) for label in (3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = rows(tmp_path / "kept")
    assert sorted(row["label"] for row in found) == [3] * 50 + [4] * 50
    assert len({row["file_name"] for row in found}) == 100
    assert len(files(tmp_path / "kept")) == 101


def test_two_processes_share_a_folder_without_sharing_a_file(opened, drawing, answer, tmp_path):
    for store in (opened(), opened()):
        store.save(drawing, 7, answer, "owner/name", None)
    assert len([*(tmp_path / "kept").rglob("metadata.jsonl")]) == 2


def test_folder_that_cannot_be_written_is_a_clear_error(opened, drawing, answer, tmp_path):
    store = opened()
    (tmp_path / "kept").write_text("in the way")  # of root too, whom no permission stops
    with pytest.raises(CorrectionsError, match="the folder can't be written") as caught:
        store.save(drawing, 7, answer, "owner/name", None)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder_is_a_clear_error(opened, drawing, answer, tmp_path):
    (tmp_path / "kept").mkdir(mode=0o500)
    with pytest.raises(CorrectionsError, match="the folder can't be written"):
        opened().save(drawing, 7, answer, "owner/name", None)


@pytest.mark.parametrize(("limit", "kept"), [(150, 0), (900, 3)])
def test_full_disk_leaves_nothing_half_written(opened, answer, tmp_path, limit, kept):
    """A limit on files' sizes, which falls into the first drawing, or into the fourth line."""
    store = opened()
    small = np.zeros((28, 28), np.uint8)
    small[8:20, 8:20] = np.random.default_rng(0).integers(0, 256, (12, 12))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        for _ in range(kept):
            store.save(small, 7, answer, "owner/name", None)
        with pytest.raises(CorrectionsError, match="the disk is full"):
            store.save(small, 7, answer, "owner/name", None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(rows(tmp_path / "kept")) == kept
    left = {path.name for path in files(tmp_path / "kept")} - {"metadata.jsonl"}
    assert left == {row["file_name"] for row in rows(tmp_path / "kept")}
    store.save(small, 7, answer, "owner/name", None)  # once there is room again
    assert len(rows(tmp_path / "kept")) == kept + 1


def test_store_needs_no_gradio_and_without_a_dataset_nothing_that_sends():
    code = "import sys\nfrom page.corrections import open_corrections\nopen_corrections({})\n"
    code += "assert not {'gradio', 'page.corrections_sending', 'train'} & set(sys.modules)"
    done = run_python("-c", code)
    assert done.returncode == 0, done.stderr


def wait_for(condition):
    for _ in range(200):
        if found := condition():
            return found
        time.sleep(0.05)
    pytest.fail("it didn't come")


def sent_rows(repository: Repository) -> list[dict]:
    metadata = [
        content.decode()
        for name, content in repository.main.files.items()
        if re.fullmatch(r"data/[^/]+/metadata\.jsonl", name)
    ]
    return [json.loads(line) for text in metadata for line in text.splitlines()]


def test_corrections_reach_the_private_dataset(hub, logged_in, opened, drawing, answer):
    store = opened(FEEDBACK_REPO="owner/corrections")
    assert not hub.requests  # nothing to send, and nobody waits for the Hub
    store.save(drawing, 7, answer, "owner/name", None)
    wait_for(lambda: store.sender.scheduler)
    repository = hub.repositories["datasets/owner/corrections"]
    assert repository.private
    wait_for(lambda: len(sent_rows(repository)) == 1)
    store.save(drawing, None, answer, "owner/name", None)
    assert store.sender.scheduler.trigger().result() is not None
    assert [row["label"] for row in sent_rows(repository)] == [7, None]
    images = [name for name in repository.main.files if name.endswith(".png")]
    assert [image.rsplit("/", 1)[1] for image in images] == ["00001.png", "00002.png"]
    assert store.sender.scheduler.trigger().result() is None  # nothing new
    card = repository.main.files["README.md"].decode()
    assert validate_card(card)["errors"] == []
    for column in sent_rows(repository)[0]:
        assert f"- name: {'image' if column == 'file_name' else column}\n" in card


def test_card_of_the_owners_own_is_left_alone(hub, logged_in, opened, drawing, answer):
    repository = hub.repositories["datasets/owner/corrections"] = Repository()
    repository.commit({"README.md": b"mine"})
    store = opened(FEEDBACK_REPO="owner/corrections")
    store.save(drawing, 7, answer, "owner/name", None)
    wait_for(lambda: sent_rows(repository))
    assert repository.main.files["README.md"] == b"mine"


def test_what_an_earlier_process_could_not_send_is_sent(hub, logged_in, opened, drawing, answer):
    opened().save(drawing, 7, answer, "owner/name", None)
    opened(FEEDBACK_REPO="owner/corrections")
    repository = wait_for(lambda: hub.repositories.get("datasets/owner/corrections"))
    wait_for(lambda: sent_rows(repository))


def test_end_of_a_process_is_not_held_and_the_next_one_sends_the_rest(
    hub, logged_in, opened, tmp_path
):
    code = """
import os, time
import numpy as np
from page.corrections import open_corrections
from sketchdigits import Prediction
store = open_corrections(os.environ)
drawing = np.zeros((28, 28), np.uint8)
answer = Prediction(np.full(10, 0.1, np.float32), drawing)
store.save(drawing, 1, answer, "owner/name", None)
while not (store.sender.scheduler and store.sender.scheduler.last_uploaded):
    time.sleep(0.05)
store.save(drawing, 2, answer, "owner/name", None)
"""
    settings = {"FEEDBACK_DIR": str(tmp_path / "kept"), "FEEDBACK_REPO": "owner/corrections"}
    done = run_python("-c", code, env={**os.environ, **settings}, timeout=60)
    assert done.returncode == 0, done.stderr
    repository = hub.repositories["datasets/owner/corrections"]
    assert [row["label"] for row in sent_rows(repository)] == [1]
    opened(FEEDBACK_REPO="owner/corrections")
    wait_for(lambda: [row["label"] for row in sent_rows(repository)] == [1, 2])


@pytest.mark.parametrize("trouble", [503, 403, "drop", "hang", "login page", "no token"])
def test_hub_in_trouble_stops_nothing_and_loses_nothing(
    hub, opened, drawing, answer, *, tmp_path, monkeypatch, caplog, trouble
):
    monkeypatch.setattr("page.corrections_sending.TIMEOUT", 0.5)
    monkeypatch.setattr("page.corrections_sending.EVERY_MINUTES", 0.5 / 60)
    if trouble != "no token":
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        hub.misbehave(trouble)
    caplog.set_level(logging.WARNING)
    store = opened(FEEDBACK_REPO="owner/corrections")
    started = time.monotonic()
    store.save(drawing, 7, answer, "owner/name", None)
    assert time.monotonic() - started < 0.5
    warning = wait_for(lambda: [r for r in caplog.records if r.name == "sketchdigits"])[0]
    assert "kept here, but not sent" in warning.getMessage()
    for secret in (TOKEN, "127.0.0.1", str(tmp_path)):
        assert secret not in warning.getMessage()
    assert len(rows(tmp_path / "kept")) == 1

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.faults.clear()  # it comes back, and is asked again
    repository = wait_for(lambda: hub.repositories.get("datasets/owner/corrections"))
    wait_for(lambda: sent_rows(repository))


def test_push_that_hangs_is_not_joined_by_others(
    hub, logged_in, opened, drawing, answer, *, monkeypatch, caplog
):
    store = opened(FEEDBACK_REPO="owner/corrections")
    store.save(drawing, 7, answer, "owner/name", None)
    scheduler = wait_for(lambda: store.sender.scheduler)
    wait_for(lambda: sent_rows(hub.repositories["datasets/owner/corrections"]))
    monkeypatch.setattr("page.corrections_sending.TIMEOUT", 0.5)
    hub.misbehave("hang", at="/preupload/")
    store.save(drawing, 8, answer, "owner/name", None)
    assert [scheduler.trigger().result() for _ in range(3)] == [None] * 3
    assert len([path for path in hub.paths() if "/preupload/" in path]) == 3  # card, 7, and 8
    assert "it hangs" in caplog.text
    hub.faults.clear()
    hub.released.set()
