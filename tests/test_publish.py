"""A model goes to the Hub by one command and comes back; the Hub is ours, the client is real."""

import json
import re
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from huggingface_hub import ModelCard, ModelCardData

from sketchdigits import (
    DigitClassifier,
    HubAccessError,
    HubConflictError,
    HubError,
    ModelPackageError,
)
from sketchdigits.hub_upload import upload_folder
from sketchdigits.known_answer import known_image
from tests.conftest import REPOSITORY
from tests.hub_repository import Repository, validate_card
from tests.hub_server import TOKEN
from train.__main__ import main
from train.card import render_model_card


@pytest.fixture
def publish(hub, logged_in, package_folder, capsys):
    """Run `python -m train publish` on the package; its exit status, and all that it printed."""

    def run(*options: str) -> tuple[int, str]:
        arguments = ["publish", "--repo-id", "owner/name", "--package", str(package_folder)]
        status = main([*arguments, *options])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("sketchdigits.hub_upload.ASK_TIMEOUT", 1.0)


def repository(hub) -> Repository:
    return hub.repositories["models/owner/name"]


def test_whole_package_arrives_in_one_commit(hub, publish, package_folder):
    status, printed = publish()
    assert status == 0, printed
    commit = repository(hub).main
    assert len(repository(hub).commits) == 2  # the repository's first, and ours
    sent = {name: raw for name, raw in commit.files.items() if name != ".gitattributes"}
    local = {
        path.relative_to(package_folder).as_posix(): path.read_bytes()
        for path in package_folder.rglob("*")
        if path.is_file()
    }
    assert sent.keys() == local.keys()
    assert {"metrics.json", "README.md", "figures/reliability.png", "examples/00000-5.png"} < {
        *sent
    }
    assert all(sent[name] == local[name] for name in sent if name != "README.md")
    assert commit.message == "Publish the model"


def test_commit_to_pin_and_page_are_printed(hub, publish):
    _, printed = publish("--message", "Better sevens")
    commit = repository(hub).main
    assert commit.message == "Better sevens"
    assert f'from_pretrained("owner/name", revision="{commit.sha}")' in printed
    assert f"/commit/{commit.sha}" in printed
    assert "files, in one commit" in printed


def test_token_is_neither_printed_nor_sent_along(hub, publish, capsys):
    _, printed = publish()
    assert TOKEN not in printed
    assert not any(TOKEN.encode() in raw for raw in repository(hub).main.files.values())


def test_publishing_twice_is_harmless(hub, publish):
    publish()
    first = repository(hub).main.sha
    status, printed = publish()
    assert status == 0
    assert repository(hub).main.sha == first
    assert first in printed
    assert "WARNING" not in printed


def test_new_package_replaces_the_old_and_leaves_other_files(hub, publish, package_folder):
    publish()
    repository(hub).commit({"notes.txt": b"ours", "figures/old.png": b"old"})
    (package_folder / "examples" / "00000-5.png").unlink()
    publish()
    files = repository(hub).main.files
    assert "notes.txt" in files
    assert "figures/old.png" not in files
    assert "examples/00000-5.png" not in files
    assert "examples/00001-8.png" in files


def test_stray_files_stay_at_home(hub, publish, package_folder):
    strays = (".env", "token", "figures/.DS_Store", "notes.md", "examples/passport.png")
    for name in strays:
        (package_folder / name).write_text(TOKEN)
    publish()
    assert not {*strays} & {*repository(hub).main.files}


def test_dry_run_shows_the_files_and_asks_nobody(hub, publish):
    status, printed = publish("--dry-run")
    assert status == 0
    assert "model.weights.h5" in printed
    assert "examples/00001-8.png" in printed
    assert "nothing was sent" in printed
    assert hub.requests == []


def test_branch_is_published_to_and_main_left_alone(hub, publish):
    publish()
    main_before = repository(hub).main.sha
    repository(hub).commit({"README.md": b"older"})
    status, _ = publish("--revision", "next")
    assert status == 0
    assert repository(hub).branches["next"] != main_before
    assert repository(hub).main.files["README.md"] == b"older"
    assert DigitClassifier.from_pretrained("owner/name", revision="next")


def test_commit_is_no_place_to_publish_to(hub, publish):
    status, printed = publish("--revision", "0" * 40)
    assert status == 1
    assert "Name a branch" in printed


def test_repository_without_any_commit_is_published_to(hub, publish):
    owned = hub.repositories["models/owner/name"] = Repository()
    owned.branches.clear()
    assert publish()[0] == 0
    assert "model.weights.h5" in repository(hub).main.files


def test_private_repository_stays_private(hub, publish):
    status, _ = publish("--private")
    assert status == 0
    assert repository(hub).private


def test_private_model_is_not_sent_to_a_public_repository(hub, publish):
    hub.repositories["models/owner/name"] = Repository()
    status, printed = publish("--private")
    assert status == 1
    assert "is public: nothing was published" in printed
    assert len(repository(hub).commits) == 1


def test_login_is_asked_for(hub, publish, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    status, printed = publish()
    assert status == 1
    assert "hf auth login" in printed
    assert hub.repositories == {}


def test_token_from_a_file_is_used(hub, publish, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    (tmp_path / "token").write_text(TOKEN + "\n")
    status, printed = publish("--token", str(tmp_path / "token"))
    assert status == 0, printed
    assert TOKEN not in printed


def test_token_typed_at_the_prompt_is_used(hub, publish, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("getpass.getpass", lambda prompt: TOKEN)
    assert publish("--token")[0] == 0


def test_nobody_to_ask_for_a_token_is_said(publish, monkeypatch):
    def nobody(prompt):
        raise EOFError

    monkeypatch.setattr("getpass.getpass", nobody)
    status, printed = publish("--token")
    assert status == 1
    assert "nobody here to ask" in printed
    assert publish("--token", "--dry-run")[0] == 0


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "soon"])
def test_timeout_that_is_none_is_refused_at_once(publish, timeout):
    with pytest.raises(SystemExit):
        publish("--timeout", timeout)


def test_card_names_the_data_that_the_model_saw():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    metrics["training"]["data"] = ["digits"]
    metrics["training"]["data_sizes"] = {"digits": {"train": 1197, "validation": 300}}
    card = render_model_card(metrics)
    credit = card.split("**Data and credit.**")[1].split("\n## ")[0]
    assert "MNIST" not in credit
    assert "Pen strokes" not in credit
    assert "set only" not in credit
    assert "ylecun/mnist" not in card.split("model-index")[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Can't read a token"),
        ("", "is empty"),
        ("two words", "character that no token has"),
        ("tökén", "character that no token has"),
    ],
)
def test_bad_token_file_is_said_without_showing_it(publish, tmp_path, content, message):
    if content is not None:
        (tmp_path / "token").write_text(content)
    status, printed = publish("--token", str(tmp_path / "token"))
    assert status == 1
    assert message in printed
    assert "two words" not in printed
    assert "tökén" not in printed


def test_token_on_the_command_line_is_refused_unseen(publish):
    status, printed = publish("--token", TOKEN)
    assert status == 1
    assert "never the token" in printed
    assert TOKEN not in printed


def test_somebody_elses_name_is_refused(hub, logged_in, package_folder):
    with pytest.raises(HubAccessError, match="hf auth login"):
        upload_folder(package_folder, "stranger/name", commit_message="mine")


def test_incomplete_package_is_not_published(hub, publish, package_folder):
    (package_folder / "metrics.json").unlink()
    status, printed = publish()
    assert status == 1
    assert "no metrics.json" in printed
    assert hub.requests == []


def test_damaged_package_is_not_published(hub, publish, package_folder):
    (package_folder / "model.weights.h5").write_bytes(b"no weights")
    status, printed = publish()
    assert status == 1
    assert "is damaged" in printed
    assert hub.requests == []


@pytest.mark.parametrize("content", ["garbage", "{}", None])
def test_package_that_stock_keras_cannot_load_is_not_published(
    hub, publish, package_folder, content
):
    config = package_folder / "config.json"
    if content is None:  # another network, of the same shapes
        content = config.read_text().replace("0.00392156862745098", "0.1")
        assert content != config.read_text()
    config.write_text(content)
    status, printed = publish()
    assert status == 1
    assert "Keras can't load" in printed or "Keras reads" in printed
    assert hub.requests == []


def test_metrics_of_something_else_are_said(hub, publish, package_folder):
    (package_folder / "metrics.json").write_text("{}")
    status, printed = publish()
    assert status == 1
    assert "is not what `evaluate` wrote" in printed


def test_package_without_a_gallery_leaves_the_one_on_the_hub(hub, publish, package_folder):
    publish()
    shutil.rmtree(package_folder / "examples")
    (package_folder / "metadata.json").write_text((package_folder / "metadata.json").read_text())
    status, printed = publish()
    assert status == 0
    assert "the Hub keeps what it has" in printed
    assert "examples/00000-5.png" in repository(hub).main.files


@pytest.mark.parametrize("repo_id", ["lonely", "a/b/c", "", "../x"])
def test_id_without_an_owner_creates_nothing(hub, logged_in, package_folder, repo_id):
    with pytest.raises(ModelPackageError, match="is no Hub id"):
        upload_folder(package_folder, repo_id, commit_message="mine")
    assert hub.requests == []


@pytest.mark.parametrize("kind", ["drop", "hang", 500, 503, 403, "login page"])
@pytest.mark.parametrize(
    "at", ["/preupload/", "/objects/batch", "PUT /storage/", "POST .*/commit/"]
)
@pytest.mark.usefixtures("logged_in", "impatient")
def test_failure_while_sending_leaves_the_old_package(hub, tmp_path, kind, at):
    # Not twice the same: a client that another test gave up on may still store it.
    content = f"{kind} {at}".encode()
    for name in ("model.weights.h5", "notes.txt"):
        (tmp_path / name).write_bytes(content)
    old = hub.repositories["models/owner/name"] = Repository()
    old.commit({"model.weights.h5": b"old", "notes.txt": b"old"})
    before = old.main
    hub.misbehave(kind, at=at)
    with pytest.raises(HubError, match=r"never half|Your token") as caught:
        upload_folder(tmp_path, "owner/name", commit_message="mine")
    assert old.main == before
    assert "unexpected" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    hub.faults.clear()
    upload_folder(tmp_path, "owner/name", commit_message="mine")
    assert old.main.files["model.weights.h5"] == content


@pytest.mark.parametrize("kind", ["drop", "hang", 500, 503, 429, "login page"])
@pytest.mark.usefixtures("impatient")
def test_silent_hub_is_given_up_before_anything_is_sent(hub, publish, kind):
    hub.misbehave(kind)
    status, printed = publish()
    assert status == 1
    assert "Publish again" in printed
    assert hub.repositories == {}


def test_command_ends_though_a_request_hangs(hub, logged_in, package_folder):
    hub.misbehave("hang", at="PUT /storage/")
    arguments = ["publish", "--repo-id", "owner/name", "--package", str(package_folder)]
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "train", *arguments, "--timeout", "2"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "it hangs" in done.stderr
    assert time.monotonic() - started < 20


def test_answer_lost_after_the_commit_is_no_harm(hub, publish):
    """The Hub commits, and the connection breaks off before it can say so."""
    hub.misbehave("lost answer", at="/commit/")
    status, printed = publish()
    assert status == 1
    assert "never half. Publish again" in printed
    whole = repository(hub).main
    assert "model.weights.h5" in whole.files
    hub.faults.clear()
    assert publish()[0] == 0
    assert repository(hub).main == whole


def test_concurrent_publication_wins_and_is_kept(hub, publish, package_folder):
    publish()
    theirs = b"theirs"
    hub.before_commit = lambda: repository(hub).commit({"model.weights.h5": theirs})
    (package_folder / "metrics.json").write_text(
        (package_folder / "metrics.json").read_text() + "\n"
    )
    status, printed = publish()
    assert status == 1
    assert "Somebody else changed" in printed
    assert repository(hub).main.files["model.weights.h5"] == theirs


def test_conflict_has_a_type_of_its_own(hub, logged_in, package_folder):
    owned = hub.repositories["models/owner/name"] = Repository()
    hub.before_commit = lambda: owned.commit({"README.md": b"theirs"})
    with pytest.raises(HubConflictError):
        upload_folder(package_folder, "owner/name", commit_message="mine")


def test_card_is_valid_and_its_results_are_those_of_metrics(hub, publish):
    publish()
    text = repository(hub).main.files["README.md"].decode()
    card = ModelCard(text)
    assert isinstance(card.data, ModelCardData)
    card.validate()
    assert validate_card(text)["errors"] == []
    assert card.data.library_name == "keras"
    assert card.data.pipeline_tag == "image-classification"
    assert card.data.license == "apache-2.0"
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    results = card.data.eval_results or []
    published = {result.dataset_config: result.metric_value for result in results}
    assert published == {name: score["accuracy"] for name, score in metrics["test"].items()}


def test_hub_that_refuses_the_card_is_quoted_by_a_clear_error(hub, logged_in, package_folder):
    (package_folder / "README.md").write_text("---\nlicense: none-such\n---\n# A card\n")
    with pytest.raises(HubError, match=r'(?s)refuses the card.*"license" must be'):
        upload_folder(package_folder, "owner/name", commit_message="mine")
    assert len(repository(hub).commits) == 1


def test_committed_card_is_the_template_filled_from_metrics():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    assert (REPOSITORY / "model" / "README.md").read_text() == render_model_card(metrics)


def test_card_runs_as_printed(hub, publish, tmp_path):
    """Every Python block, in one process after the other: the three ways of loading."""
    publish()
    text = repository(hub).main.files["README.md"].decode()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 4
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env={**dict(__import__("os").environ), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ours, stock, folder = done.stdout.strip().splitlines()[-3:]
    assert ours.startswith("[(7, 0.9")
    assert stock == "[1]"
    assert "7" in folder


def test_command_publishes_and_all_three_ways_of_loading_agree(hub, logged_in, package_folder):
    import keras
    from huggingface_hub import snapshot_download

    arguments = ["publish", "--repo-id", "owner/name", "--package", str(package_folder)]
    done = subprocess.run(
        [sys.executable, "-m", "train", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    seen = known_image()[None]
    ours = DigitClassifier.from_pretrained("owner/name").network.predict(seen, verbose=0)
    stock = keras.saving.load_model("hf://owner/name").predict(seen, verbose=0)
    plain = DigitClassifier.from_pretrained(snapshot_download("owner/name"))
    np.testing.assert_allclose(stock, ours, atol=1e-6, rtol=0)
    np.testing.assert_allclose(plain.network.predict(seen, verbose=0), ours, atol=1e-6, rtol=0)


@pytest.fixture
def fine_tuned(classifier, tmp_path, drawing):
    """Somebody's copy, trained a step further."""
    classifier.save_pretrained(tmp_path / "copy")
    copy = DigitClassifier.from_pretrained(tmp_path / "copy")
    copy.network.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    copy.network.fit(known_image()[None, ..., None], np.array([1]), verbose=0)
    return copy


def test_fine_tuned_copy_is_pushed_and_answers_the_same(hub, logged_in, fine_tuned, drawing):
    commit = fine_tuned.push_to_hub("owner/mine", commit_message="Mine", private=True)
    pushed = hub.repositories["models/owner/mine"]
    assert pushed.main.sha == commit.oid
    assert pushed.main.message == "Mine"
    assert pushed.private
    again = DigitClassifier.from_pretrained("owner/mine", revision=commit.oid)
    expected = fine_tuned.predict(drawing).probabilities
    np.testing.assert_array_equal(again.predict(drawing).probabilities, expected)


def test_pushed_copy_gets_a_card_that_claims_nothing(hub, logged_in, fine_tuned):
    fine_tuned.push_to_hub("owner/mine")
    card = hub.repositories["models/owner/mine"].main.files["README.md"].decode()
    assert validate_card(card)["errors"] == []
    assert 'from_pretrained("owner/mine")' in card
    assert "%" not in card


def test_pushing_keeps_the_card_that_is_there(hub, logged_in, fine_tuned):
    owned = hub.repositories["models/owner/mine"] = Repository()
    owned.commit({"README.md": b"---\nlicense: mit\n---\nmine"})
    fine_tuned.push_to_hub("owner/mine", revision="v2")
    pushed = owned.commits[owned.branches["v2"]]
    assert pushed.files["README.md"] == b"---\nlicense: mit\n---\nmine"
    assert "model.weights.h5" in pushed.files
    assert "model.weights.h5" not in owned.main.files
