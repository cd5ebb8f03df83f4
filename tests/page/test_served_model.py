"""Which model the page serves, with and without a working Hub."""

import hashlib
import json
import os
import struct
import urllib.request
from dataclasses import replace

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from sklearn.datasets import load_digits

from page.served_model import (
    Notice,
    ServedModel,
    chosen_model,
    hub_timeout,
    load_served_model,
)
from sketchdigits import ModelPackageError
from sketchdigits.package.examples import MAX_EXAMPLE_BYTES, read_examples
from tests.conftest import EXAMPLE_LABELS, REPOSITORY
from tests.support.hub_repository import Repository
from tests.support.package_copies import needed_files
from tests.support.running_app import running_app

BUILTIN = REPOSITORY / "model"
SPACE_CARD = """---
sdk: gradio
preload_from_hub:
- owner/name sketchdigits.json,model.weights.h5 0123456789012345678901234567890123456789
---
# A Space
"""


def serve(revision=None, timeout=5.0):
    return load_served_model("owner/name", revision, BUILTIN, timeout=timeout)


def is_builtin(served) -> bool:
    return served.classifier.snapshot is None


def test_environment_chooses_before_the_space_card_before_the_builtin_model(tmp_path):
    card = tmp_path / "README.md"
    assert chosen_model({}, card, BUILTIN) == (str(BUILTIN), None)
    card.write_text(SPACE_CARD)
    assert chosen_model({}, card, BUILTIN) == ("owner/name", "0123456789" * 4)
    card.write_text(
        SPACE_CARD.replace(" sketchdigits.json,model.weights.h5 " + "0123456789" * 4, "")
    )
    assert chosen_model({}, card, BUILTIN) == ("owner/name", None)
    environment = {"MODEL_ID": "a/b", "MODEL_REVISION": ""}
    assert chosen_model(environment, card, BUILTIN) == ("a/b", None)
    assert chosen_model({}, REPOSITORY / "README.md", BUILTIN) == (str(BUILTIN), None)


def test_hub_timeout_is_set_by_the_environment():
    assert hub_timeout({}) == hub_timeout({"HUB_TIMEOUT": ""}) == 20
    assert hub_timeout({"HUB_TIMEOUT": "90"}) == 90
    for wrong in ("soon", "0", "-1", "inf", "nan", "1e9"):
        with pytest.raises(ValueError, match=f"HUB_TIMEOUT must be .* Received: '{wrong}'"):
            hub_timeout({"HUB_TIMEOUT": wrong})


def test_working_hub_needs_no_notice_and_provides_examples(published):
    served = serve()
    assert served.notice is None
    assert served.classifier.snapshot.commit == published.main.sha
    assert [example.label for example in served.examples] == EXAMPLE_LABELS


def test_report_has_the_figures_that_exist(hub, package_folder):
    (package_folder / "figures" / "rejection.png").unlink()  # like a tutorial's package
    repository = hub.repositories["models/owner/name"] = Repository()
    repository.commit_folder(package_folder)
    report = serve().report
    assert "MNIST test" in [score.name for score in report.scores]
    assert report.licence == "apache-2.0"
    assert set(report.figures) == {"confusion_matrix", "reliability", "accuracy"}


def test_preloaded_commit_is_served_without_the_hub(hub, published):
    """As on a Space, whose build downloads the files into the cache."""
    serve(published.main.sha)
    hub.requests.clear()
    served = serve(published.main.sha)
    assert served.notice is None
    assert [example.label for example in served.examples] == EXAMPLE_LABELS
    assert hub.requests == []


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (401, "hub_no_access"),
        (403, "hub_no_access"),
        (404, "hub_not_found"),
        (429, "hub_unavailable"),
        (500, "hub_unavailable"),
        (503, "hub_unavailable"),
        ("hang", "hub_unavailable"),
        ("drop", "hub_unavailable"),
        ("login page", "hub_unavailable"),
    ],
)
def test_builtin_model_is_served_with_a_notice_if_hub_and_cache_fail(hub, published, fault, cause):
    hub.misbehave(fault)
    served = serve(timeout=1.0 if fault == "hang" else 5.0)
    assert is_builtin(served)
    assert served.notice == Notice("owner/name", cause, "using_builtin_model")


@pytest.mark.parametrize("fault", [401, 404, 500, "hang"])
def test_cached_copy_is_served_with_a_notice_if_the_hub_fails(hub, published, fault):
    serve()
    hub.misbehave(fault)
    served = serve(timeout=1.0 if fault == "hang" else 5.0)
    assert served.classifier.snapshot.commit == published.main.sha
    assert served.notice
    assert (served.notice.model_id, served.notice.substitute) == ("owner/name", "using_cached_copy")
    assert [example.label for example in served.examples] == EXAMPLE_LABELS


def test_damaged_package_is_not_served(published):
    published.commit({"model.tflite": b"no weights"})
    served = serve()
    assert is_builtin(served)
    assert served.notice == Notice("owner/name", "package_damaged", "using_builtin_model")


def test_cached_commit_is_served_if_the_new_one_is_damaged(published):
    good = published.main.sha
    serve()
    published.commit({"model.tflite": b"no weights"})
    served = serve()
    assert served.classifier.snapshot.commit == good
    assert served.notice == Notice("owner/name", "package_damaged", "using_cached_copy")


def test_damaged_download_is_repeated_once(hub, published):
    hub.misbehave("wrong bytes", at="GET /storage/", times=1)
    served = serve(timeout=10)
    assert served.notice is None
    assert served.classifier.snapshot


@pytest.mark.parametrize("fault", [500, "hang", "wrong bytes"])
def test_model_is_served_if_its_examples_fail(hub, published, monkeypatch, fault):
    monkeypatch.setattr("page.limits.SHOWN_FILES_TIMEOUT", 1.0)
    # The Hub keeps files under their checksums.
    contents = [(BUILTIN / name).read_bytes() for name in needed_files()]
    networks = "|".join(hashlib.sha256(content).hexdigest()[:8] for content in contents)
    others = f"/tree/|GET /owner/name/resolve/.*/examples|GET /storage/(?!{networks})"
    hub.misbehave(fault, at=others)
    served = serve()
    assert served.notice is None
    assert served.classifier.snapshot
    assert len(served.examples) <= len(EXAMPLE_LABELS)


def test_incomplete_gallery_is_completed_at_the_next_start(hub, published):
    hub.misbehave(500, at="GET .*/00010-5.png|HEAD .*/00010-5.png")
    assert len(serve().examples) < len(EXAMPLE_LABELS)
    hub.faults.clear()
    assert [example.label for example in serve().examples] == EXAMPLE_LABELS


def test_start_fails_if_the_chosen_folder_is_not_a_package(tmp_path):
    with pytest.raises(ModelPackageError, match=r"No sketchdigits\.json"):
        load_served_model(str(tmp_path), None, BUILTIN)


def test_hostile_examples_are_not_shown(published, package_folder):
    examples = package_folder / "examples"
    Image.new("L", (65, 28)).save(examples / "00002-1.png")
    (examples / "00003-1.png").write_bytes(b"no image")
    padded = (examples / "00000-5.png").read_bytes() + b"\0" * MAX_EXAMPLE_BYTES
    (examples / "00004-1.png").write_bytes(padded)
    (examples / "00005-1.svg").write_text("<script/>")
    (examples / "00006-1.png").symlink_to("nowhere")
    os.mkfifo(examples / "00007-1.png")
    # A file for another plugin of Pillow, which doesn't support this variant.
    dds = b"DDS " + struct.pack("<II", 124, 0x1007) + struct.pack("<6I", 28, 28, 0, 0, 0, 0)
    dds += bytes(40) + struct.pack("<II4s", 32, 4, b"AAAA") + bytes(40)
    (examples / "00008-1.png").write_bytes(dds)
    (examples / "script-1.png").write_bytes((examples / "00000-5.png").read_bytes())
    assert [example.label for example in read_examples(package_folder)] == EXAMPLE_LABELS


def test_no_more_examples_are_downloaded_than_are_shown(hub, published, package_folder):
    raw = (package_folder / "examples" / "00000-5.png").read_bytes()
    published.commit({f"examples/{index:05d}-5.png": raw for index in range(100, 200)})
    assert len(serve().examples) == 20
    assert len([path for path in hub.paths() if path.startswith("HEAD") and "ples" in path]) <= 40


def page_text(url: str) -> str:
    with urllib.request.urlopen(f"{url}/config", timeout=10) as response:
        return json.dumps(json.load(response)["components"])


def test_page_without_the_hub_starts_and_shows_a_notice_and_answers(hub, drawing, tmp_path):
    hub.misbehave(503)
    Image.fromarray(drawing).save(tmp_path / "drawing.png")
    with running_app(tmp_path, MODEL_ID="owner/name") as url:
        assert "using_builtin_model" in page_text(url)
        client = Client(url, verbose=False)
        answer = client.predict(handle_file(tmp_path / "drawing.png"), api_name="/predict")
    assert answer["label"] == "2"
    log = (tmp_path / "log").read_text()
    assert "The Hub has a server error (503)" in log
    assert "Traceback" not in log


@pytest.mark.slow
def test_page_with_a_model_of_the_hub_shows_its_examples_and_no_notice(hub, published, tmp_path):
    environment = {"MODEL_ID": "owner/name", "MODEL_REVISION": published.main.sha}
    with running_app(tmp_path, **environment) as url:
        text = page_text(url)
    assert "examples_from_package" in text
    assert "using_builtin_model" not in text
    assert "using_cached_copy" not in text


def test_package_without_examples_shows_scikit_learns_digits(hub, package_folder, classifier):
    from page.ui.gallery import examples_to_show

    served = ServedModel(classifier, None, read_examples(package_folder), None, "name")
    examples, source = examples_to_show(served)
    assert [example.label for example in examples] == EXAMPLE_LABELS
    assert source == "package"
    examples, source = examples_to_show(replace(served, examples=[]))
    assert len(examples) == 20
    assert source == "sklearn"
    assert all(example.image.dtype == np.uint8 for example in examples)


def test_scikit_learns_digits_equal_load_digits():
    from page.ui.gallery import scikit_learn_digits

    images, labels = scikit_learn_digits(400)
    digits = load_digits()
    assert (images == np.rint(digits.images[:400] * (255 / 16))).all()
    assert (labels == digits.target[:400]).all()


def test_repository_of_another_kind_is_not_served(hub):
    hub.repositories["models/owner/name"] = Repository()
    assert is_builtin(serve())
