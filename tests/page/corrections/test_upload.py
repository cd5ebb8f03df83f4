"""Corrections are uploaded to a dataset on the Hub, by huggingface_hub's scheduler."""

import json
import logging
import os
import re
import time

import pytest

from tests.conftest import run_python
from tests.support.corrections_store import new_address, rows, wait_for
from tests.support.hub_repository import Repository, validate_card
from tests.support.hub_server import TOKEN


def uploaded_rows(repository: Repository) -> list[dict]:
    metadata = [
        content.decode()
        for name, content in repository.main.files.items()
        if re.fullmatch(r"data/[^/]+/metadata\.jsonl", name)
    ]
    return [json.loads(line) for text in metadata for line in text.splitlines()]


def test_corrections_reach_the_private_dataset(hub, logged_in, open_store, drawing, answer):
    store = open_store(FEEDBACK_REPO="owner/corrections")
    assert not hub.requests  # nothing to upload, so no request
    store.save(drawing, 7, answer, "owner/name", None, address=new_address())
    wait_for(lambda: store.uploader.scheduler)
    repository = hub.repositories["datasets/owner/corrections"]
    assert repository.private
    wait_for(lambda: len(uploaded_rows(repository)) == 1)
    store.save(drawing, None, answer, "owner/name", None, address=new_address())
    assert store.uploader.scheduler.trigger().result() is not None
    assert [row["label"] for row in uploaded_rows(repository)] == [7, None]
    images = [name for name in repository.main.files if name.endswith(".png")]
    assert [image.rsplit("/", 1)[1] for image in images] == ["00001.png", "00002.png"]
    assert store.uploader.scheduler.trigger().result() is None  # nothing new
    card = repository.main.files["README.md"].decode()
    assert validate_card(card)["errors"] == []
    for column in uploaded_rows(repository)[0]:
        assert f"- name: {'image' if column == 'file_name' else column}\n" in card


def test_existing_card_is_not_overwritten(hub, logged_in, open_store, drawing, answer):
    repository = hub.repositories["datasets/owner/corrections"] = Repository()
    repository.commit({"README.md": b"mine"})
    store = open_store(FEEDBACK_REPO="owner/corrections")
    store.save(drawing, 7, answer, "owner/name", None, address=new_address())
    wait_for(lambda: uploaded_rows(repository))
    assert repository.main.files["README.md"] == b"mine"


def test_corrections_of_an_earlier_process_are_uploaded(
    hub, logged_in, open_store, drawing, answer
):
    open_store().save(drawing, 7, answer, "owner/name", None, address=new_address())
    open_store(FEEDBACK_REPO="owner/corrections")
    repository = wait_for(lambda: hub.repositories.get("datasets/owner/corrections"))
    wait_for(lambda: uploaded_rows(repository))


def test_process_ends_without_waiting_and_the_next_one_uploads_the_rest(
    hub, logged_in, open_store, tmp_path
):
    code = """
import os, time
import numpy as np
from page.corrections.store import open_corrections
from sketchdigits import Prediction
store = open_corrections(os.environ)
drawing = np.zeros((28, 28), np.uint8)
answer = Prediction(np.full(10, 0.1, np.float32), drawing)
store.save(drawing, 1, answer, "owner/name", None, address="10.0.0.1")
while not (store.uploader.scheduler and store.uploader.scheduler.last_uploaded):
    time.sleep(0.05)
store.save(drawing, 2, answer, "owner/name", None, address="10.0.0.2")
"""
    settings = {"FEEDBACK_DIR": str(tmp_path / "kept"), "FEEDBACK_REPO": "owner/corrections"}
    done = run_python("-c", code, env={**os.environ, **settings}, timeout=60)
    assert done.returncode == 0, done.stderr
    repository = hub.repositories["datasets/owner/corrections"]
    assert [row["label"] for row in uploaded_rows(repository)] == [1]
    open_store(FEEDBACK_REPO="owner/corrections")
    wait_for(lambda: [row["label"] for row in uploaded_rows(repository)] == [1, 2])


@pytest.mark.parametrize("trouble", [503, 403, "drop", "hang", "login page", "no token"])
def test_failing_hub_stops_nothing_and_loses_nothing(
    hub, open_store, drawing, answer, *, tmp_path, monkeypatch, caplog, trouble
):
    monkeypatch.setattr("page.limits.CORRECTIONS_UPLOAD_TIMEOUT", 0.5)
    monkeypatch.setattr("page.limits.CORRECTIONS_UPLOAD_INTERVAL", 0.5 / 60)
    if trouble != "no token":
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        hub.misbehave(trouble)
    caplog.set_level(logging.WARNING)
    store = open_store(FEEDBACK_REPO="owner/corrections")
    started = time.monotonic()
    store.save(drawing, 7, answer, "owner/name", None, address=new_address())
    assert time.monotonic() - started < 0.5
    warning = wait_for(lambda: [r for r in caplog.records if r.name == "sketchdigits"])[0]
    assert "could not be uploaded" in warning.getMessage()
    for secret in (TOKEN, "127.0.0.1", str(tmp_path)):
        assert secret not in warning.getMessage()
    assert len(rows(tmp_path / "kept")) == 1

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.faults.clear()  # the Hub works again, and the upload is tried again
    repository = wait_for(lambda: hub.repositories.get("datasets/owner/corrections"))
    wait_for(lambda: uploaded_rows(repository))


def test_no_second_push_starts_while_one_hangs(
    hub, logged_in, open_store, drawing, answer, *, monkeypatch, caplog
):
    store = open_store(FEEDBACK_REPO="owner/corrections")
    store.save(drawing, 7, answer, "owner/name", None, address=new_address())
    scheduler = wait_for(lambda: store.uploader.scheduler)
    wait_for(lambda: uploaded_rows(hub.repositories["datasets/owner/corrections"]))
    monkeypatch.setattr("page.limits.CORRECTIONS_UPLOAD_TIMEOUT", 0.5)
    hub.misbehave("hang", at="/preupload/")
    store.save(drawing, 8, answer, "owner/name", None, address=new_address())
    assert [scheduler.trigger().result() for _ in range(3)] == [None] * 3
    assert len([path for path in hub.paths() if "/preupload/" in path]) == 3  # card, 7, and 8
    assert "it hangs" in caplog.text
    hub.faults.clear()
    hub.released.set()
