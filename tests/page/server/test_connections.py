"""Connections without a request: they leave room for those with one."""

import socket
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress

import pytest
import uvicorn

from page.server.connections import limit_connections
from tests.support.asgi_client import count_bytes
from tests.support.corrections_store import wait_for


@contextmanager
def running_server():
    """A server with limited connections; yields its port."""
    config = uvicorn.Config(count_bytes, port=0, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    limit_connections(server)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(30)


def is_closed(connection):
    connection.settimeout(0.5)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def answer(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as response:
        return response.status


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_idle_connections_beyond_the_limit_close_the_oldest_and_not_a_request(monkeypatch, sent):
    monkeypatch.setattr("page.limits.MAX_CONNECTIONS", 20)
    with running_server() as port, ExitStack() as stack:
        asking = socket.create_connection(("127.0.0.1", port))
        stack.enter_context(asking)
        # Its body doesn't end, so its request goes on.
        asking.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n0")
        time.sleep(0.5)
        idle = []
        for _ in range(60):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(sent)
            idle.append(connection)
            assert len(idle) % 20 or answer(port) == 200
        assert is_closed(idle[0])
        assert is_closed(idle[30])
        assert not is_closed(idle[-1])
        asking.sendall(b"1")
        assert asking.recv(100).startswith(b"HTTP/1.1 200")


def test_connections_of_one_address_close_none_of_another(monkeypatch):
    """A flood of them closed a visitor's before his request had arrived."""
    monkeypatch.setattr("page.limits.MAX_CONNECTIONS", 20)
    with running_server() as port, ExitStack() as stack:
        visitors = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        flood = []
        for _ in range(60):
            source = ("127.0.0.2", 0)
            flood.append(
                stack.enter_context(socket.create_connection(("127.0.0.1", port), 30, source))
            )
        assert answer(port) == 200
        assert is_closed(flood[0])
        assert not is_closed(flood[-1])
        visitors.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        visitors.settimeout(30)
        assert visitors.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("earlier", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_connection_whose_headers_do_not_arrive_is_closed(monkeypatch, earlier):
    """Also after an earlier request, when uvicorn itself would wait for ever."""
    monkeypatch.setattr("page.limits.HEADERS_TIMEOUT", 1.0)
    with running_server() as port:
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.settimeout(30)
            slow.sendall(earlier)
            received = slow.recv(1_000) if earlier else b""
            assert not earlier or received.startswith(b"HTTP/1.1 200")
            slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            with suppress(ConnectionResetError):
                while received:
                    received = slow.recv(1_000)
                assert slow.recv(1) == b""
        assert answer(port) == 200


def test_request_that_takes_longer_than_its_headers_may_is_answered(monkeypatch):
    monkeypatch.setattr("page.limits.HEADERS_TIMEOUT", 0.5)
    with running_server() as port, socket.create_connection(("127.0.0.1", port)) as asking:
        asking.settimeout(30)
        asking.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n0")
        time.sleep(2)
        asking.sendall(b"1")
        assert asking.recv(100).startswith(b"HTTP/1.1 200")


def test_server_allows_itself_the_descriptors_that_the_system_allows(monkeypatch):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        with running_server():
            wanted = 4_096 if before[1] == resource.RLIM_INFINITY else min(4_096, before[1])
            assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == wanted
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
