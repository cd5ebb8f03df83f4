"""Runs Debian's nginx in front of the app, with https, and the configuration that the docs show."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from tests.support.running_app import REPOSITORY

DOCUMENTED_ADDRESS = "http://127.0.0.1:7860"
_CONFIGURATION = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    {location}
  }}
}}
"""


def find_nginx() -> str:
    """The path of nginx. Without it, skip the test, or fail if REQUIRE_NGINX is set."""
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not path:
        reason = "no nginx here: install Debian's `nginx` to run the tests behind a proxy"
        if os.environ.get("REQUIRE_NGINX"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def documented_location(app_url: str, *, keeps_prefix: bool) -> str:
    """The `location` that docs/serving.md shows, for the app at `app_url`."""
    text = (REPOSITORY / "docs" / "serving.md").read_text()
    location = text.split("```nginx\n")[1].split("```")[0]
    passed = f"proxy_pass {DOCUMENTED_ADDRESS}/;"
    assert passed in location
    slash = "" if keeps_prefix else "/"
    return location.replace(passed, f"proxy_pass {app_url}{slash};")


@contextmanager
def running_nginx(folder: Path, location: str) -> Iterator[str]:
    """Run nginx with a `location` until the block ends; yields its address, https://127.0.0.1:..."""
    nginx = find_nginx()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    certificate = trustme.CA().issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(folder / "certificate.pem"))
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = _CONFIGURATION.format(user=user, folder=folder, port=port, location=location)
    (folder / "nginx.conf").write_text(configuration)
    process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        _wait_until_it_listens(port, process)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_it_listens(port: int, process: subprocess.Popen) -> None:
    for _ in range(600):
        assert process.poll() is None, "nginx did not start"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("nginx does not listen")
