"""The rooms of the code: imports between folders point one way, and files stay readable."""

import ast
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

from tests.support.running_app import REPOSITORY

PACKAGES = ("sketchdigits", "page", "train")
# What each package may import of the project.
ALLOWED = {
    "sketchdigits": {"sketchdigits"},
    "page": {"page", "sketchdigits"},
    "train": {"train", "sketchdigits"},
}
FORBIDDEN_NAMES = {"utils.py", "common.py", "helpers.py", "misc.py"}


def source_files(package: str) -> list[Path]:
    return [path.relative_to(REPOSITORY) for path in (REPOSITORY / package).rglob("*.py")]


def imported_modules(path: Path) -> set[str]:
    """Dotted names of our modules that a file imports, except imports for type checkers only."""
    tree = ast.parse((REPOSITORY / path).read_text())
    only_for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in only_for_types:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] in PACKAGES}


def room_of(path: Path) -> str:
    """`train/fit/loop.py` -> `train.fit`. A file beside the rooms counts as a room."""
    return ".".join(path.with_suffix("").parts[:2])


@pytest.mark.parametrize("package", PACKAGES)
def test_package_imports_only_lower_packages(package):
    for path in source_files(package):
        roots = {name.split(".")[0] for name in imported_modules(path)}
        assert roots <= ALLOWED[package], path


@pytest.mark.parametrize("package", PACKAGES)
def test_rooms_import_each_other_in_one_direction(package):
    rooms: dict[str, set[str]] = {}
    for path in source_files(package):
        if path.name == "__init__.py" and len(path.parts) == 2:
            continue  # the package's public names come from all its rooms
        room = room_of(path)
        names = (".".join(name.split(".")[:2]) for name in imported_modules(path))
        below = {name for name in names if name.startswith(f"{package}.") and name != room}
        rooms.setdefault(room, set()).update(below)
    # Public names, for example `sketchdigits.DigitClassifier`, are not rooms.
    graph = {room: below & rooms.keys() for room, below in rooms.items()}
    assert list(TopologicalSorter(graph).static_order())  # raises CycleError


def test_no_file_is_named_for_leftovers():
    everything = chain.from_iterable(source_files(package) for package in PACKAGES)
    assert not {path.name for path in everything} & FORBIDDEN_NAMES
