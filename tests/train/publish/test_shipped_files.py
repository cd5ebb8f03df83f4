"""A Space and the container get the files of an explicit list, whatever else lies beside them."""

import fnmatch
import shutil
import subprocess

import pytest

from tests.conftest import REPOSITORY
from train.errors import PublishError
from train.publish import space
from train.publish.shipped_files import SHIPPED, list_shipped_files

# Not for the Space or the container, though beside files that are.
NOT_SHIPPED = {
    "model/config.json",
    "model/metadata.json",
    "model/model.weights.h5",
    "model/row.weights.h5",
}


def tracked(*folders: str) -> set[str]:
    done = subprocess.run(
        ["git", "ls-files", *folders], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A copy of what is shipped, in which a test may leave other files; build_space reads it."""
    folder = tmp_path / "checkout"
    for name in list_shipped_files(REPOSITORY, ("requirements.txt", "README.md", *SHIPPED)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, folder / name)
    monkeypatch.setattr(space, "REPOSITORY", folder)
    return folder


def build(tmp_path) -> set[str]:
    """Build a Space; return its files."""
    folder = tmp_path / "space"
    folder.mkdir()
    space.build_space(folder, "owner/name", "0" * 40, ["sketchdigits.json"])
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_list_has_all_committed_code_of_the_page_and_its_package():
    assert tracked("page", "sketchdigits", "app.py", "LICENSE") <= {*list_shipped_files(REPOSITORY)}
    model = {name for name in list_shipped_files(REPOSITORY) if name.startswith("model/")}
    assert model <= tracked("model") - NOT_SHIPPED


def test_other_files_in_the_folders_are_not_shipped(checkout, tmp_path):
    before = {*list_shipped_files(checkout)}
    for name in (
        "page/.env",
        "page/id_ed25519",
        "page/token.txt",
        "page/corrections/data-1.jsonl",
        "page/corrections/images/1.png",
        "page/assets/visitor.png",
        "sketchdigits/hub/.netrc",
        "model/examples/00000-7.png",
        "docs/comparison/notes.md",
        "corrections/data.jsonl",
    ):
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).write_text("secret")
    (checkout / "page" / "private").symlink_to(tmp_path)
    assert build(tmp_path) == before | {"requirements.txt", "README.md"}


@pytest.mark.parametrize("name", ["LICENSE", "page/extra.py", "model/metrics.json", "page/ui"])
def test_link_is_refused(checkout, tmp_path, name):
    path = checkout / name
    if path.is_dir():
        path.rename(tmp_path / "moved")
        path.symlink_to(tmp_path / "moved")
    else:
        path.unlink(missing_ok=True)
        (tmp_path / "secret").write_text("secret")
        path.symlink_to(tmp_path / "secret")
    with pytest.raises(PublishError, match=rf"{name}.* is a link"):
        build(tmp_path)


def test_missing_file_is_named(checkout, tmp_path):
    (checkout / "model" / "model.tflite").unlink()
    with pytest.raises(PublishError, match=r"no model/model\.tflite in"):
        build(tmp_path)


def test_container_gets_the_same_files():
    """.dockerignore excludes everything, then lists the exceptions."""
    first, *rest = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert first == "*"
    assert set(rest) == {f"!{name}" for name in (*SHIPPED, "requirements.lock")}
    copied = [
        name
        for line in (REPOSITORY / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ")
        for name in line.split()[1:-1]
    ]
    for pattern in (*SHIPPED, "requirements.lock"):
        assert any(fnmatch.fnmatch(pattern, f"{name}*") for name in copied), pattern
