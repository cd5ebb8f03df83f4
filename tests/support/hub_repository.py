"""The repositories of the tests' Hub, with branches and commits, in memory."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Lock

import yaml

LICENSES = {"apache-2.0", "mit", "cc-by-4.0"}
PIPELINES = {"image-classification"}
_number = count()


class ConflictError(Exception):
    """A commit names a parent that is no longer the newest commit of the branch."""


@dataclass(frozen=True)
class Commit:
    """A commit, with all files of its state."""

    sha: str
    files: dict[str, bytes]
    message: str
    parent: str | None


@dataclass
class Repository:
    """A model, a Space or a dataset. As on the Hub, its first commit holds `.gitattributes`."""

    private: bool = False
    gated: bool = False
    disabled: bool = False
    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.commit({".gitattributes": b"*.h5 filter=lfs\n"}, message="initial commit")

    @property
    def main(self) -> Commit:
        return self.commits[self.branches["main"]]

    def find(self, revision: str) -> Commit | None:
        return self.commits.get(self.branches.get(revision, revision))

    def commit(
        self,
        files: Mapping[str, bytes],
        *,
        deleted: tuple[str, ...] = (),
        message: str = "change",
        branch: str = "main",
        parent: str | None = None,
    ) -> Commit:
        with self.lock:
            head = self.branches.get(branch)
            if parent and parent != head:
                raise ConflictError
            before = dict(self.commits[head].files) if head else {}
            after = {name: raw for name, raw in before.items() if name not in deleted} | {**files}
            sha = hashlib.sha1(f"{next(_number)}".encode()).hexdigest()
            self.commits[sha] = Commit(sha, after, message, head)
            self.branches[branch] = sha
            return self.commits[sha]

    def commit_folder(self, folder: Path, **options) -> Commit:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        return self.commit(files, **options)


def is_lfs(name: str) -> bool:
    return name.endswith((".h5", ".png", ".tflite"))


def blob_id(name: str, content: bytes) -> str:
    """The Hub's id of a file's content: git's blob id, or the sha256 of an LFS file."""
    if is_lfs(name):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def describe(name: str, content: bytes) -> dict[str, object]:
    """A file's entry in the Hub's listing."""
    oid = blob_id(name, content)
    entry: dict[str, object] = {"type": "file", "path": name, "size": len(content), "oid": oid}
    if is_lfs(name):
        entry["lfs"] = {"oid": oid, "size": len(content), "pointerSize": 130}
    return entry


def upload_mode(entry: dict[str, object], commit: Commit | None) -> dict[str, object]:
    """How the client should send a file, and the id of the file that the Hub has now."""
    name = str(entry["path"])
    present = commit.files.get(name) if commit else None
    return {
        "path": name,
        "uploadMode": "lfs" if is_lfs(name) else "regular",
        "shouldIgnore": False,
        "oid": blob_id(name, present) if present is not None else None,
    }


def validate_card(text: str) -> dict[str, list[dict[str, str]]]:
    """Check a card's header as the Hub does, for the fields that we use."""
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    header = yaml.safe_load(found[1]) if found else None
    errors = []
    if not isinstance(header, dict):
        errors.append("no YAML header")
    else:
        if header.get("license", "mit") not in LICENSES:
            errors.append('"license" must be one of the known')
        if header.get("pipeline_tag", "image-classification") not in PIPELINES:
            errors.append('"pipeline_tag" must be one of the known')
        if len(header.get("short_description", "")) > 60:
            errors.append('"short_description" is longer than 60')
        for model in header.get("model-index", []):
            for score in model.get("results", []):
                if not {"task", "dataset", "metrics"} <= score.keys():
                    errors.append('"model-index" lacks a field')
                elif not {"name", "type"} <= score["dataset"].keys():
                    errors.append('"model-index" has a dataset without name or type')
    return {"errors": [{"message": error} for error in errors], "warnings": []}
