"""What the server asks itself at its launch: without a proxy, and whatever other clients do."""

import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from gradio import blocks

from page.server.own_requests import ask_own_server_directly, hidden_proxies
from tests.conftest import REPOSITORY
from tests.page.server.test_queue import status_of
from tests.support.corrections_store import wait_for
from tests.support.running_app import running_app, starting_process

DEAD_PROXY = "http://127.0.0.1:9"  # no process listens at this port
SOCKS_PROXY = "socks5://127.0.0.1:9"
# `app.py` while each of its other requests gets 503, as if many clients had waited for its start.
START_WITHOUT_ROOM = f"""
import runpy, sys
sys.path.insert(0, {str(REPOSITORY)!r})
from page import limits
limits.MAX_OPEN_REQUESTS = limits.MAX_RESERVED_OPEN_REQUESTS = 0
runpy.run_path({str(REPOSITORY / "app.py")!r}, run_name="__main__")
"""
LAUNCHED = "To create a public link"  # the last thing that Gradio prints at its launch


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture
def server_url():
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def variables(monkeypatch):
    """Set only these proxy variables."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        for each in (name, name.upper()):
            monkeypatch.delenv(each, raising=False)
    monkeypatch.setattr(blocks, "httpx", httpx)  # restored afterwards

    def set_variables(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_variables


@pytest.mark.parametrize(
    "values",
    [{"http_proxy": DEAD_PROXY}, {"ALL_PROXY": SOCKS_PROXY}, {"all_proxy": "nonsense://x"}],
)
def test_server_asks_itself_without_the_proxy(server_url, variables, values):
    variables(**values)
    ask_own_server_directly()
    assert blocks.httpx.get(server_url, verify=True, timeout=None).is_success
    with pytest.raises((httpx.ConnectError, ImportError, ValueError)):
        httpx.get(server_url)  # so the variables have an effect


def test_variables_are_hidden_until_the_block_ends():
    environment = {"http_proxy": "a", "ALL_PROXY": "b", "no_proxy": "c", "PATH": "d"}
    before = dict(environment)
    with hidden_proxies(environment):
        assert environment == {"no_proxy": "c", "PATH": "d"}
    assert environment == before


@pytest.mark.slow
def test_app_starts_although_other_clients_have_taken_all_the_room(tmp_path):
    (tmp_path / "app.py").write_text(START_WITHOUT_ROOM)
    with starting_process(tmp_path, tmp_path / "app.py") as (url, process):
        log = tmp_path / "log"
        wait_for(lambda: LAUNCHED in log.read_text() or process.poll() is not None, seconds=300)
        assert process.poll() is None, log.read_text()
        assert status_of(url) == 503
        assert status_of(f"{url}/readyz") == 200


@pytest.mark.slow
def test_app_starts_whatever_the_proxy_variables_say(tmp_path, hub, published):
    """The page needs no proxy. The Hub does: the log names the variable, the page starts anyway."""
    variables: Any = {"http_proxy": DEAD_PROXY, "https_proxy": DEAD_PROXY, "all_proxy": SOCKS_PROXY}
    variables |= {name.upper(): value for name, value in variables.items()}
    variables |= {"no_proxy": "localhost", "NO_PROXY": "localhost"}
    with running_app(tmp_path, MODEL_ID="owner/name", **variables):
        pass
    log = (tmp_path / "log").read_text()
    assert "names a SOCKS proxy. Install `socksio`, or unset all_proxy and ALL_PROXY" in log
    assert "Traceback" not in log
    assert os.environ["HF_ENDPOINT"] not in log
    assert not hub.requests
