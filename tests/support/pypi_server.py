"""A fake PyPI for `pip-audit`: a local proxy that answers for pypi.org over TLS."""

from __future__ import annotations

import json
import re
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

VULNERABILITY = {
    "id": "PYSEC-0000-1",
    "aliases": [],
    "summary": "a vulnerability",
    "fixed_in": [],
    "published": "2026-01-01T00:00:00Z",
}


class PyPI:
    """Knows every release. Pillow 8.0.0 is vulnerable.

    Attributes:
        vulnerable: names of other packages that are vulnerable, in every version.
        unknown: names of packages that it doesn't know.
        is_mirror: if true, it leaves vulnerabilities out, as some mirrors do.
        environment: variables that make a client use this server.
    """

    def __init__(self, folder: Path) -> None:
        self.vulnerable: set[str] = set()
        self.unknown: set[str] = set()
        self.is_mirror = False
        authority = trustme.CA()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("pypi.org").configure_cert(self.tls)
        authority.cert_pem.write_to_path(str(folder / "authority.pem"))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.environment = {
            "HTTPS_PROXY": f"http://127.0.0.1:{self.server.server_port}",
            "REQUESTS_CA_BUNDLE": str(folder / "authority.pem"),
            "NO_PROXY": "",
            "XDG_CACHE_HOME": str(folder),
            "PIP_CACHE_DIR": str(folder),
        }
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str) -> tuple[int, dict]:
        """Return status and body for `/pypi/NAME/VERSION/json`."""
        match = re.fullmatch(r"/pypi/([^/]+)/([^/]+)/json", path)
        if not match or match[1] in self.unknown:
            return 404, {"message": "Not Found"}
        if self.is_mirror:
            return 200, {"info": {}}
        is_vulnerable = match[1] in self.vulnerable or match.groups() == ("pillow", "8.0.0")
        return 200, {"info": {}, "vulnerabilities": [VULNERABILITY] if is_vulnerable else []}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pypi = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_CONNECT(self):
                self.send_response(200 if self.path == "pypi.org:443" else 502)
                self.end_headers()
                self.wfile.flush()
                self.connection = pypi.tls.wrap_socket(self.connection, server_side=True)
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb")
                self.close_connection = False  # the request follows

            def do_GET(self):
                status, body = pypi.answer(self.path)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                self.wfile.flush()

            def finish(self):
                super().finish()
                self.connection.close()

            def log_message(self, *_):
                pass

        return Handler
