"""`python -m page.corrections` drops the corrections of one client, here and from the Hub."""

import re
from typing import Any

import numpy as np
import pytest
from huggingface_hub import HfApi, snapshot_download

from page.corrections.__main__ import main
from tests.conftest import run_python
from tests.support.corrections_store import files, new_address, rows, wait_for
from train.fit.corrections import load_corrections

BOT, VISITOR = "198.51.100.7", "203.0.113.9"


@pytest.fixture
def kept(open_store, answer, drawing, tmp_path):
    """A folder to which two processes stored 2 corrections of a visitor, and 6 of a bot."""
    for store in (open_store(), open_store()):
        for address in (BOT, VISITOR, BOT, BOT):
            label = 3 if address == BOT else 7
            store.save(drawing, label, answer, "owner/name", None, address=address)
    return tmp_path / "kept"


def code_with(folder, label):
    [code] = {row["client"] for row in rows(folder) if row["label"] == label}
    return code


def test_list_names_each_client_the_one_with_the_most_first(kept, capsys):
    main([str(kept)])
    heading, first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"client +corrections +first +last", heading)
    assert re.fullmatch(rf"{code_with(kept, 3)} +6  \d{{4}}-\S+Z  \d{{4}}-\S+Z", first)
    assert second.startswith(f"{code_with(kept, 7)}            2 ")


def test_drop_deletes_the_rows_and_drawings_of_one_client_only(kept, capsys, open_store):
    drawings = {path for path in files(kept) if path.suffix == ".png"}
    main([str(kept), "--drop", code_with(kept, 3)])
    assert capsys.readouterr().out.endswith("that were dropped: 6\n")
    assert [row["label"] for row in rows(kept)] == [7, 7]
    left = {path for path in files(kept) if path.suffix == ".png"}
    assert len(left) == 2
    assert left < drawings
    assert [*load_corrections([kept], non_digits=True).labels] == [7]
    assert open_store()._count == 2  # there is room again


def test_drop_of_all_rows_leaves_no_empty_folder(kept):
    for label in (3, 7):
        main([str(kept), "--drop", code_with(kept, label)])
    assert [path.name for path in files(kept)] == ["client-salt"]
    assert [*(kept / "data").iterdir()] == []


def test_drop_deletes_no_file_elsewhere(tmp_path):
    folder = tmp_path / "kept" / "data" / "one"
    folder.mkdir(parents=True)
    outside = tmp_path / "kept" / "x.png"
    outside.write_bytes(b"")
    (folder / "metadata.jsonl").write_text('{"file_name": "../../x.png", "client": "a"}\n')
    main([str(tmp_path / "kept"), "--drop", "a"])
    assert outside.exists()
    assert rows(tmp_path / "kept") == []


@pytest.mark.parametrize("arguments", [["{kept}", "--drop", "unknown"], ["{kept}/nowhere"]])
def test_wrong_code_or_folder_is_an_error_that_deletes_nothing(kept, arguments, capsys):
    before = files(kept)
    with pytest.raises(SystemExit, match="2"):
        main([each.format(kept=kept) for each in arguments])
    assert str(kept) in capsys.readouterr().err
    assert files(kept) == before


def test_command_runs_without_gradio(kept):
    code = "import runpy, sys\nsys.argv = ['x', sys.argv[1]]\n"
    code += "runpy.run_module('page.corrections', run_name='__main__')\n"
    code += "assert not {'gradio', 'train'} & set(sys.modules)"
    done = run_python("-c", code, kept)
    assert done.returncode == 0, done.stderr
    assert code_with(kept, 3) in done.stdout


def test_recipe_of_the_docs_drops_a_client_from_the_dataset_on_the_hub(
    hub, logged_in, open_store, answer, tmp_path
):
    store = open_store(FEEDBACK_REPO="owner/corrections")
    ink = np.zeros((28, 28), np.uint8)
    ink[4:24, 10:18] = 255
    for address, label in ((BOT, 3), (VISITOR, 7), (new_address(), 8)):
        store.save(ink, label, answer, "owner/name", None, address=address)
    wait_for(lambda: store.uploader.scheduler).trigger().result()
    repository = hub.repositories["datasets/owner/corrections"]
    wait_for(lambda: sum(name.endswith(".png") for name in repository.main.files) == 3)
    assert not [name for name in repository.main.files if "salt" in name]

    options: Any = {"repo_id": "owner/corrections", "repo_type": "dataset"}
    folder = tmp_path / "downloaded"
    snapshot_download(local_dir=folder, **options)
    main([str(folder), "--drop", code_with(folder, 3)])
    # As `hf upload ... --delete "data/*"` does.
    HfApi().upload_folder(folder_path=folder, delete_patterns="data/*", **options)
    names = [name for name in repository.main.files if name.startswith("data/")]
    assert sorted(name.rsplit("/")[-1] for name in names) == [
        "00002.png",
        "00003.png",
        "metadata.jsonl",
    ]
    [metadata] = [repository.main.files[name] for name in names if name.endswith("jsonl")]
    assert b'"label": 3' not in metadata
    assert b'"label": 7' in metadata
