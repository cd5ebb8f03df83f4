"""One command publishes a model, and it loads again. The client is real, the Hub is ours."""

import shutil

import numpy as np
import pytest

from sketchdigits import (
    DigitClassifier,
)
from sketchdigits.package.known_answer import known_image
from tests.support.hub_repository import Repository
from tests.support.hub_server import TOKEN


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


def test_commit_to_pin_and_its_page_are_printed(hub, publish):
    _, printed = publish("--message", "Better sevens")
    commit = repository(hub).main
    assert commit.message == "Better sevens"
    assert f'from_pretrained("owner/name", revision="{commit.sha}")' in printed
    assert f"/commit/{commit.sha}" in printed
    assert "files, in one commit" in printed


def test_token_is_neither_printed_nor_uploaded(hub, publish, capsys):
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


def test_new_package_replaces_the_old_one_and_leaves_other_files(hub, publish, package_folder):
    publish()
    repository(hub).commit({"notes.txt": b"ours", "figures/old.png": b"old"})
    (package_folder / "examples" / "00000-5.png").unlink()
    publish()
    files = repository(hub).main.files
    assert "notes.txt" in files
    assert "figures/old.png" not in files
    assert "examples/00000-5.png" not in files
    assert "examples/00001-8.png" in files


def test_other_files_in_the_folder_are_not_uploaded(hub, publish, package_folder):
    strays = (".env", "token", "figures/.DS_Store", "notes.md", "examples/passport.png")
    for name in strays:
        (package_folder / name).write_text(TOKEN)
    publish()
    assert not {*strays} & {*repository(hub).main.files}


def test_dry_run_lists_the_files_and_sends_no_request(hub, publish):
    status, printed = publish("--dry-run")
    assert status == 0
    assert "model.weights.h5" in printed
    assert "examples/00001-8.png" in printed
    assert "nothing was uploaded" in printed
    assert hub.requests == []


def test_publishing_to_a_branch_leaves_main_alone(hub, publish):
    publish()
    main_before = repository(hub).main.sha
    repository(hub).commit({"README.md": b"older"})
    status, _ = publish("--revision", "next")
    assert status == 0
    assert repository(hub).branches["next"] != main_before
    assert repository(hub).main.files["README.md"] == b"older"
    assert DigitClassifier.from_pretrained("owner/name", revision="next")


def test_repository_without_commits_gets_the_package(hub, publish):
    owned = hub.repositories["models/owner/name"] = Repository()
    owned.branches.clear()
    assert publish()[0] == 0
    assert "model.weights.h5" in repository(hub).main.files


def test_private_repository_stays_private(hub, publish):
    status, _ = publish("--private")
    assert status == 0
    assert repository(hub).private


def test_publishing_without_a_token_says_how_to_log_in(hub, publish, monkeypatch):
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


def test_asking_for_a_token_without_a_terminal_is_an_error(publish, monkeypatch):
    def end_of_input(prompt):
        raise EOFError

    monkeypatch.setattr("getpass.getpass", end_of_input)
    status, printed = publish("--token")
    assert status == 1
    assert "the input is not a terminal" in printed
    assert publish("--token", "--dry-run")[0] == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "Can't read a token"),
        ("", "is empty"),
        ("two words", "character that no token has"),
        ("tökén", "character that no token has"),
    ],
)
def test_bad_token_file_is_an_error_that_shows_no_content(publish, tmp_path, content, message):
    if content is not None:
        (tmp_path / "token").write_text(content)
    status, printed = publish("--token", str(tmp_path / "token"))
    assert status == 1
    assert message in printed
    assert "two words" not in printed
    assert "tökén" not in printed


def test_token_on_the_command_line_is_refused_and_not_shown(publish):
    status, printed = publish("--token", TOKEN)
    assert status == 1
    assert "never the token itself" in printed
    assert TOKEN not in printed


def test_package_without_examples_leaves_those_on_the_hub(hub, publish, package_folder):
    publish()
    shutil.rmtree(package_folder / "examples")
    status, printed = publish()
    assert status == 0
    assert "the Hub keeps those it has" in printed
    assert "examples/00000-5.png" in repository(hub).main.files


def test_command_publishes_and_all_three_ways_of_loading_agree(hub, publish):
    import keras
    from huggingface_hub import snapshot_download

    status, printed = publish()
    assert status == 0, printed
    assert TOKEN not in printed
    image = known_image()[None]
    ours = DigitClassifier.from_pretrained("owner/name").network.predict(image, verbose=0)
    stock = keras.saving.load_model("hf://owner/name").predict(image, verbose=0)
    plain = DigitClassifier.from_pretrained(snapshot_download("owner/name"))
    np.testing.assert_allclose(stock, ours, atol=1e-6, rtol=0)
    np.testing.assert_allclose(plain.network.predict(image, verbose=0), ours, atol=1e-6, rtol=0)
