"""A Hub on loopback for the real `huggingface_hub` client: downloads, uploads, and faults.

    hub = Hub()                        # serves at hub.endpoint until hub.close()
    hub.repositories["models/owner/name"] = Repository()
    hub.misbehave("hang", at="/resolve/")

The client reads HF_ENDPOINT when it is imported, and needs HF_HUB_DISABLE_XET=1. As on the real
Hub, large files come from another host: 127.0.0.1 redirects to localhost.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from http.server import ThreadingHTTPServer
from threading import Event, Thread

from tests.support.hub_faults import Fault, FaultyReplies
from tests.support.hub_repository import (
    Commit,
    ConflictError,
    Repository,
    blob_id,
    describe,
    is_lfs,
    upload_mode,
    validate_card,
)

TOKEN = "hf_" + "t" * 34


class Hub:
    """The server, with its repositories by "models/owner/name" and its faults.

    Attributes:
        requests: "METHOD path" and the Authorization header of each request since the reset.
        ranges: the Range header of each request that has one.
        before_commit: called before each commit.
        released: set when everything that hangs must end.
        sent_part: set when a "trickle" has sent its first bytes.
        pause_scale: the client's pauses between two tries are this many times their real length.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.large_files: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str | None]] = []
        self.ranges: list[str] = []
        self.before_commit = lambda: None
        self.released = Event()
        self.sent_part = Event()
        self.pause_scale = 1.0
        hub = self

        class Handler(_Handler):
            server_hub = hub

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Print nothing: tests close connections on purpose."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self.storage = f"http://localhost:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def reset(self) -> None:
        """Start a new test with an empty Hub."""
        self.release()
        self.released = Event()
        self.sent_part = Event()
        self.requests.clear()
        self.ranges.clear()
        self.pause_scale = 1.0
        self.before_commit = lambda: None

    def release(self) -> None:
        """End everything that hangs, forget all files and faults: late requests fail at once."""
        self.released.set()
        self.repositories.clear()
        self.large_files.clear()
        self.faults.clear()

    def pause(self, seconds: float) -> None:
        """Stand in for the client's `time.sleep`."""
        self.released.wait(seconds * self.pause_scale)

    def misbehave(self, kind: int | str, at: str = "", times: int = 10**6) -> None:
        self.faults.append(Fault(kind, at, times))

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def fault_for(self, request: str) -> int | str | None:
        for fault in self.faults:
            if fault.times > 0 and re.search(fault.at, request):
                fault.times -= 1
                return fault.kind
        return None


class _Handler(FaultyReplies):
    def route(self) -> None:
        path = self.path_only
        if path == "/api/repos/create":
            self.create()
        elif path == "/api/validate-yaml":
            findings = validate_card(json.loads(self.body)["content"])
            self.reply_json(findings, 400 if findings["errors"] else 200)
        elif found := re.fullmatch(r"/storage/([0-9a-f]{64})", path):
            self.store_or_send(found[1])
        elif found := re.fullmatch(r"/api/(models|spaces|datasets)/([^/]+/[^/]+)/(\w+)/(.+)", path):
            self.api(f"{found[1]}/{found[2]}", found[3], found[4])
        elif found := re.fullmatch(r"/api/(models|spaces|datasets)/([^/]+/[^/]+)", path):
            self.api(f"{found[1]}/{found[2]}", "revision", "main")
        elif found := re.fullmatch(
            r"/(spaces/|datasets/)?([^/]+/[^/]+).git/info/lfs/objects/batch", path
        ):
            self.batch()
        elif found := re.fullmatch(
            r"/(spaces/|datasets/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path
        ):
            self.resolve(f"{(found[1] or 'models/')[:-1]}/{found[2]}", found[3], found[4])
        else:
            self.refuse(404, "RepoNotFound")

    def may_write(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def find(self, key: str) -> Repository | None:
        """Return the repository if it exists and the client may see it; else send the refusal."""
        found = self.server_hub.repositories.get(key)
        if found is None or (found.private and not self.may_write()):
            self.refuse(404 if self.may_write() else 401, "RepoNotFound")
        elif found.disabled:
            self.refuse(403, message="Access to this resource is disabled.")
        elif found.gated and not self.may_write():
            self.refuse(401, "GatedRepo")
        else:
            return found
        return None

    def find_commit(self, key: str, revision: str) -> tuple[Repository, Commit] | None:
        repository = self.find(key)
        if repository is None:
            return None
        commit = repository.find(revision)
        if commit is None:
            self.refuse(404, "RevisionNotFound")
            return None
        return repository, commit

    def create(self) -> None:
        wanted = json.loads(self.body)
        if not self.may_write():
            return self.refuse(401, message="Invalid username or password.")
        key = f"{wanted.get('type', 'model')}s/{wanted['organization']}/{wanted['name']}"
        if wanted["organization"] != "owner":
            return self.refuse(403, message="You don't have the rights to create it.")
        status = 409 if key in self.server_hub.repositories else 200
        if status == 200:
            private = bool(wanted.get("private")) or wanted.get("visibility") == "private"
            self.server_hub.repositories[key] = Repository(private=private)
        return self.reply_json({"url": f"{self.server_hub.endpoint}/{key}"}, status)

    def api(self, key: str, verb: str, rest: str) -> None:
        """Answer `/api/KEY/VERB/REST`; REST is a revision, or the name of a new branch."""
        if self.command == "POST" and not self.may_write():
            self.refuse(403, message="You need write access.")
        elif verb == "branch":
            if repository := self.find(key):
                repository.branches.setdefault(rest, repository.branches["main"])
                self.reply_json({})
        elif verb == "commit":
            if repository := self.find(key):
                self.commit(key, repository, rest)
        elif verb == "preupload":
            if repository := self.find(key):
                present = repository.find(rest)
                files = json.loads(self.body)["files"]
                self.reply_json({"files": [upload_mode(entry, present) for entry in files]})
        elif found := self.find_commit(key, rest):
            repository, commit = found
            if verb == "revision":
                about = {"sha": commit.sha, "private": repository.private, "tags": []}
                self.reply_json({"id": key.split("/", 1)[1], "siblings": [], **about})
            elif verb == "tree":
                self.reply_json([describe(*entry) for entry in sorted(commit.files.items())])
            else:
                self.refuse(404, "EntryNotFound")

    def commit(self, key: str, repository: Repository, branch: str) -> None:
        hub = self.server_hub
        hub.before_commit()
        added, deleted, header = {}, [], {}
        for line in self.body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "header":
                header = value
            elif entry["key"] == "file":
                added[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                added[value["path"]] = hub.large_files[value["oid"]]
            elif entry["key"] == "deletedFile":
                deleted.append(value["path"])
        answer = {}
        if "create_pr=1" in self.path:
            number = 1 + sum(name.startswith("refs/pr/") for name in repository.branches)
            repository.branches[f"refs/pr/{number}"] = repository.branches[branch]
            branch = f"refs/pr/{number}"
            name = key.removeprefix("models/")
            answer["pullRequestUrl"] = f"{hub.endpoint}/{name}/discussions/{number}"
        try:
            commit = repository.commit(
                added,
                deleted=tuple(deleted),
                message=header["summary"],
                branch=branch,
                parent=header.get("parentCommit"),
            )
        except ConflictError:
            self.refuse(412, message="A commit has happened since. Please refresh and try again.")
        else:
            if self.fault == "lost answer":
                self.close_connection = True
                return
            url = f"{hub.endpoint}/{key.removeprefix('models/')}/commit/{commit.sha}"
            answer |= {"commitUrl": url, "commitOid": commit.sha}
            self.reply_json({**answer, "success": True})

    def batch(self) -> None:
        if not self.may_write():
            return self.refuse(403, message="You need write access.")
        objects = []
        for wanted in json.loads(self.body)["objects"]:
            entry = {"oid": wanted["oid"], "size": wanted["size"]}
            if wanted["oid"] not in self.server_hub.large_files:
                href = f"{self.server_hub.storage}/storage/{wanted['oid']}"
                entry["actions"] = {"upload": {"href": href, "header": {}}}
            objects.append(entry)
        return self.reply_json({"transfer": "basic", "objects": objects})

    def store_or_send(self, sha256: str) -> None:
        if self.command == "PUT":
            if hashlib.sha256(self.body).hexdigest() != sha256:
                return self.reply(b"wrong hash", 400)
            self.server_hub.large_files[sha256] = self.body
            return self.reply(b"")
        content = self.server_hub.large_files.get(sha256)
        if content is None:
            return self.reply(b"no such file", 404)
        return self.reply(content, headers={"ETag": f'"{sha256}"'})

    def resolve(self, key: str, revision: str, name: str) -> None:
        found = self.find_commit(key, revision)
        if found is None:
            return
        _, commit = found
        content = commit.files.get(name)
        headers = {"X-Repo-Commit": commit.sha}
        if content is None:
            self.refuse(404, "EntryNotFound", headers=headers)
        elif is_lfs(name):
            digest = blob_id(name, content)
            self.server_hub.large_files[digest] = content
            headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content))}
            location = f"{self.server_hub.storage}/storage/{digest}"
            self.reply(b"", 302, headers={**headers, "Location": location})
        else:
            self.reply(content, headers={**headers, "ETag": f'"{blob_id(name, content)}"'})
