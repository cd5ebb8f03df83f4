"""A Hub on loopback, as much of it as downloading needs, for the real `huggingface_hub` client.

    with serve_hub({"owner/name": folder}) as endpoint:
        ...  # HF_ENDPOINT=endpoint, HF_HUB_DISABLE_XET=1, set before huggingface_hub is imported

A repository is a folder with one commit, `COMMIT`, at the branch `main`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" + "0" * 34


@contextmanager
def serve_hub(repositories: dict[str, Path]) -> Iterator[str]:
    """Serve `{"owner/name": folder}`; yields the endpoint's address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Be silent."""

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/(revision|tree)/([^/]+)", path):
                repo_id, kind, revision = found.groups()
                if folder := self.find(repo_id, revision):
                    about: object = {"id": repo_id, "sha": COMMIT, "private": False, "tags": []}
                    self.reply_json(about if kind == "revision" else tree(folder))
            elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                repo_id, revision, name = found.groups()
                if folder := self.find(repo_id, revision):
                    if (folder / name).is_file():
                        self.reply((folder / name).read_bytes(), "application/octet-stream")
                    else:
                        self.refuse("EntryNotFound")
            else:
                self.refuse("RepoNotFound")

        def find(self, repo_id: str, revision: str) -> Path | None:
            if repo_id not in repositories:
                self.refuse("RepoNotFound")
            elif revision not in ("main", COMMIT):
                self.refuse("RevisionNotFound")
            else:
                return repositories[repo_id]
            return None

        def reply_json(self, content: object) -> None:
            self.reply(json.dumps(content).encode(), "application/json")

        def reply(self, body: bytes, kind: str, status: int = 200, error: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
            if error:
                self.send_header("X-Error-Code", error)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def refuse(self, code: str) -> None:
            self.reply(b"{}", "application/json", 404, code)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def tree(folder: Path) -> list[dict[str, object]]:
    """The files of a repository, as the Hub lists them."""
    return [
        {
            "type": "file",
            "path": path.relative_to(folder).as_posix(),
            "size": path.stat().st_size,
            "oid": hashlib.sha1(path.read_bytes()).hexdigest(),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
